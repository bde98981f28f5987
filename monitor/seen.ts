import type { Observation } from "./observation.ts";
import { describe } from "./words.ts";

/**
 * A minute of the primary, worst things first:
 *
 * - `down`     checks were missed, and none was answered
 * - `shaky`    some checks were missed
 * - `blind`    this machine had no network to look through
 * - `alive`    it answered, and was starting, draining or degraded
 * - `healthy`  it was ready at every check
 * - `none`     nobody looked
 */
export type MinuteKind = "down" | "shaky" | "blind" | "alive" | "healthy" | "none";

/** Times are monotonic milliseconds. `worst`: the last thing that was not as it should be, in words. */
export interface Minute {
  atMs: number;
  kind: MinuteKind;
  checks: number;
  missed: number;
  worst?: string;
}

export interface Sighting {
  atMs: number;
  result: Observation["kind"];
  text: string;
  latencyMs?: number;
}

/** What was seen of the primary lately. However often it is asked, this does not grow. */
export interface Seen {
  add(observation: Observation, nowMs: number): void;
  /** The last 60 minutes, the one that runs included, oldest first. */
  lastHour(nowMs: number): Minute[];
  /** The last answers, newest first. */
  latest(): readonly Sighting[];
  /** How often each was seen since the start. */
  counts(): Readonly<Record<Observation["kind"], number>>;
}

const minuteMs = 60_000;
const minutesKept = 60;
const sightingsKept = 10;
/** A wrong answer may be long, and says enough in its first words. */
const textLimit = 160;

interface Tally {
  minute: number;
  healthy: number;
  alive: number;
  missed: number;
  blind: number;
  worst?: string;
}

const column: Record<Observation["kind"], "healthy" | "alive" | "missed" | "blind"> = {
  healthy: "healthy",
  starting: "alive",
  draining: "alive",
  degraded: "alive",
  unable: "alive",
  refused: "missed",
  timedOut: "missed",
  unreachable: "missed",
  wrongAnswer: "missed",
  networkDown: "blind",
};

export function makeSeen(): Seen {
  /** Each minute has its place, and takes it from the one an hour before. */
  const ring: Tally[] = [];
  const sightings: Sighting[] = [];
  const kinds = Object.keys(column) as Observation["kind"][];
  const counts = Object.fromEntries(kinds.map((kind) => [kind, 0])) as Record<Observation["kind"], number>;

  function tallyOf(minute: number): Tally {
    const kept = ring[minute % minutesKept];
    return kept?.minute === minute ? kept : { minute, healthy: 0, alive: 0, missed: 0, blind: 0 };
  }

  return {
    counts: () => counts,
    latest: () => sightings,
    add(observation, nowMs) {
      const text = describe(observation).slice(0, textLimit);
      const { kind } = observation;
      counts[kind] += 1;
      sightings.unshift({
        atMs: nowMs,
        result: kind,
        text,
        ...(kind === "healthy" ? { latencyMs: observation.latencyMs } : {}),
      });
      sightings.length = Math.min(sightings.length, sightingsKept);

      const minute = Math.floor(nowMs / minuteMs);
      const tally = tallyOf(minute);
      ring[minute % minutesKept] = tally;
      tally[column[kind]] += 1;
      // A miss tells more than a primary that is starting.
      if (column[kind] === "missed" || (kind !== "healthy" && tally.missed === 0)) tally.worst = text;
    },
    lastHour(nowMs) {
      const last = Math.floor(nowMs / minuteMs);
      return Array.from({ length: minutesKept }, (_, index) => {
        return minuteOf(tallyOf(last - minutesKept + 1 + index));
      });
    },
  };
}

function minuteOf(tally: Tally): Minute {
  const { minute, healthy, alive, missed, blind, worst } = tally;
  const checks = healthy + alive + missed + blind;
  const told = worst === undefined ? {} : { worst };
  return { atMs: minute * minuteMs, kind: kindOf(tally), checks, missed, ...told };
}

function kindOf({ healthy, alive, missed, blind }: Tally): MinuteKind {
  if (missed > 0) return healthy + alive > 0 ? "shaky" : "down";
  if (blind > 0) return "blind";
  if (alive > 0) return "alive";
  return healthy > 0 ? "healthy" : "none";
}
