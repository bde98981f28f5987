import { readFileSync } from "node:fs";
import { type Failover, sumUp } from "./failover.ts";
import { printable } from "./journal.ts";
import type { WebhookCounts } from "./notify.ts";
import type { Minute, Sighting } from "./seen.ts";
import { span, utc } from "./times.ts";

/** With a time of day (ISO 8601) for the monotonic one. */
type Dated<T extends { atMs: number }> = Omit<T, "atMs"> & { at: string };

/**
 * What the monitor holds to be true, in plain data: `/status` and `status.json` are this as it stands, and the page,
 * the metrics and `openclaw-standby status` are made of it. `view.ts` fills it. Times are ISO 8601.
 */
export interface Status {
  version: typeof version;
  host: string;
  role: string;
  roleSince?: string;
  primary: { host: string; port: number; state: string; since: string; detail?: string; latencyMs?: number };
  networkDown: boolean;
  /** What `/healthz` tells in short, beside whether the watch goes on. */
  health: Readonly<Record<string, unknown>>;
  /** What the owner has ordered, while it holds. */
  order?: { text: string; until?: string };
  /** What the monitor does next, and when, if nothing comes between. */
  next: { text: string; at?: string };
  /** Minute by minute, oldest first. */
  lastHour: Dated<Minute>[];
  /** Newest first. */
  probes: Dated<Sighting>[];
  /** Newest first. */
  failovers: readonly Failover[];
  /** How often each happened since the monitor's start. */
  counts: { probes: Readonly<Record<string, number>>; events: Readonly<Record<string, number>> };
  webhooks: WebhookCounts[];
  pingFailures?: number;
  /** `alive`: answers about the primary, good or bad, still come in. */
  monitor: { alive: boolean; pid: number; startedAt: string; source: string; node: string };
  updatedAt: string;
}

/** Counted up when what is there changes its meaning or its place. */
export const version = 2;

/** A status is written at least this often; an older one has no writer any more. */
export const statusEveryMs = 60_000;

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
  if (status.version !== version) {
    print(
      `No status: ${path} was written by another version of the monitor. systemctl restart openclaw-health-monitor`,
    );
    return 1;
  }
  for (const [name, text] of linesOf(status, wallMs)) print(`${name.padEnd(9)} ${printable(text)}`);
  const ageMs = wallMs - Date.parse(status.updatedAt);
  if (ageMs <= 3 * statusEveryMs && status.monitor.alive) return 0;
  const stale = status.monitor.alive ? `written ${span(ageMs)} ago` : "no check of the primary has ended for a while";
  print(`STALE     ${stale}; is the monitor running? systemctl status openclaw-health-monitor`);
  return 1;
}

function linesOf(status: Status, wallMs: number): [name: string, text: string][] {
  const { role, roleSince, primary, networkDown, order, next, failovers, webhooks } = status;
  const ago = (iso: string) => span(Math.max(0, wallMs - Date.parse(iso)));
  const until = (iso: string) => `${utc(iso)} UTC (in ${span(Math.max(0, Date.parse(iso) - wallMs))})`;
  const since = roleSince === undefined ? "" : ` for ${ago(roleSince)}, since ${utc(roleSince)} UTC`;
  const detail = primary.detail === undefined ? "" : `: ${primary.detail}`;
  const lines: [string, string][] = [
    ["role", `${role}${since}`],
    ["primary", `${primary.host}:${primary.port} ${primary.state} for ${ago(primary.since)}${detail}`],
  ];
  if (networkDown) lines.push(["network", "this machine has no network: nothing is judged"]);
  if (order !== undefined) {
    lines.push(["order", `${order.text}${order.until === undefined ? "" : ` until ${until(order.until)}`}`]);
  }
  lines.push(["next", `${next.text}${next.at === undefined ? "" : `, ${until(next.at)}`}`]);
  const latest = failovers[0];
  lines.push(["failover", latest === undefined ? "none is remembered" : `${utc(latest.at)} UTC: ${sumUp(latest)}`]);
  if (latest !== undefined) lines.push(["", `because ${latest.why}`]);
  for (const { urlFile, waiting } of webhooks.filter((webhook) => webhook.waiting > 0)) {
    lines.push(["webhook", `${waiting} message(s) for the one of ${urlFile} are not told yet`]);
  }
  return lines;
}
