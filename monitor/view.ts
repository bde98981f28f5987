import { hostname } from "node:os";
import { cadence, type State } from "./decide.ts";
import type { Failover } from "./failover.ts";
import type { WebhookCounts } from "./notify.ts";
import { isProven, seconds } from "./primary.ts";
import type { Seen } from "./seen.ts";
import type { Settings } from "./settings.ts";
import { source } from "./source.ts";
import { type Status, version } from "./status.ts";

/** All that is told beside the state itself. */
export interface Around {
  seen: Seen;
  failovers: readonly Failover[];
  events: Readonly<Record<string, number>>;
  webhooks: WebhookCounts[];
  pingFailures?: number;
  alive: boolean;
  /** Monotonic milliseconds. */
  startedAtMs: number;
}

/** Every role, in the words of the page. */
export const roleWords: Record<State["role"]["kind"], string> = {
  unknown: "Not known yet",
  standby: "On standby",
  promoting: "Taking over",
  waiting: "Taking over, between attempts",
  active: "Active",
  demoting: "Stepping back",
};

/** Every state of the primary, in the words of the page. */
export const primaryWords: Record<State["primary"]["kind"], string> = {
  unseen: "not reached yet",
  healthy: "healthy",
  doubted: "in doubt",
  excused: "not ready, for a good reason",
  dead: "dead",
};

/** `wallMs - nowMs` turns monotonic times into the times of day. */
export function statusOf(settings: Settings, state: State, around: Around, nowMs: number, wallMs: number): Status {
  const iso = (atMs: number) => new Date(wallMs - (nowMs - atMs)).toISOString();
  const dated = <T extends { atMs: number }>({ atMs, ...rest }: T) => ({ at: iso(atMs), ...rest });
  const { role, primary } = state;
  const { seen, failovers, events, webhooks, pingFailures, alive, startedAtMs } = around;
  const latencyMs = seen.latest().find((sighting) => sighting.latencyMs !== undefined)?.latencyMs;
  const next = nextOf(settings, state, nowMs);
  return {
    version,
    host: hostname(),
    role: role.kind,
    ...(role.kind === "unknown" ? {} : { roleSince: iso(role.sinceMs) }),
    primary: {
      ...settings.primary,
      state: primary.kind,
      since: iso(primary.sinceMs),
      ...(primary.kind === "dead" ? { detail: primary.why } : {}),
      ...(primary.kind === "excused" ? { detail: primary.reason } : {}),
      ...(latencyMs === undefined ? {} : { latencyMs: Math.round(latencyMs * 10) / 10 }),
    },
    networkDown: state.networkDownSinceMs !== undefined,
    health: { role: role.kind, primary: primary.kind },
    next: next.atMs === undefined ? { text: next.text } : { text: next.text, at: iso(next.atMs) },
    lastHour: seen.lastHour(nowMs).map(dated),
    probes: seen.latest().map(dated),
    failovers: role.kind === "standby" ? failovers.map(ended) : failovers,
    counts: { probes: seen.counts(), events },
    webhooks,
    ...(pingFailures === undefined ? {} : { pingFailures }),
    monitor: { alive, pid: process.pid, startedAt: iso(startedAtMs), source, node: process.version },
    updatedAt: new Date(wallMs).toISOString(),
  };
}

/** On standby nothing goes on: what was not told to its end has ended while the monitor was not there to see it. */
function ended(failover: Failover): Failover {
  return failover.outcome === "over" ? failover : { ...failover, outcome: "ended" };
}

/** One line for `systemctl status`. */
export function summary(state: State): string {
  const { role, primary, networkDownSinceMs } = state;
  return `${role.kind}; primary ${primary.kind}${networkDownSinceMs === undefined ? "" : "; this machine has no network"}`;
}

/** What the monitor does next, as a sentence without "the monitor", and when, if nothing comes between. */
function nextOf(settings: Settings, state: State, nowMs: number): { text: string; atMs?: number } {
  const { role, primary } = state;
  if (state.networkDownSinceMs !== undefined) return { text: "judges nothing until this machine has a network" };
  switch (role.kind) {
    case "unknown":
      return { text: "asks systemd what runs on this machine" };
    case "promoting":
      return { text: "gives this attempt up, if it is not ready", atMs: role.deadlineMs };
    case "waiting":
      return { text: "tries again to take over", atMs: role.untilMs };
    case "demoting":
      return { text: "asks systemd again to stop the gateway, if it still runs", atMs: role.repeatMs };
    case "active": {
      const { minimumStableMs } = settings.probe;
      if (primary.kind !== "healthy") {
        return { text: `steps back once the primary has been healthy for ${seconds(minimumStableMs)}` };
      }
      if (isProven(settings.probe, primary, nowMs)) return { text: "steps back" };
      return { text: "steps back, if the primary stays healthy", atMs: primary.sinceMs + minimumStableMs };
    }
    case "standby":
      return nextOnStandby(settings, state);
  }
}

function nextOnStandby(settings: Settings, state: State): { text: string; atMs?: number } {
  const { primary } = state;
  switch (primary.kind) {
    case "healthy":
      return { text: `asks the primary every ${seconds(cadence(settings, state).primaryMs)}` };
    case "unseen":
      return { text: "judges the primary, reached or not", atMs: primary.sinceMs + settings.probe.startupGraceMs };
    case "doubted":
      return { text: `takes over after ${settings.probe.failThreshold - primary.misses} more missed check(s)` };
    case "excused":
      return { text: "counts the primary as dead, if it is not ready", atMs: primary.untilMs };
    case "dead":
      return { text: "takes over" };
  }
}
