import { type Exec, run } from "../guest/exec.ts";
import { exec as execIn } from "../machines/machine.ts";
import { gatewayPort } from "./config.ts";

const unit = "openclaw.service";
const exec: Exec = (argv, options) => execIn("primary", argv, options);
const systemctl = (...args: string[]) => run(exec, ["/usr/bin/systemctl", ...args], { timeoutMs: 400_000 });

/** Starts the gateway, also after it was killed. Returns when its process runs: see `waitForGateway`. */
export async function startGateway(): Promise<void> {
  await exec(["/usr/bin/systemctl", "reset-failed", unit]);
  await systemctl("start", unit);
}

/** Stops the gateway as an owner would: it finishes what it is at, for up to 330 s. */
export async function stopGateway(): Promise<void> {
  await systemctl("stop", unit);
}

/** SIGKILL to every process of the gateway. It stays down until `startGateway`. */
export async function killGateway(): Promise<void> {
  await systemctl("kill", "--signal=KILL", unit);
}

/** SIGSTOP: its port still takes connections, and nothing ever answers. */
export async function pauseGateway(): Promise<void> {
  await systemctl("kill", "--signal=STOP", unit);
}

/** SIGCONT, after `pauseGateway`. */
export async function unpauseGateway(): Promise<void> {
  await systemctl("kill", "--signal=CONT", unit);
}

/** Waits until the gateway answers on its tailnet address and its IRC connection stands. */
export async function waitForGateway(timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  await untilInGuest("its gateway's /readyz on the tailnet address", ready, deadline);
  // After a few kills in a row OpenClaw keeps its channels down until somebody says that he means it.
  await untilInGuest(
    "its IRC connection",
    `{ ${onChannel}; } || { tries=$((tries + 1)); [ $tries -ne 6 ] || ${startChannel}; false; }`,
    deadline,
  );
}

const ready = `curl -fsS -m 2 "http://$(tailscale ip -4):${gatewayPort}/readyz" 2>/dev/null | grep -q '"ready":true'`;

/** A gateway that is ready need not be reachable: what the channel itself says counts. */
const onChannel = `openclaw channels status --json 2>/dev/null |
  node -e 'const s = JSON.parse(require("fs").readFileSync(0)); process.exit(s.channelAccounts.irc[0].lifecycle === "ready" ? 0 : 1)' 2>/dev/null`;

const startChannel = `openclaw gateway call channels.start --params '{"channel":"irc"}' > /dev/null 2>&1`;

/** Repeats a shell condition inside the machine, as openclaw: one command of the host instead of one for each look. */
async function untilInGuest(what: string, condition: string, deadline: number): Promise<void> {
  const leftMs = Math.max(1000, deadline - Date.now());
  const loop = `export OPENCLAW_CONFIG_READONLY=1 NODE_COMPILE_CACHE=/var/cache/openclaw; tries=0; until ${condition}; do sleep 0.3; done`;
  const { exitCode } = await exec(["/usr/bin/timeout", String(leftMs / 1000), "/bin/bash", "-c", loop], {
    user: "openclaw",
    timeoutMs: leftMs + 10_000,
  });
  if (exitCode !== 0) {
    const log = await exec(["/usr/bin/journalctl", "--unit", unit, "--lines=15", "--no-pager", "--output=cat"]);
    throw new Error(`primary: ${what} did not come. Its journal ends with:\n${log.stdout}`);
  }
}
