import { appendFileSync, mkdirSync, readFileSync, renameSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { writeWhole } from "./memory.ts";
import type { Note, Timeline } from "./notes.ts";
import type { Settings } from "./settings.ts";
import type { State } from "./state.ts";
import { statusOf } from "./status.ts";
import { post } from "./webhook.ts";
import { type Level, word } from "./wording.ts";

/** The journal reads "<4>" at the start of a line as its level. */
const priority: Record<Level, number> = { error: 3, warning: 4, notice: 5, info: 6 };

/** The changes of role: these go to the webhook and into `failovers.jsonl`. */
const milestones = ["promoting", "promoted", "promotionFailed", "demoting", "demoted"] as const;
type Milestone = Extract<Note, { kind: (typeof milestones)[number] }>;

const historyLimitBytes = 512 * 1024;

export interface Reporter {
  /** Journal, history, webhook, status. Never throws and never waits. */
  tell(notes: Note[], state: State, nowMs: number): void;
  /** Writes the status anew, so that its age shows that we live. */
  refresh(state: State, nowMs: number): void;
  /** One line that is not about a decision. */
  say(level: Level, text: string): void;
}

export function makeReporter(settings: Settings, dirs: { runtimeDir: string; stateDir: string }): Reporter {
  const statusPath = join(dirs.runtimeDir, "status.json");
  const historyPath = join(dirs.stateDir, "failovers.jsonl");

  function say(level: Level, text: string): void {
    process.stdout.write(`<${priority[level]}>${text.replaceAll("\n", " ")}\n`);
  }

  /** A full disk or a lost directory is told, and never stops the watch. */
  function attempt(what: string, run: () => void): void {
    try {
      run();
    } catch (error) {
      say("error", `${what} could not be written: ${(error as Error).message}`);
    }
  }

  function refresh(state: State, nowMs: number): void {
    const text = `${JSON.stringify(statusOf(settings, state, nowMs, Date.now()), undefined, 2)}\n`;
    attempt(statusPath, () => writeWhole(statusPath, text));
  }

  return {
    say,
    refresh,
    tell(notes, state, nowMs) {
      for (const note of notes) {
        const { level, text } = word(settings, note);
        say(level, text);
        if (!isMilestone(note)) continue;
        attempt(historyPath, () => append(historyPath, record(note, nowMs, Date.now())));
        send(settings, note.kind, text, say);
      }
      refresh(state, nowMs);
    },
  };
}

function isMilestone(note: Note): note is Milestone {
  return (milestones as readonly string[]).includes(note.kind);
}

/** A milestone as one line of history, its times those of the day. */
function record(note: Milestone, nowMs: number, wallMs: number): object {
  const iso = (atMs: number) => new Date(wallMs - (nowMs - atMs)).toISOString();
  if (note.kind !== "promoted") return { event: note.kind, at: iso(nowMs), ...omitKind(note) };
  const { kind, attempt, timeline } = note;
  const times = Object.entries(timeline).map(([step, atMs]) => [timelineNames[step as keyof Timeline], iso(atMs)]);
  return { event: kind, at: iso(nowMs), attempt, timeline: Object.fromEntries(times) };
}

const timelineNames: Record<keyof Timeline, string> = {
  firstMissedMs: "firstMissed",
  decidedMs: "decided",
  gatewayReadyMs: "gatewayReady",
  connectedMs: "connected",
};

/** Fractions of a millisecond are of no use to anyone. */
function omitKind({ kind: _, ...rest }: Note): object {
  return Object.fromEntries(
    Object.entries(rest).map(([key, value]) => [key, typeof value === "number" ? Math.round(value) : value]),
  );
}

function append(path: string, entry: object): void {
  mkdirSync(join(path, ".."), { recursive: true });
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size > historyLimitBytes) renameSync(path, `${path}.old`);
  appendFileSync(path, `${JSON.stringify(entry)}\n`, { mode: 0o644 });
}

function send({ webhookUrlFile }: Settings, event: string, text: string, say: Reporter["say"]): void {
  if (webhookUrlFile === undefined) return;
  let url: string;
  try {
    // Read each time: a rotated URL holds from the next message on.
    url = readFileSync(webhookUrlFile, "utf8").trim();
  } catch (error) {
    say("error", `The webhook was not told: ${(error as Error).message}`);
    return;
  }
  void post(url, { event, host: hostname(), at: new Date().toISOString(), text }).then((trouble) => {
    if (trouble !== undefined) say("error", `The webhook was not told of "${event}": ${trouble}`);
  });
}
