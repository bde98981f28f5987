import { type Exec, run, shell, waitUntil } from "../guest/exec.ts";
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
  const left = () => ({ timeoutMs: Math.max(0, deadline - Date.now()), everyMs: 500 });
  await waitUntil("primary: /readyz on its tailnet address", isReady, left());
  await waitUntil("primary: IRC", isOnChannel, left());
}

async function isReady(): Promise<boolean> {
  const probe = `curl -fsS -m 2 "http://$(tailscale ip -4):${gatewayPort}/readyz"`;
  const { stdout, exitCode } = await exec(["/bin/bash", "-c", probe]);
  return exitCode === 0 && stdout.includes('"ready":true');
}

async function isOnChannel(): Promise<boolean> {
  const command = "export HOME=/home/openclaw OPENCLAW_CONFIG_READONLY=1; cd; openclaw channels status --json";
  const status = JSON.parse(await shell(exec, command, { user: "openclaw", timeoutMs: 30_000 }).catch(() => "{}")) as {
    channelAccounts?: { irc?: { lifecycle?: string }[] };
  };
  return status.channelAccounts?.irc?.[0]?.lifecycle === "ready";
}
