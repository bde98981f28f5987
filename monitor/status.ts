import { readFileSync } from "node:fs";
import type { Settings } from "./settings.ts";
import type { State } from "./state.ts";
import { seconds } from "./words.ts";

/** What `status.json` holds: what the monitor holds to be true, for people and other programs. Times are ISO 8601. */
export interface Status {
  version: 1;
  role: State["role"]["kind"];
  roleSince?: string;
  primary: { host: string; port: number; state: State["primary"]["kind"]; since: string; detail?: string };
  networkDown: boolean;
  monitorPid: number;
  updatedAt: string;
}

/** A status is written at least this often; an older one has no writer any more. */
export const statusEveryMs = 60_000;

/** `wallMs - nowMs` turns monotonic times into the times of day. */
export function statusOf(settings: Settings, state: State, nowMs: number, wallMs: number): Status {
  const iso = (atMs: number) => new Date(wallMs - (nowMs - atMs)).toISOString();
  const { role, primary } = state;
  return {
    version: 1,
    role: role.kind,
    ...(role.kind === "unknown" ? {} : { roleSince: iso(role.sinceMs) }),
    primary: {
      ...settings.primary,
      state: primary.kind,
      since: iso(primary.sinceMs),
      ...(primary.kind === "dead" ? { detail: primary.why } : {}),
      ...(primary.kind === "excused" ? { detail: primary.reason } : {}),
    },
    networkDown: state.networkDownSinceMs !== undefined,
    monitorPid: process.pid,
    updatedAt: new Date(wallMs).toISOString(),
  };
}

/** One line for `systemctl status` and for the top of `openclaw-standby status`. */
export function summary(state: State): string {
  const { role, primary, networkDownSinceMs } = state;
  return `${role.kind}; primary ${primary.kind}${networkDownSinceMs === undefined ? "" : "; this machine has no network"}`;
}

/** Prints the status for a person. Returns the exit code: 0, or 1 if there is no monitor to tell of. */
export function printStatus(path: string, print: (line: string) => void, wallMs = Date.now()): number {
  let status: Status;
  try {
    status = JSON.parse(readFileSync(path, "utf8")) as Status;
  } catch (error) {
    const why = (error as Error).message;
    print(`No status: ${why}. Is the monitor running? systemctl status openclaw-health-monitor`);
    return 1;
  }
  const ago = (iso: string) => seconds(Math.max(0, wallMs - Date.parse(iso)));
  const { role, roleSince, primary, networkDown, updatedAt } = status;
  print(`role     ${role}${roleSince === undefined ? "" : ` for ${ago(roleSince)}`}`);
  const detail = primary.detail === undefined ? "" : ` (${primary.detail})`;
  print(`primary  ${primary.host}:${primary.port} ${primary.state} for ${ago(primary.since)}${detail}`);
  if (networkDown) print("network  this machine has no network: nothing is judged");
  const ageMs = wallMs - Date.parse(updatedAt);
  if (ageMs <= 3 * statusEveryMs) return 0;
  print(`STALE    written ${seconds(ageMs)} ago; is the monitor running? systemctl status openclaw-health-monitor`);
  return 1;
}
