/** The monitors that are compared, by turns on the same standby: ours in its three modes, and one that is a shell script. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Exec, run, shell, writeFile } from "../guest/exec.ts";
import { exec } from "../machines/machine.ts";
import { standbyMachine } from "../story.ts";

export const monitorNames = ["warm", "eager", "cold", "shell"] as const;
export type MonitorName = (typeof monitorNames)[number];

const guest: Exec = (argv, options) => exec(standbyMachine(), argv, options);
const onStandby = (script: string) => shell(guest, script);
const configFile = "/etc/openclaw-standby/monitor.json";

/** What the standby is told by its configuration, before the bench changes it. */
export const originalConfig = (): Promise<string> => run(guest, ["cat", configFile]);

/** Has the standby watched by this monitor and by no other, and waits until it stands by. */
export async function useMonitor(name: MonitorName, original: string): Promise<void> {
  await onStandby(
    "systemctl stop openclaw-shell-monitor openclaw-shell 2> /dev/null || true; systemctl stop openclaw-health-monitor openclaw-channel openclaw",
  );
  if (name === "shell") {
    await startShellMonitor(JSON.parse(original) as MonitorConfig);
    return;
  }
  await writeConfig(benchConfig(name, original));
  // Its memory of what went before would have it step back more and more slowly.
  await onStandby("rm -f /var/lib/openclaw-standby/*.json; systemctl start openclaw-health-monitor");
  const mode = name === "warm" ? `&& ${gatewayReady}` : "";
  await onStandby(`timeout 90 bash -c 'until openclaw-standby status | grep -q healthy ${mode}; do sleep 0.3; done'`);
}

const gatewayReady = "curl -fsS -m 2 http://127.0.0.1:18789/readyz 2> /dev/null | grep -q ready.:true";

interface MonitorConfig {
  primary: { host: string; port: number };
  probe: Record<string, number>;
  promotion: Record<string, unknown>;
}

/** It steps back soon, so that the next trial can begin; how fast it takes over does not depend on that. */
function benchConfig(mode: string, original: string): string {
  const config = JSON.parse(original) as MonitorConfig;
  const probe = { ...config.probe, recoverThreshold: 1, minimumStableMs: 1_000 };
  const flap = { stableMs: 1_000, maxStableMs: 60_000 };
  return JSON.stringify({ ...config, probe, flap, promotion: { ...config.promotion, mode } });
}

const writeConfig = (text: string): Promise<void> =>
  writeFile(guest, configFile, text, { mode: "0640", group: "openclaw-monitor" });

/** Its gateway is the same as ours but for the channel, which is open from the start. */
async function startShellMonitor({ primary }: MonitorConfig): Promise<void> {
  const script = await readFile(join(import.meta.dirname, "guest/shell-monitor"), "utf8");
  await writeFile(guest, "/usr/local/bin/openclaw-shell-monitor", script, { mode: "0755" });
  await writeFile(
    guest,
    "/etc/systemd/system/openclaw-shell-monitor.service",
    `[Service]\nExecStart=/usr/local/bin/openclaw-shell-monitor ${primary.host}:${primary.port}\nRestart=always\n`,
  );
  await onStandby(
    "sed 's/channel-door asis/channel-door open/' /etc/systemd/system/openclaw.service > /etc/systemd/system/openclaw-shell.service;" +
      "systemctl daemon-reload; systemctl start openclaw-shell-monitor",
  );
}

/** Resolves when the standby is off its channel and at rest, as at the beginning. */
export async function untilStandingBy(name: MonitorName): Promise<void> {
  const units = {
    warm: "openclaw-channel",
    eager: "openclaw-channel openclaw",
    cold: "openclaw-channel openclaw",
    shell: "openclaw-shell",
  };
  await onStandby(
    `timeout 120 bash -c 'while systemctl is-active ${units[name]} | grep -qv inactive; do sleep 0.3; done'`,
  );
}

/** What our monitor costs while all is calm: memory (RSS), and its share of one core over a minute. */
export async function costOfMonitor(): Promise<{ memoryMb: number; cpuPercent: number }> {
  const seconds = 60;
  const read = async () => {
    const out = await onStandby(
      "pid=$(systemctl show -P MainPID openclaw-health-monitor); awk '/^VmRSS/ {print $2}' /proc/$pid/status; systemctl show -P CPUUsageNSec openclaw-health-monitor",
    );
    const [kib, ns] = out.split("\n").map(Number);
    return { kib: kib!, ns: ns! };
  };
  const before = await read();
  await onStandby(`sleep ${seconds}`);
  const after = await read();
  return { memoryMb: after.kib / 1024, cpuPercent: ((after.ns - before.ns) / (seconds * 1e9)) * 100 };
}
