import { hostname } from "node:os";
import { join } from "node:path";
import { makeBudget } from "./budget.ts";
import type { Clock } from "./clock.ts";
import { recallHistory } from "./history.ts";
import { makeJournal, type Say } from "./journal.ts";
import { keepListening } from "./listen.ts";
import { writeWhole } from "./memory.ts";
import { entryOf, headingOf } from "./milestones.ts";
import type { Note } from "./notes.ts";
import { makeWebhook, type Outside } from "./notify.ts";
import type { Observation } from "./observation.ts";
import { type Ping, startPing } from "./ping.ts";
import { makeSeen } from "./seen.ts";
import { makeServer } from "./serve.ts";
import type { Settings } from "./settings.ts";
import type { State } from "./state.ts";
import type { Status } from "./status.ts";
import { statusOf } from "./view.ts";
import { deliver } from "./webhook.ts";
import { word } from "./wording.ts";

export interface Reporter {
  /** Journal, history, webhooks, status. Never throws and never waits. */
  tell(notes: Note[], state: State): void;
  /** One answer of the primary, or the lack of one. */
  saw(observation: Observation): void;
  /** Writes the status anew, so that its age shows that we live. */
  refresh(state: State): void;
  /** Do answers of the primary, good or bad, still come in? A loop that lost its rhythm is not alive, though its process is. */
  isAlive(): boolean;
  /** One line that is not about a decision. */
  say: Say;
  /** From now on the status can be asked for over HTTP, and the ping goes out. `state` is asked for at each question. */
  open(state: () => State): void;
}

export function makeReporter(
  settings: Settings,
  dirs: { runtimeDir: string; stateDir: string },
  clock: Clock,
  say: Say = makeJournal(settings.journal),
): Reporter {
  const statusPath = join(dirs.runtimeDir, "status.json");
  const { history, trouble } = recallHistory(join(dirs.stateDir, "failovers.jsonl"));
  if (trouble !== undefined) say("error", trouble);
  const send: Outside["send"] = (url, payload, done) => void deliver(url, payload).then(done);
  const outside: Outside = { clock, say, send };
  const webhooks = settings.notify.map((target) => makeWebhook(target, outside));
  const budget = makeBudget(clock);
  let withheld = 0;
  const seen = makeSeen();
  const events: Record<string, number> = {};
  const startedAtMs = clock.nowMs();
  let answeredAtMs = startedAtMs;
  let ping: Ping | undefined;

  /** Two checks that took all their time, and some air. */
  const patienceMs = 2 * (settings.probe.intervalMs + settings.probe.timeoutMs) + 10_000;
  const isAlive = () => clock.nowMs() - answeredAtMs <= patienceMs;

  /** A full disk or a lost directory is told, and never stops the watch. */
  function attempt(what: string, run: () => void): void {
    try {
      run();
    } catch (error) {
      say("error", `${what} could not be written: ${(error as Error).message}`);
    }
  }

  function status(state: State): Status {
    const around = {
      seen,
      failovers: history.failovers(),
      events,
      webhooks: webhooks.map((webhook) => webhook.counts()),
      ...(ping === undefined ? {} : { pingFailures: ping.failures() }),
      alive: isAlive(),
      startedAtMs,
    };
    return statusOf(settings, state, around, clock.nowMs(), Date.now());
  }

  function refresh(state: State): void {
    attempt(statusPath, () => writeWhole(statusPath, `${JSON.stringify(status(state))}\n`));
  }

  function tellOne(note: Note): void {
    const { level, text } = word(settings, note);
    say(level, text, note.kind);
    events[note.kind] = (events[note.kind] ?? 0) + 1;
    const entry = entryOf(note, clock.nowMs(), Date.now());
    if (entry !== undefined) attempt("the history of failovers", () => history.add(entry));
    const heading = headingOf(note);
    if (heading === undefined) return;
    if (!budget.spend()) {
      withheld += 1;
      return;
    }
    const gap =
      withheld === 0 ? "" : ` (${withheld} announcement(s) before this one were withheld; the journal has them.)`;
    withheld = 0;
    const message = {
      event: note.kind,
      ...heading,
      text: `${text}${gap}`,
      host: hostname(),
      at: new Date().toISOString(),
    };
    for (const webhook of webhooks) webhook.announce(message);
  }

  return {
    say,
    refresh,
    isAlive,
    saw(observation) {
      answeredAtMs = clock.nowMs();
      seen.add(observation, answeredAtMs);
    },
    tell(notes, state) {
      for (const note of notes) tellOne(note);
      refresh(state);
    },
    open(state) {
      const { host, port } = settings.status;
      if (port !== 0) {
        const serve = () => makeServer(() => status(state()), clock);
        keepListening(serve, port, { clock, say }, host === undefined ? undefined : () => [host]);
      }
      const { pingUrlFile: urlFile, pingIntervalMs: intervalMs } = settings;
      if (urlFile !== undefined) ping = startPing({ urlFile, intervalMs }, outside, isAlive);
    },
  };
}
