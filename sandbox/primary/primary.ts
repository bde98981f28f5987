import { randomBytes } from "node:crypto";
import type { Log } from "../build/log.ts";
import { type Exec, run, shell, waitForBoot, writeFile } from "../guest/exec.ts";
import { createJoinKey, type Hub } from "../hub/hub.ts";
import { createMachine, exec as execIn, startMachine } from "../machines/machine.ts";
import { primaryConfig } from "./config.ts";
import { startGateway, waitForGateway } from "./gateway.ts";
import { ensurePrimaryLayer } from "./layer.ts";

export const primaryName = "primary";
export const primaryIpv4 = "198.51.100.20";

/** The running primary. `tailnetIpv4` is what a standby watches, at port 18789. */
export interface Primary {
  ipv4: string;
  tailnetIpv4: string;
  /** Token of its gateway's control API. */
  gatewayToken: string;
}

const exec: Exec = (argv, options) => execIn(primaryName, argv, options);

/** Makes the primary's layer, ahead of time: the slow part of the first `startPrimary`. */
export const ensurePrimary = ensurePrimaryLayer;

/** Makes the machine "primary", joins it to the hub's tailnet and starts its gateway; returns when that is on IRC. */
export async function startPrimary(hub: Hub, log: Log): Promise<Primary> {
  await ensurePrimaryLayer(log);
  log("primary: starting the machine");
  await createMachine({ name: primaryName, ipv4: primaryIpv4, layers: ["primary", "debian-13"], memoryMiB: 2048 });
  await startMachine(primaryName);
  await waitForBoot(exec, 60_000);
  const tailnetIpv4 = await joinTailnet(hub);
  log(`primary: on the tailnet as ${tailnetIpv4}; starting its gateway`);
  const gatewayToken = randomBytes(24).toString("hex");
  await writeConfig(primaryConfig(hub, gatewayToken));
  await startGateway();
  await waitForGateway(90_000);
  log("primary: its gateway is on IRC");
  return { ipv4: primaryIpv4, tailnetIpv4, gatewayToken };
}

async function joinTailnet(hub: Hub): Promise<string> {
  await writeFile(exec, "/usr/local/share/ca-certificates/sandbox-hub.crt", hub.tailnet.caPem);
  await shell(exec, "update-ca-certificates >/dev/null && systemctl restart tailscaled.service");
  const key = await createJoinKey(hub, "tag:primary");
  const login = [`--login-server=${hub.tailnet.url}`, `--hostname=${primaryName}`, "--timeout=30s"];
  await run(exec, ["/usr/bin/tailscale", "up", ...login, `--auth-key=${key}`], { timeoutMs: 40_000 });
  return run(exec, ["/usr/bin/tailscale", "ip", "-4"]);
}

async function writeConfig(config: Record<string, unknown>): Promise<void> {
  const path = "/home/openclaw/.openclaw/openclaw.json";
  await writeFile(exec, path, `${JSON.stringify(config, null, 2)}\n`, { mode: "0600", owner: "openclaw" });
  const validate = "export HOME=/home/openclaw OPENCLAW_CONFIG_READONLY=1; cd; openclaw config validate --json";
  const report = await shell(exec, validate, { user: "openclaw", timeoutMs: 60_000 });
  if ((JSON.parse(report) as { valid: boolean }).valid !== true)
    throw new Error(`primary: ${path} is refused: ${report}`);
}
