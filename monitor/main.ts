import { readFileSync } from "node:fs";
import { join } from "node:path";
import { keepChannelOpen } from "./channel.ts";
import { realClock } from "./clock.ts";
import { checkConfig } from "./config.ts";
import { startLoop, type World } from "./loop.ts";
import { type Memory, recall, writeWhole } from "./memory.ts";
import { inOurLight } from "./network.ts";
import { paths } from "./paths.ts";
import { describe } from "./primary.ts";
import { probe } from "./probe.ts";
import { makeReporter, type Reporter } from "./report.ts";
import type { Settings } from "./settings.ts";
import { printStatus, statusEveryMs } from "./status.ts";
import { notify, watchdogPeriodMs } from "./systemd.ts";
import { act, readiness, showUnit, viewOf } from "./unit.ts";
import { summary } from "./view.ts";

/** The convention of sysexits.h, and OpenClaw's own, for a configuration that cannot work. */
const exitConfig = 78;
const exitUsage = 64;

const usage = `openclaw-standby status          what the monitor on this machine holds to be true
openclaw-standby check [FILE]    is the configuration sound? (default ${paths.config})
openclaw-standby run [FILE]      be the monitor; systemd does this
openclaw-standby channel         keep the channel open; openclaw-channel.service does this`;

function main([verb = "run", file = paths.config]: string[]): void {
  switch (verb) {
    case "run":
      run(loadOrExit(file));
      return;
    case "check":
      loadOrExit(file);
      console.log(`${file} is sound.`);
      return;
    case "channel":
      void keepChannelOpen(process.env);
      return;
    case "status":
      process.exitCode = printStatus(join(paths.runtimeDir, "status.json"), console.log);
      return;
    default:
      console.error(usage);
      process.exitCode = ["help", "--help", "-h"].includes(verb) ? 0 : exitUsage;
  }
}

function loadOrExit(file: string): Settings {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    console.error(`The monitor does not start: ${(error as Error).message}`);
    process.exit(exitConfig);
  }
  const checked = checkConfig(text);
  if (checked.ok) return checked.settings;
  console.error(`The monitor does not start: ${checked.mistakes.length} mistake(s) in ${file}`);
  for (const mistake of checked.mistakes) console.error(`  ${mistake}`);
  process.exit(exitConfig);
}

function run(settings: Settings): void {
  const reporter = makeReporter(settings, paths, realClock);
  const memoryPath = join(paths.runtimeDir, "memory.json");
  const { memory, trouble } = recall(memoryPath);
  if (trouble !== undefined) reporter.say("error", trouble);
  const loop = startLoop(
    settings,
    realWorld(settings, reporter, remember(memoryPath, memory, reporter)),
    memory.primaryReached,
  );

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
function realWorld(settings: Settings, reporter: Reporter, onReached: () => void): World {
  const { primary, probe: probing, unit, gatewayPort } = settings;
  const self = { host: "127.0.0.1", port: gatewayPort };
  return {
    ...realClock,
    askPrimary(done) {
      void probe(primary, probing.timeoutMs).then((seen) => {
        if (seen.kind === "healthy") onReached();
        const inLight = inOurLight(seen, primary.host);
        reporter.saw(inLight);
        done(inLight);
      });
    },
    lookAtUnit(done) {
      showUnit(unit)
        .then((shown) => viewOf(shown, async () => readiness(await probe(self, probing.timeoutMs), describe)))
        .then(done, (error: Error) => done({ kind: "unknown", detail: error.message }));
    },
    act(action, done) {
      void act(unit, action).then(done);
    },
    tell(notes, state) {
      reporter.tell(notes, state);
      notify(`STATUS=${summary(state)}`);
    },
  };
}

/** Keeps in mind, over restarts, that the primary was reached since boot. */
function remember(path: string, memory: Memory, reporter: Reporter): () => void {
  let reached = memory.primaryReached;
  return () => {
    if (reached) return;
    reached = true;
    try {
      writeWhole(path, `${JSON.stringify({ primaryReached: true } satisfies Memory)}\n`);
    } catch (error) {
      reporter.say("error", `${path} could not be written: ${(error as Error).message}`);
    }
  };
}

main(process.argv.slice(2));
