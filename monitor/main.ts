import { readFileSync } from "node:fs";
import { join } from "node:path";
import { keepChannelOpen } from "./channel.ts";
import { give, orderVerbs, readOrder } from "./command.ts";
import { checkConfig } from "./config.ts";
import { paths } from "./paths.ts";
import { run } from "./run.ts";
import type { Settings } from "./settings.ts";
import { printStatus } from "./status.ts";

/** The convention of sysexits.h, and OpenClaw's own, for a configuration that cannot work. */
const exitConfig = 78;
const exitUsage = 64;

const usage = `openclaw-standby status          what the monitor on this machine holds to be true
openclaw-standby promote         be active, whatever the primary does, until resume or demote
openclaw-standby demote          stand back, even from a dead primary, until it is healthy or resume
openclaw-standby pause [TIME]    start and stop nothing for TIME (90s, 30min, 2h, 1d, forever; default 1h)
openclaw-standby resume          take back the order that holds; the automatic is at work again
openclaw-standby drill           promote, wait for the channel, demote, and tell how long each step took;
                                 --if-calm: where it is refused, that is no failure (for a timer)
openclaw-standby check [FILE]    is the configuration sound? (default ${paths.config})
openclaw-standby run [FILE]      be the monitor; openclaw-health-monitor.service does this
openclaw-standby channel         keep the channel open; openclaw-channel.service does this`;

async function main([verb = "run", ...rest]: string[]): Promise<void> {
  const known = orderVerbs.find((one) => one === verb);
  if (known !== undefined) return command(known, rest);
  const file = rest[0] ?? paths.config;
  switch (verb) {
    case "run":
      run(loadOrExit(file));
      return;
    case "check":
      loadOrExit(file);
      console.log(`${file} is sound.`);
      return;
    case "channel":
      return keepChannelOpen(process.env);
    case "status":
      process.exitCode = printStatus(join(paths.runtimeDir, "status.json"), console.log);
      return;
    default:
      console.error(usage);
      process.exitCode = ["help", "--help", "-h"].includes(verb) ? 0 : exitUsage;
  }
}

async function command(verb: (typeof orderVerbs)[number], rest: string[]): Promise<void> {
  const read = readOrder(verb, rest);
  if (typeof read === "string") {
    console.error(`${read}\n\n${usage}`);
    process.exitCode = exitUsage;
    return;
  }
  const outcome = await give(paths.controlSocket, read.order, console.log);
  process.exitCode = outcome === "refused" ? (read.ifCalm ? 0 : 1) : outcome === "done" ? 0 : 1;
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

await main(process.argv.slice(2));
