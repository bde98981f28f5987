import type { Entry } from "./failover.ts";
import type { Note } from "./notes.ts";

/** How loudly an announcement speaks on a phone. */
export type Urgency = "low" | "normal" | "high" | "urgent";

/** What stands above an announcement. `tag` is the short code of an emoji, as ntfy and Slack know them. */
export interface Heading {
  title: string;
  urgency: Urgency;
  tag: string;
}

/** The notes that people far away are told of. Another kind is announced by adding its line here. */
const headings: Partial<Record<Note["kind"], Heading>> = {
  promoting: { title: "Taking over", urgency: "high", tag: "rotating_light" },
  promoted: { title: "The standby is active", urgency: "high", tag: "white_check_mark" },
  promotionFailed: { title: "Promotion failed", urgency: "urgent", tag: "x" },
  channelLost: { title: "The standby's channel is lost", urgency: "urgent", tag: "x" },
  demoted: { title: "On standby again", urgency: "normal", tag: "leftwards_arrow_with_hook" },
  stopRefused: { title: "Demotion failed", urgency: "high", tag: "warning" },
  flapping: { title: "The primary comes and goes", urgency: "high", tag: "warning" },
  isolated: { title: "The standby is cut off", urgency: "high", tag: "electric_plug" },
  isolationOver: { title: "The standby is connected again", urgency: "normal", tag: "electric_plug" },
  ordered: { title: "An order by hand", urgency: "low", tag: "hand" },
  orderOver: { title: "An order by hand is over", urgency: "low", tag: "hand" },
  drillOver: { title: "Drill passed", urgency: "low", tag: "white_check_mark" },
};

/** The heading of a note that is announced; undefined for one that is not. */
export function headingOf(note: Note): Heading | undefined {
  // A gateway that fails all night is told of at its attempts 1, 2, 4, 8, 16 ..., not at each of hundreds.
  if ("attempt" in note && !isPowerOfTwo(note.attempt)) return undefined;
  // The first attempt tells that we take over; what becomes of a later one is told by its end.
  if (note.kind === "promoting" && note.attempt > 1) return undefined;
  if (note.kind === "drillOver" && note.report.failure) return { title: "Drill failed", urgency: "high", tag: "x" };
  return headings[note.kind];
}

function isPowerOfTwo(count: number): boolean {
  return count > 0 && Number.isInteger(Math.log2(count));
}

/** The notes that make up the story of a failover, and are kept in `failovers.jsonl`. */
const recorded: readonly Note["kind"][] = [
  "promoting",
  "promoted",
  "promotionFailed",
  "channelLost",
  "demoting",
  "demoted",
];

/** A note as an entry of the history, its times those of the day; undefined for one that is not kept. */
export function entryOf(note: Note, nowMs: number, wallMs: number): Entry | undefined {
  if (!recorded.includes(note.kind)) return undefined;
  const iso = (atMs: number) => new Date(wallMs - (nowMs - atMs)).toISOString();
  const entry: Entry = { event: note.kind, at: iso(nowMs) };
  if ("attempt" in note) entry.attempt = note.attempt;
  if ("why" in note) entry.why = note.why;
  if ("detail" in note) entry.why = note.detail;
  if ("timeline" in note) {
    const steps = Object.entries(note.timeline).map(([step, atMs]) => [step.replace(/Ms$/, ""), iso(atMs)]);
    entry.timeline = Object.fromEntries(steps);
  }
  return entry;
}
