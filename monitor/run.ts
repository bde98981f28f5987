import { realClock } from "./clock.ts";
import { serveControl } from "./control.ts";
import { type Durable, type Moment, nothingDurable, parseSaved, restore, save } from "./durable.ts";
import { startLoop, type World } from "./loop.ts";
import { blank, type Memory, parseMemory, recall, writeWhole } from "./memory.ts";
import { inOurLight } from "./network.ts";
import type { Note } from "./notes.ts";
import { paths } from "./paths.ts";
import { probe, probeStandby } from "./probe.ts";
import { makeReporter, type Reporter } from "./report.ts";
import type { Settings } from "./settings.ts";
import type { State } from "./state.ts";
import { statusEveryMs } from "./status.ts";
import { notify, watchdogPeriodMs } from "./systemd.ts";
import { act, showUnits, viewOf } from "./unit.ts";
import { summary } from "./view.ts";
import { askWitnesses } from "./witness.ts";
import { word } from "./wording.ts";

/** Is the monitor, until a signal ends it. */
export function run(settings: Settings): void {
  const reporter = makeReporter(settings, paths, realClock);
  const memory = recallMemory(reporter);
  const now = (): Moment => ({ boot: memory.boot, monotonicMs: realClock.nowMs(), wallMs: Date.now() });
  const durable = recallDurable(reporter, now());

  const tell = (notes: Note[], state: State): void => {
    reporter.tell(notes, state);
    notify(`STATUS=${summary(state)}`);
    control.told(notes, state);
  };
  const control = serveControl(
    paths.controlSocket,
    { order: (order) => loop.order(order), state: () => loop.state(), word: (note) => word(settings, note) },
    (text) => reporter.say("error", text),
  );
  const keep = (kept: Durable) => write(reporter, paths.durable, save(kept, now()));
  const loop = startLoop(settings, realWorld(settings, { keep, tell, saw: reporter.saw }, remember(memory, reporter)), {
    primaryReached: memory.primaryReached,
    durable,
  });

  reporter.open(loop.state);

  // A loop that lost its rhythm is as dead as a hung process: systemd hears nothing, and starts us anew.
  const beat = () => {
    if (reporter.isAlive()) notify("WATCHDOG=1", `STATUS=${summary(loop.state())}`);
  };
  notify("READY=1", `STATUS=${summary(loop.state())}`);
  const watchdogMs = watchdogPeriodMs();
  if (watchdogMs !== undefined) setInterval(beat, watchdogMs);
  setInterval(() => reporter.refresh(loop.state()), statusEveryMs);

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      reporter.say("info", `Stopping on ${signal}. The gateway on this machine stays as it is.`);
      process.exit(0);
    });
  }
}

/** The world as it is: HTTP, systemd, timers. */
function realWorld(
  settings: Settings,
  { saw, ...report }: Pick<World, "keep" | "tell"> & Pick<Reporter, "saw">,
  onReached: () => void,
): World {
  const { primary, before, probe: probing, gatewayUnit, channelUnit, gatewayPort } = settings;
  const self = { host: "127.0.0.1", port: gatewayPort };
  return {
    ...report,
    ...realClock,
    askPeer(rank, done) {
      const target = before[rank - 1] ?? primary;
      const asked = rank === 0 ? probe(target, probing.timeoutMs) : probeStandby(target, probing.timeoutMs);
      void asked.then((seen) => {
        const inLight = inOurLight(seen, target.host);
        if (rank === 0) saw(inLight);
        if (rank === 0 && seen.kind === "healthy") onReached();
        done(inLight);
      });
    },
    askWitnesses(done) {
      void askWitnesses(settings).then(done);
    },
    lookAtUnits(askReadiness, done) {
      const isReady = async () => (await probe(self, probing.timeoutMs)).kind === "healthy";
      showUnits([gatewayUnit, channelUnit])
        .then((shown) => viewOf(settings, shown, askReadiness ? isReady : undefined))
        .then(done, (error: Error) => done({ kind: "unknown", detail: error.message }));
    },
    act(action, done) {
      void act(settings, action).then(done);
    },
  };
}

function recallMemory(reporter: Reporter): Memory {
  const { found, trouble } = recall(paths.memory, parseMemory);
  if (trouble !== undefined) reporter.say("error", trouble);
  if (found !== undefined) return found;
  const fresh = blank();
  write(reporter, paths.memory, fresh);
  return fresh;
}

function recallDurable(reporter: Reporter, now: Moment): Durable {
  const { found, trouble } = recall(paths.durable, parseSaved);
  if (trouble !== undefined) reporter.say("error", trouble);
  return found === undefined ? nothingDurable : restore(found, now);
}

/** Keeps in mind, over restarts, that the primary was reached since boot. */
function remember(memory: Memory, reporter: Reporter): () => void {
  let reached = memory.primaryReached;
  return () => {
    if (reached) return;
    reached = true;
    write(reporter, paths.memory, { ...memory, primaryReached: true } satisfies Memory);
  };
}

/** A full disk or a lost directory is told, and never stops the watch. */
function write(reporter: Reporter, path: string, content: object): void {
  try {
    writeWhole(path, `${JSON.stringify(content)}\n`);
  } catch (error) {
    reporter.say("error", `${path} could not be written: ${(error as Error).message}`);
  }
}
