import { span } from "./times.ts";

/** One line of `failovers.jsonl`. Times are ISO 8601; the timeline's keys are the steps of `Timeline`, without their "Ms". */
export interface Entry {
  event: string;
  at: string;
  attempt?: number;
  why?: string;
  timeline?: Record<string, string>;
}

/** One time that this machine took over, or tried to: told from its entries. */
export interface Failover {
  /** ISO 8601: the first thing that is known of it. */
  at: string;
  why: string;
  /** `ended`: it is over, but nobody wrote down how; the monitor was not there. */
  outcome: "promoting" | "active" | "demoting" | "over" | "ended";
  /** In the order of their times. */
  steps: FailoverStep[];
  /** Steps in the middle that were dropped, of a promotion that failed again and again. */
  stepsLeftOut: number;
  /** From the first missed check, or from the decision, to a gateway that serves. */
  tookMs?: number;
  /** For how long this machine served. */
  activeMs?: number;
}

export interface FailoverStep {
  name: string;
  at: string;
  detail?: string;
}

/** So many are kept in memory and shown; the file remembers more. */
const failoversKept = 10;
const stepsKept = 16;
/** Of a story that is too long, the beginning and the end are kept. */
const firstStepsKept = 6;

/** Reads an entry from what JSON made of a line; undefined if it is none. */
export function parseEntry(raw: unknown): Entry | undefined {
  if (typeof raw !== "object" || raw === null) return undefined;
  const { event, at, attempt, why, timeline } = raw as Record<string, unknown>;
  if (typeof event !== "string" || !isTime(at)) return undefined;
  const entry: Entry = { event, at };
  if (typeof attempt === "number") entry.attempt = attempt;
  if (typeof why === "string") entry.why = why;
  if (typeof timeline === "object" && timeline !== null) {
    const times = Object.entries(timeline).filter((step): step is [string, string] => isTime(step[1]));
    entry.timeline = Object.fromEntries(times);
  }
  return entry;
}

function isTime(value: unknown): value is string {
  return typeof value === "string" && !Number.isNaN(Date.parse(value));
}

/** The failovers after one more entry, newest first, and no more than are kept. An event of an unknown kind is a step. */
export function withEntry(failovers: readonly Failover[], entry: Entry): Failover[] {
  const [latest, ...older] = failovers;
  const goesOn = latest !== undefined && latest.outcome !== "over" && latest.outcome !== "ended";
  if (entry.event === "promoting" && (entry.attempt ?? 1) === 1) {
    const left: Failover[] = goesOn ? [{ ...latest, outcome: "ended" }, ...older] : [...failovers];
    return [begun(entry, entry.why ?? "no reason was written down"), ...left].slice(0, failoversKept);
  }
  if (goesOn) return [continued(latest, entry), ...older];
  const unknownBegin = begun(entry, "its beginning was not written down");
  return [continued({ ...unknownBegin, steps: [] }, entry), ...failovers].slice(0, failoversKept);
}

function begun(entry: Entry, why: string): Failover {
  return { at: entry.at, why, outcome: "promoting", steps: [{ name: "decided", at: entry.at }], stepsLeftOut: 0 };
}

function continued(failover: Failover, entry: Entry): Failover {
  switch (entry.event) {
    case "promoted": {
      const active: Failover = { ...failover, outcome: "active" };
      // It had served before, and serves again: the way there is told of the first time only.
      if (failover.tookMs !== undefined) return withSteps(active, [{ name: "promoted", at: entry.at }]);
      const whole = withTimeline(active, entry);
      return { ...whole, tookMs: Date.parse(entry.at) - Date.parse(whole.at) };
    }
    case "demoting":
      return withSteps({ ...failover, outcome: "demoting" }, [stepOf(entry)]);
    case "demoted": {
      const over = withSteps({ ...failover, outcome: "over" }, [{ name: "demoted", at: entry.at }]);
      if (failover.tookMs === undefined) return over;
      return { ...over, activeMs: Date.parse(entry.at) - Date.parse(failover.at) - failover.tookMs };
    }
    default:
      return withSteps(failover, [stepOf(entry)]);
  }
}

function stepOf({ event, at, attempt, why }: Entry): FailoverStep {
  const detail = [attempt === undefined ? [] : `attempt ${attempt}`, why ?? []].flat().join(": ");
  return detail === "" ? { name: event, at } : { name: event, at, detail };
}

/**
 * A timeline that begins with the first missed check is whole, and knows its times better than the entries before it:
 * they were written down one by one, by a clock that may have been set in between. One that does not is of a monitor
 * that was started in the middle.
 */
function withTimeline(failover: Failover, { at, timeline = {} }: Entry): Failover {
  const known = timeline.firstMissed === undefined ? failover.steps.map(({ name }) => name) : [];
  const added = Object.entries(timeline).filter(([name]) => !known.includes(name));
  if (added.length === 0) return withSteps(failover, [{ name: "promoted", at }]);
  const kept = failover.steps.filter(({ name }) => !added.some(([other]) => other === name));
  const origin = timeline.firstMissed ?? kept[0]?.at ?? timeline.decided ?? at;
  // A gateway that was kept warm may have been ready for days: that is not where this begins.
  const steps = added.map(([name, stepAt]): FailoverStep => {
    return Date.parse(stepAt) < Date.parse(origin) ? { name, at: origin, detail: "already" } : { name, at: stepAt };
  });
  return withSteps({ ...failover, steps: kept }, steps);
}

function withSteps(failover: Failover, added: FailoverStep[]): Failover {
  const steps = [...failover.steps, ...added].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  const surplus = Math.max(0, steps.length - stepsKept);
  steps.splice(firstStepsKept, surplus);
  return { ...failover, at: steps[0]?.at ?? failover.at, steps, stepsLeftOut: failover.stepsLeftOut + surplus };
}

/** What became of it, as the rest of a line that begins with its time. */
export function sumUp({ outcome, tookMs, activeMs }: Failover): string {
  const took = tookMs === undefined ? undefined : `took over in ${span(tookMs)}`;
  switch (outcome) {
    case "promoting":
      return "taking over";
    case "active":
      return `${took ?? "taken over"}, still active`;
    case "demoting":
      return `${took === undefined ? "" : `${took}, `}stepping back`;
    case "over":
      if (took === undefined) return "over, without having served";
      return activeMs === undefined ? `${took}, over` : `${took}, served for ${span(activeMs)}`;
    case "ended":
      return `${took ?? "did not get there"}; its end was not written down`;
  }
}
