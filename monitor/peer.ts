import type { Note } from "./notes.ts";
import type { Observation } from "./observation.ts";
import type { ProbeSettings } from "./settings.ts";
import { describe, seconds } from "./words.ts";

/**
 * What we hold to be true of a gateway or a standby that comes before us. Times are monotonic milliseconds.
 * The notes speak of the primary; `watch.ts` puts them into other words for a standby.
 */
export type Peer =
  /** Never reached since this machine booted: perhaps it is dead, perhaps the tailnet is not up yet. */
  | { kind: "unseen"; sinceMs: number; misses: number }
  /** Answers; `successes` in a row, counted up to the recovery threshold. `slow`: the latest question is still open. */
  | { kind: "healthy"; sinceMs: number; successes: number; slow: boolean }
  /** Missed checks since `sinceMs`, too few to judge. */
  | { kind: "doubted"; sinceMs: number; misses: number; used: UsedExcuses }
  /** Not serving, with a good reason, until `untilMs`. `sinceMs`: when it stopped being healthy. */
  | { kind: "excused"; sinceMs: number; reason: Excuse; untilMs: number; used: UsedExcuses }
  | { kind: "dead"; sinceMs: number; firstMissMs: number; misses: number; why: string };

export type Excuse = "starting" | "draining" | "degraded" | "restarting";

/**
 * When each excuse was first used since the peer was last healthy. Its grace period runs from there: a peer that
 * drains, starts, crashes and starts again cannot excuse itself for ever.
 */
export type UsedExcuses = Partial<Record<Alive["kind"], number>>;

export type Judged = { peer: Peer; notes: Note[] };
type Alive = Extract<Observation, { kind: Exclude<Excuse, "restarting"> }>;
type Miss = Extract<Observation, { kind: "refused" | "timedOut" | "unreachable" | "wrongAnswer" | "unable" }>;

/** The peer after one more observation. A network that is down on our side says nothing about it. */
export function judge(
  settings: ProbeSettings,
  peer: Peer,
  observation: Observation,
  askedAtMs: number,
  nowMs: number,
): Judged {
  switch (observation.kind) {
    case "networkDown":
      return { peer, notes: [] };
    case "healthy":
      return answered(settings, peer, observation.latencyMs, nowMs);
    case "starting":
    case "draining":
    case "degraded":
      return excused(settings, peer, observation, nowMs);
    case "refused":
    case "timedOut":
    case "unreachable":
    case "wrongAnswer":
    case "unable":
      return missed(settings, peer, observation, askedAtMs, nowMs);
  }
}

/** Has it answered often enough, and for `stableMs`, so that we may step back? */
export function isProven({ recoverThreshold }: ProbeSettings, peer: Peer, stableMs: number, nowMs: number): boolean {
  return peer.kind === "healthy" && peer.successes >= recoverThreshold && nowMs - peer.sinceMs >= stableMs;
}

function answered(settings: ProbeSettings, peer: Peer, latencyMs: number, nowMs: number): Judged {
  if (peer.kind !== "healthy") {
    const healthy: Peer = { kind: "healthy", sinceMs: nowMs, successes: 1, slow: false };
    return { peer: healthy, notes: [{ kind: "primaryAnswers", was: peer.kind, latencyMs }] };
  }
  // The very same object once nothing changes any more: a calm year is one state.
  const successes = Math.min(peer.successes + 1, settings.recoverThreshold);
  const same = successes === peer.successes && !peer.slow;
  return { peer: same ? peer : { ...peer, successes, slow: false }, notes: [] };
}

function excused(settings: ProbeSettings, peer: Peer, observation: Alive, nowMs: number): Judged {
  if (peer.kind === "dead") return { peer, notes: [] };
  const reason = observation.kind;
  const inTrouble = peer.kind === "doubted" || peer.kind === "excused";
  const { sinceMs, used }: { sinceMs: number; used: UsedExcuses } = inTrouble ? peer : { sinceMs: nowMs, used: {} };
  const firstMs = used[reason] ?? nowMs;
  const untilMs = firstMs + graceMs(settings, reason);
  if (nowMs >= untilMs) {
    const why = `${describe(observation)} for ${seconds(nowMs - firstMs)}, longer than its grace period`;
    return buried({ kind: "dead", sinceMs: nowMs, firstMissMs: sinceMs, misses: 0, why });
  }
  if (peer.kind === "excused" && peer.reason === reason) return { peer, notes: [] };
  return {
    peer: { kind: "excused", sinceMs, reason, untilMs, used: { ...used, [reason]: firstMs } },
    notes: [{ kind: "primaryExcused", reason, detail: describe(observation), graceMs: untilMs - nowMs }],
  };
}

function missed(settings: ProbeSettings, peer: Peer, miss: Miss, askedAtMs: number, nowMs: number): Judged {
  const why = describe(miss);
  switch (peer.kind) {
    case "dead":
      return { peer, notes: [] };
    case "healthy":
      return counted(settings, { kind: "doubted", sinceMs: askedAtMs, misses: 0, used: {} }, why, nowMs);
    case "doubted":
      return counted(settings, peer, why, nowMs);
    case "excused":
      return missedWithExcuse(settings, peer, why, nowMs);
    case "unseen": {
      const misses = peer.misses + 1;
      const waitedMs = nowMs - peer.sinceMs;
      if (misses >= settings.failThreshold && waitedMs >= settings.startupGraceMs) {
        const neverWhy = `never reached since the monitor started ${seconds(waitedMs)} ago (${why})`;
        return buried({ kind: "dead", sinceMs: nowMs, firstMissMs: peer.sinceMs, misses, why: neverWhy });
      }
      const notes: Note[] =
        misses === 1 ? [{ kind: "primaryUnseen", why, graceMs: Math.max(0, settings.startupGraceMs - waitedMs) }] : [];
      return { peer: { ...peer, misses }, notes };
    }
  }
}

function missedWithExcuse(
  settings: ProbeSettings,
  peer: Extract<Peer, { kind: "excused" }>,
  why: string,
  nowMs: number,
): Judged {
  switch (peer.reason) {
    case "degraded":
      return counted(settings, { ...peer, kind: "doubted", misses: 0 }, why, nowMs);
    case "restarting": {
      if (nowMs < peer.untilMs) return { peer, notes: [] };
      const goneWhy = `gone for longer than a restart may take (${why})`;
      return buried({ kind: "dead", sinceMs: nowMs, firstMissMs: peer.sinceMs, misses: 0, why: goneWhy });
    }
    case "starting":
    case "draining":
      return {
        peer: { ...peer, reason: "restarting", untilMs: nowMs + settings.restartGraceMs },
        notes: [{ kind: "primaryExcused", reason: "restarting", detail: why, graceMs: settings.restartGraceMs }],
      };
  }
}

function counted(
  settings: ProbeSettings,
  doubted: Extract<Peer, { kind: "doubted" }>,
  why: string,
  nowMs: number,
): Judged {
  const misses = doubted.misses + 1;
  const notes: Note[] = [{ kind: "primaryMissed", misses, of: settings.failThreshold, why }];
  const { sinceMs, used } = doubted;
  if (misses < settings.failThreshold) return { peer: { kind: "doubted", sinceMs, misses, used }, notes };
  const dead: Peer = {
    kind: "dead",
    sinceMs: nowMs,
    firstMissMs: sinceMs,
    misses,
    why: misses === 1 ? why : `${misses} checks missed in a row, the last: ${why}`,
  };
  return { peer: dead, notes: [...notes, ...buried(dead).notes] };
}

function buried(peer: Extract<Peer, { kind: "dead" }>): Judged {
  return { peer, notes: [{ kind: "primaryDead", why: peer.why, forMs: peer.sinceMs - peer.firstMissMs }] };
}

function graceMs(settings: ProbeSettings, kind: Alive["kind"]): number {
  switch (kind) {
    case "starting":
      return settings.startGraceMs;
    case "draining":
      return settings.drainGraceMs;
    case "degraded":
      return settings.degradedGraceMs;
  }
}
