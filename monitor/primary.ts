import type { Note } from "./notes.ts";
import type { Observation } from "./observation.ts";
import type { ProbeSettings } from "./settings.ts";

/** What we hold to be true of the primary. Times are monotonic milliseconds. */
export type Primary =
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
 * When each excuse was first used since the primary was last healthy. Its grace period runs from there: a primary that
 * drains, starts, crashes and starts again cannot excuse itself for ever.
 */
export type UsedExcuses = Partial<Record<Alive["kind"], number>>;

type Judged = { primary: Primary; notes: Note[] };
type Alive = Extract<Observation, { kind: Exclude<Excuse, "restarting"> }>;
type Miss = Extract<Observation, { kind: "refused" | "timedOut" | "wrongAnswer" }>;

/** The primary after one more observation. A network that is down on our side says nothing about it. */
export function judge(
  settings: ProbeSettings,
  primary: Primary,
  observation: Observation,
  askedAtMs: number,
  nowMs: number,
): Judged {
  switch (observation.kind) {
    case "networkDown":
      return { primary, notes: [] };
    case "healthy":
      return answered(settings, primary, observation.latencyMs, nowMs);
    case "starting":
    case "draining":
    case "degraded":
      return excused(settings, primary, observation, nowMs);
    case "refused":
    case "timedOut":
    case "wrongAnswer":
      return missed(settings, primary, observation, askedAtMs, nowMs);
  }
}

/** Has it answered often enough, and for long enough, that we may step back? */
export function isProven(settings: ProbeSettings, primary: Primary, nowMs: number): boolean {
  return (
    primary.kind === "healthy" &&
    primary.successes >= settings.recoverThreshold &&
    nowMs - primary.sinceMs >= settings.minimumStableMs
  );
}

function answered(settings: ProbeSettings, primary: Primary, latencyMs: number, nowMs: number): Judged {
  if (primary.kind !== "healthy") {
    const healthy: Primary = { kind: "healthy", sinceMs: nowMs, successes: 1, slow: false };
    return { primary: healthy, notes: [{ kind: "primaryAnswers", was: primary.kind, latencyMs }] };
  }
  // The very same object once nothing changes any more: a calm year is one state.
  const successes = Math.min(primary.successes + 1, settings.recoverThreshold);
  const same = successes === primary.successes && !primary.slow;
  return { primary: same ? primary : { ...primary, successes, slow: false }, notes: [] };
}

function excused(settings: ProbeSettings, primary: Primary, observation: Alive, nowMs: number): Judged {
  if (primary.kind === "dead") return { primary, notes: [] };
  const reason = observation.kind;
  const inTrouble = primary.kind === "doubted" || primary.kind === "excused";
  const { sinceMs, used }: { sinceMs: number; used: UsedExcuses } = inTrouble ? primary : { sinceMs: nowMs, used: {} };
  const firstMs = used[reason] ?? nowMs;
  const untilMs = firstMs + graceMs(settings, reason);
  if (nowMs >= untilMs) {
    const why = `${describe(observation)} for ${seconds(nowMs - firstMs)}, longer than its grace period`;
    return buried({ kind: "dead", sinceMs: nowMs, firstMissMs: sinceMs, misses: 0, why });
  }
  if (primary.kind === "excused" && primary.reason === reason) return { primary, notes: [] };
  return {
    primary: { kind: "excused", sinceMs, reason, untilMs, used: { ...used, [reason]: firstMs } },
    notes: [{ kind: "primaryExcused", reason, detail: describe(observation), graceMs: untilMs - nowMs }],
  };
}

function missed(settings: ProbeSettings, primary: Primary, miss: Miss, askedAtMs: number, nowMs: number): Judged {
  const why = describe(miss);
  switch (primary.kind) {
    case "dead":
      return { primary, notes: [] };
    case "healthy":
      return counted(settings, { kind: "doubted", sinceMs: askedAtMs, misses: 0, used: {} }, why, nowMs);
    case "doubted":
      return counted(settings, primary, why, nowMs);
    case "excused":
      return missedWithExcuse(settings, primary, why, nowMs);
    case "unseen": {
      const misses = primary.misses + 1;
      const waitedMs = nowMs - primary.sinceMs;
      if (misses >= settings.failThreshold && waitedMs >= settings.startupGraceMs) {
        const neverWhy = `never reached since the monitor started ${seconds(waitedMs)} ago (${why})`;
        return buried({ kind: "dead", sinceMs: nowMs, firstMissMs: primary.sinceMs, misses, why: neverWhy });
      }
      const notes: Note[] =
        misses === 1 ? [{ kind: "primaryUnseen", why, graceMs: Math.max(0, settings.startupGraceMs - waitedMs) }] : [];
      return { primary: { ...primary, misses }, notes };
    }
  }
}

function missedWithExcuse(
  settings: ProbeSettings,
  primary: Extract<Primary, { kind: "excused" }>,
  why: string,
  nowMs: number,
): Judged {
  switch (primary.reason) {
    case "degraded":
      return counted(settings, { ...primary, kind: "doubted", misses: 0 }, why, nowMs);
    case "restarting": {
      if (nowMs < primary.untilMs) return { primary, notes: [] };
      const goneWhy = `gone for longer than a restart may take (${why})`;
      return buried({ kind: "dead", sinceMs: nowMs, firstMissMs: primary.sinceMs, misses: 0, why: goneWhy });
    }
    case "starting":
    case "draining":
      return {
        primary: { ...primary, reason: "restarting", untilMs: nowMs + settings.restartGraceMs },
        notes: [{ kind: "primaryExcused", reason: "restarting", detail: why, graceMs: settings.restartGraceMs }],
      };
  }
}

function counted(
  settings: ProbeSettings,
  doubted: Extract<Primary, { kind: "doubted" }>,
  why: string,
  nowMs: number,
): Judged {
  const misses = doubted.misses + 1;
  const notes: Note[] = [{ kind: "primaryMissed", misses, of: settings.failThreshold, why }];
  const { sinceMs, used } = doubted;
  if (misses < settings.failThreshold) return { primary: { kind: "doubted", sinceMs, misses, used }, notes };
  const dead: Primary = {
    kind: "dead",
    sinceMs: nowMs,
    firstMissMs: sinceMs,
    misses,
    why: misses === 1 ? why : `${misses} checks missed in a row, the last: ${why}`,
  };
  return { primary: dead, notes: [...notes, ...buried(dead).notes] };
}

function buried(primary: Extract<Primary, { kind: "dead" }>): Judged {
  return { primary, notes: [{ kind: "primaryDead", why: primary.why, forMs: primary.sinceMs - primary.firstMissMs }] };
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

/** An observation in a person's words. */
export function describe(observation: Observation): string {
  switch (observation.kind) {
    case "healthy":
      return `ready, answered in ${Math.round(observation.latencyMs)} ms`;
    case "starting":
      return "starting";
    case "draining":
      return "draining";
    case "timedOut":
      return `no answer within ${seconds(observation.afterMs)}`;
    case "degraded":
      return `alive, not ready: ${observation.detail}`;
    case "wrongAnswer":
      return `wrong answer: ${observation.detail}`;
    case "refused":
    case "networkDown":
      return observation.detail;
  }
}

/** 1234 -> "1.2 s", 90000 -> "1 min 30 s". */
export function seconds(ms: number): string {
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const whole = Math.round(ms / 1000);
  return whole % 60 === 0 ? `${whole / 60} min` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
