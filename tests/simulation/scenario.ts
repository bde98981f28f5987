import { type Checked, checkConfig } from "../../monitor/config.ts";
import type { Settings } from "../../monitor/settings.ts";
import { word } from "../../monitor/wording.ts";
import { makeClock } from "./clock.ts";
import { makeStandby, type SimulatedStandby } from "./standby.ts";

/**
 * A scenario is a text file in three parts:
 *
 *     # What is shown, in prose.
 *     settings {"probe": {"failThreshold": 5}}        (optional, merged over the defaults)
 *     20s  primary crashes                            (what happens, and when)
 *     2min end
 *     --- journal
 *     00:20.0 ...                                     (what a person would then read)
 */
export interface Scenario {
  /** Everything above the journal, as it stands in the file. */
  script: string;
  journal: string;
}

const divider = "--- journal\n";

export function parseScenario(text: string): Scenario {
  const at = text.indexOf(divider);
  return at === -1
    ? { script: `${text.trimEnd()}\n`, journal: "" }
    : { script: text.slice(0, at), journal: text.slice(at + divider.length) };
}

export function printScenario({ script, journal }: Scenario): string {
  return script + divider + journal;
}

/** Plays the script and returns the journal that comes of it. */
export function play(script: string): string {
  const lines = script.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("#"));
  const settings = settingsOf(lines.find((line) => line.startsWith("settings ")));
  const clock = makeClock();
  const journal: string[] = [];
  const write = (text: string) => journal.push(`${stamp(clock.nowMs())} ${text}\n`);
  const standby = makeStandby(settings, clock, {
    told: (notes) => {
      for (const note of notes) write(word(settings, note).text);
    },
  });
  let started = false;
  for (const line of lines.filter((one) => !one.startsWith("settings "))) {
    const [, when, what] = /^(\S+)\s+(.+?)\s*$/.exec(line) ?? [];
    if (when === undefined || what === undefined) throw new Error(`not a line of a scenario: "${line}"`);
    const atMs = parseTime(when);
    if (atMs > 0 && !started) {
      standby.startMonitor();
      started = true;
    }
    clock.runUntil(atMs);
    if (what === "end") return journal.join("");
    // The story's own turns stand in the journal too, so that cause and effect are read in one place.
    if (atMs > 0) write(`        -- ${what} --`);
    happen(standby, what);
  }
  throw new Error('a scenario ends with "<time> end"');
}

/** What can happen in a scenario. "starts in 8s" and the like carry a time. */
function happen(standby: SimulatedStandby, what: string): void {
  const { primary, unit } = standby;
  const events: Record<string, () => void> = {
    "primary healthy": () => primary.behave({ kind: "healthy", latencyMs: 12 }),
    "primary crashes": () => primary.behave({ kind: "crashed" }),
    "primary hangs": () => primary.behave({ kind: "hung" }),
    "primary's link is cut": () => primary.behave({ kind: "cut" }),
    "primary drains": () => primary.behave({ kind: "draining" }),
    "primary starts": () => primary.behave({ kind: "starting" }),
    "primary is degraded": () => primary.behave({ kind: "degraded" }),
    "primary's port answers HTML": () => primary.behave({ kind: "html" }),
    "our network goes down": () => primary.behave({ kind: "weAreOffline" }),
    "gateway here dies at every start": () => unit.setTemper("dies"),
    "gateway here never gets ready": () => unit.setTemper("neverReady"),
    "gateway here works again": () => unit.setTemper("works"),
    "gateway here crashes": () => unit.crash(),
    "somebody starts the gateway here": () => unit.byHand("start"),
    "somebody stops the gateway here": () => unit.byHand("stop"),
    "systemd refuses us": () => unit.setObedient(false),
    "systemd obeys again": () => unit.setObedient(true),
    "monitor stops": () => standby.stopMonitor(),
    "monitor starts": () => standby.startMonitor(),
    "monitor restarts": () => {
      standby.stopMonitor();
      standby.startMonitor();
    },
    "this machine reboots": () => standby.reboot(),
  };
  const slow = /^primary answers after (\S+)$/.exec(what)?.[1];
  const run = slow === undefined ? events[what] : () => primary.behave({ kind: "healthy", latencyMs: parseTime(slow) });
  if (run === undefined) throw new Error(`nothing like "${what}" can happen; known: ${Object.keys(events).join(", ")}`);
  run();
}

function settingsOf(line: string | undefined): Settings {
  const own: object = line === undefined ? {} : JSON.parse(line.slice("settings ".length));
  const checked: Checked = checkConfig(JSON.stringify({ primary: { host: "100.64.0.1", port: 18789 }, ...own }));
  if (!checked.ok) throw new Error(checked.mistakes.join("; "));
  return checked.settings;
}

/** "90s", "1.5s", "2min", "1h" -> milliseconds. */
function parseTime(text: string): number {
  const [, amount, unit] = /^([\d.]+)(ms|s|min|h)$/.exec(text) ?? [];
  const factor = { ms: 1, s: 1_000, min: 60_000, h: 3_600_000 }[unit as "ms" | "s" | "min" | "h"];
  if (amount === undefined || factor === undefined) throw new Error(`not a time: "${text}"`);
  return Number(amount) * factor;
}

/** 83200 -> "01:23.2" */
function stamp(ms: number): string {
  const tenths = Math.floor(ms / 100);
  const pad = (n: number) => String(n).padStart(2, "0");
  return `${pad(Math.floor(tenths / 600))}:${pad(Math.floor(tenths / 10) % 60)}.${tenths % 10}`;
}
