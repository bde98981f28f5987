import type { Timeline } from "./notes.ts";

/** An order that is in force. One holds at a time: the last one given. */
export type Standing =
  /** Hands off: nothing is started or stopped until `untilMs`, or until `resume` where that is missing. */
  | { kind: "paused"; sinceMs: number; untilMs?: number }
  /** Active whatever the primary does, until `resume` or `demote`. */
  | { kind: "promoted"; sinceMs: number }
  /** On standby although nobody else serves, until somebody before us is well again, or `resume`. */
  | { kind: "demoted"; sinceMs: number };

/**
 * A drill under way.
 *
 * - `opening`      the promotion is under way
 * - `connected`    the channel was connected; waiting for somebody healthy before us to hand back to
 * - `closing`      the demotion is under way
 * - `interrupted`  the monitor was restarted in the middle: it is ended as soon as somebody before us is healthy
 */
export interface Drill {
  stage: "opening" | "connected" | "closing" | "interrupted";
  timeline: Timeline;
  failure?: string;
}

/** What must outlive a restart of the monitor, and of the machine. Times are monotonic milliseconds. */
export interface Durable {
  /** When the automatic took over, oldest first; those that still count as flaps. */
  takeoversMs: readonly number[];
  standing?: Standing;
  drill?: Drill;
}

export const nothingDurable: Durable = { takeoversMs: [] };

/** A moment on both clocks. `boot` differs from boot to boot: within one the monotonic clock goes on. */
export interface Moment {
  boot: string;
  monotonicMs: number;
  wallMs: number;
}

/** What lies in the state directory, as JSON. */
export type Saved = { version: 1; savedAt: Moment } & Durable;

export function save(durable: Durable, savedAt: Moment): Saved {
  return { version: 1, savedAt, ...durable };
}

/**
 * Brings what was saved into the present. Within one boot the times simply go on, whatever the time of day did
 * meanwhile. After a reboot only the time of day tells how long it took; set back, it counts as no time at all, so
 * that a pause never lasts longer than it was ordered for, and a flap is never remembered for longer than its window.
 */
export function restore(saved: Saved, now: Moment): Durable {
  const { savedAt, takeoversMs, standing, drill } = saved;
  const elapsedMs = Math.max(0, now.wallMs - savedAt.wallMs);
  const shiftMs = savedAt.boot === now.boot ? 0 : now.monotonicMs - (savedAt.monotonicMs + elapsedMs);
  return {
    takeoversMs: takeoversMs.map((atMs) => atMs + shiftMs),
    ...(standing && { standing: shift(standing, shiftMs) }),
    ...(drill && { drill: interrupted(drill, shiftMs) }),
  };
}

function shift(standing: Standing, byMs: number): Standing {
  const sinceMs = standing.sinceMs + byMs;
  if (standing.kind !== "paused" || standing.untilMs === undefined) return { ...standing, sinceMs };
  return { ...standing, sinceMs, untilMs: standing.untilMs + byMs };
}

function interrupted({ timeline }: Drill, byMs: number): Drill {
  return {
    stage: "interrupted",
    timeline: { decidedMs: timeline.decidedMs + byMs },
    failure: "the monitor was restarted in the middle of it",
  };
}

/** Reads what `save` wrote; undefined if it is anything else. */
export function parseSaved(text: string): Saved | undefined {
  try {
    const raw: unknown = JSON.parse(text);
    return isSaved(raw) ? raw : undefined;
  } catch {
    return undefined;
  }
}

function isSaved(raw: unknown): raw is Saved {
  if (!isObject(raw) || raw.version !== 1 || !isObject(raw.savedAt)) return false;
  const { boot, monotonicMs, wallMs } = raw.savedAt;
  return (
    typeof boot === "string" &&
    isTime(monotonicMs) &&
    isTime(wallMs) &&
    Array.isArray(raw.takeoversMs) &&
    raw.takeoversMs.every(isTime) &&
    (raw.standing === undefined || isStanding(raw.standing)) &&
    (raw.drill === undefined || isDrill(raw.drill))
  );
}

function isStanding(raw: unknown): boolean {
  if (!isObject(raw) || !isTime(raw.sinceMs)) return false;
  if (raw.kind === "paused") return raw.untilMs === undefined || isTime(raw.untilMs);
  return raw.kind === "promoted" || raw.kind === "demoted";
}

/** Of a drill nothing but its beginning is of use to a later run. */
function isDrill(raw: unknown): boolean {
  return isObject(raw) && isObject(raw.timeline) && isTime(raw.timeline.decidedMs);
}

function isTime(raw: unknown): raw is number {
  return typeof raw === "number" && Number.isFinite(raw);
}

function isObject(raw: unknown): raw is Record<string, unknown> {
  return typeof raw === "object" && raw !== null && !Array.isArray(raw);
}
