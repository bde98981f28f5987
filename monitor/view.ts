import { hostname } from "node:os";
import { abilityOf } from "./ability.ts";
import { peerCadenceMs } from "./cadence.ts";
import type { Standing } from "./durable.ts";
import type { Failover } from "./failover.ts";
import { requiredStableMs } from "./flap.ts";
import type { WebhookCounts } from "./notify.ts";
import { isProven } from "./peer.ts";
import type { Seen } from "./seen.ts";
import type { Settings } from "./settings.ts";
import { source } from "./source.ts";
import type { State } from "./state.ts";
import { type Status, version } from "./status.ts";
import { isIsolated } from "./way.ts";
import { seconds } from "./words.ts";

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
    health: { ...abilityOf(state), primary: primary.kind },
    ...(state.durable.standing === undefined ? {} : { order: orderOf(state.durable.standing, iso) }),
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
  const { role, primary, durable, networkDownSinceMs } = state;
  const order = durable.standing === undefined ? [] : [`${durable.standing.kind} by hand`];
  const network = networkDownSinceMs === undefined ? [] : ["this machine has no network"];
  return [role.kind, `primary ${primary.kind}`, ...order, ...network].join("; ");
}

function orderOf(standing: Standing, iso: (atMs: number) => string): { text: string; until?: string } {
  switch (standing.kind) {
    case "paused":
      if (standing.untilMs === undefined) return { text: "paused by hand, until `resume`" };
      return { text: "paused by hand", until: iso(standing.untilMs) };
    case "promoted":
      return { text: "active by hand, whatever the primary does, until `resume` or `demote`" };
    case "demoted":
      return { text: "on standby by hand, until the primary is healthy, or `resume`" };
  }
}

/** What the monitor does next, as a sentence without "the monitor", and when, if nothing comes between. */
function nextOf(settings: Settings, state: State, nowMs: number): { text: string; atMs?: number } {
  const { role, primary, durable } = state;
  if (durable.standing?.kind === "paused") return { text: "starts and stops nothing while it is paused" };
  if (state.networkDownSinceMs !== undefined) return { text: "judges nothing until this machine has a network" };
  switch (role.kind) {
    case "unknown":
      return { text: "asks systemd what runs on this machine" };
    case "promoting":
      return { text: "gives this attempt up, if it is not ready", atMs: role.deadlineMs };
    case "waiting":
      return { text: "tries again to take over", atMs: role.untilMs };
    case "demoting":
      return { text: "asks systemd again to close the channel, if it is still open", atMs: role.repeatMs };
    case "active": {
      if (durable.standing?.kind === "promoted") return { text: "stays active until it is told otherwise" };
      const stableMs = requiredStableMs(settings, durable.takeoversMs, nowMs);
      if (primary.kind !== "healthy") {
        return { text: `steps back once the primary has been healthy for ${seconds(stableMs)}` };
      }
      if (isProven(settings.probe, primary, stableMs, nowMs)) return { text: "steps back" };
      return { text: "steps back, if the primary stays healthy", atMs: primary.sinceMs + stableMs };
    }
    case "standby":
      return nextOnStandby(settings, state);
  }
}

function nextOnStandby(settings: Settings, state: State): { text: string; atMs?: number } {
  const { primary, durable } = state;
  if (durable.standing?.kind === "demoted") return { text: "stays on standby until the primary is healthy" };
  switch (primary.kind) {
    case "healthy":
      return { text: `asks the primary every ${seconds(peerCadenceMs(settings, state, 0))}` };
    case "unseen":
      return { text: "judges the primary, reached or not", atMs: primary.sinceMs + settings.probe.startupGraceMs };
    case "doubted":
      return { text: `takes over after ${settings.probe.failThreshold - primary.misses} more missed check(s)` };
    case "excused":
      return { text: "counts the primary as dead, if it is not ready", atMs: primary.untilMs };
    case "dead":
      if (isIsolated(state)) return { text: "takes over as soon as somebody vouches that it is not cut off itself" };
      if (state.before.some(({ kind }) => kind !== "dead")) return { text: "leaves it to a standby that comes before" };
      return { text: "takes over" };
  }
}
