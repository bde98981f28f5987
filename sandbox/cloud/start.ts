import { spawn } from "node:child_process";
import { openSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { tailnetDomain } from "../hub/addresses.ts";
import type { Hub } from "../hub/hub.ts";
import { adopt } from "../machines/cgroups.ts";
import { hostIpv4 } from "../machines/names.ts";
import { stateDir } from "../paths.ts";
import type { StackSecrets } from "../stack.ts";
import type { CloudConfig } from "./daemon.ts";

const port = 8080;

/** Starts the cloud daemon and waits until it answers. @throws with what it said, such as which port is taken. */
export async function startCloud(hub: Hub, secrets: StackSecrets): Promise<void> {
  const file = (name: string) => join(stateDir, name);
  const config: CloudConfig = {
    listen: { address: hostIpv4, port },
    stateFile: file("cloud-state.json"),
    logFile: file("cloud.log"),
    digitalOcean: {
      token: secrets.digitalOceanToken,
      images: { "debian-13-x64": ["debian-13"] },
      addresses: { first: "198.51.100.100", count: 50 },
    },
    tailscale: {
      apiKey: secrets.tailscaleApiKey,
      oauth: { clientId: "sandbox", clientSecret: secrets.tailscaleApiKey },
      headscale: {
        url: hub.tailnet.url,
        apiKey: hub.tailnet.apiKey,
        caPem: hub.tailnet.caPem,
        ownerId: hub.tailnet.ownerId,
      },
      domain: tailnetDomain,
    },
  };
  await writeFile(file("cloud.json"), JSON.stringify(config, null, 2), { mode: 0o600 });
  const output = openSync(file("cloud.out"), "w");
  const daemon = spawn(process.execPath, [join(import.meta.dirname, "daemon.ts"), file("cloud.json")], {
    detached: true,
    stdio: ["ignore", output, output],
  });
  daemon.unref();
  adopt(daemon.pid!, "cloud"); // where the sweep finds it, whatever happens to us
  const deadline = Date.now() + 15_000;
  for (;;) {
    const said = readFileSync(file("cloud.out"), "utf8");
    if (said.startsWith("ready")) return;
    if (daemon.exitCode !== null || Date.now() > deadline)
      throw new Error(`The cloud daemon did not start:\n${said.trim()}`);
    await wait(50);
  }
}
