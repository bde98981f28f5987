import { type Checked, checkConfig } from "../../monitor/config.ts";
import type { Settings } from "../../monitor/settings.ts";
import { word } from "../../monitor/wording.ts";
import { makeClock } from "./clock.ts";
import type { SimulatedPeer } from "./peer.ts";
import { makeStandby, type SimulatedStandby } from "./standby.ts";

/**
 * A scenario is a text file in three parts:
 *
 *     # What is shown, in prose.
 *     settings {"probe": {"failThreshold": 5}}        (optional, over the defaults and mode eager)
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

/** What can happen in a scenario. "answers after 3s" and the like carry a time. */
function happen(standby: SimulatedStandby, what: string): void {
  const { units } = standby;
  const events: Record<string, () => void> = {
    ...peerEvents("primary", standby.peers[0]!),
    ...Object.fromEntries(
      standby.peers.slice(1).flatMap((peer, i) => Object.entries(peerEvents(`standby ${i + 1}`, peer))),
    ),
    "our network goes down": () => standby.setNetwork("offline"),
    "we are cut off": () => standby.setNetwork("cutOff"),
    "our network is back": () => standby.setNetwork("up"),
    "witnesses fall silent": () => standby.setWitnesses(false),
    "witnesses answer again": () => standby.setWitnesses(true),
    "gateway here dies at every start": () => units.setTemper("dies"),
    "gateway here never gets ready": () => units.setTemper("neverReady"),
    "channel here never connects": () => units.setTemper("neverConnects"),
    "gateway here works again": () => units.setTemper("works"),
    "gateway here crashes": () => units.crash(),
    "channel here is lost": () => units.loseChannel(),
    "somebody starts the gateway here": () => units.byHand("start", "gateway"),
    "somebody stops the gateway here": () => units.byHand("stop", "gateway"),
    "somebody opens the channel here": () => units.byHand("start", "channel"),
    "somebody closes the channel here": () => units.byHand("stop", "channel"),
    "systemd refuses us": () => units.setObedient(false),
    "systemd obeys again": () => units.setObedient(true),
    "monitor stops": () => standby.stopMonitor(),
    "monitor starts": () => standby.startMonitor(),
    "monitor restarts": () => {
      standby.stopMonitor();
      standby.startMonitor();
    },
    "this machine reboots": () => standby.reboot(),
    "order promote": () => standby.order({ kind: "promote" }),
    "order demote": () => standby.order({ kind: "demote" }),
    "order resume": () => standby.order({ kind: "resume" }),
    "order drill": () => standby.order({ kind: "drill" }),
    "order pause forever": () => standby.order({ kind: "pause" }),
  };
  const timed: [RegExp, (ms: number) => void][] = [
    [/^primary answers after (\S+)$/, (ms) => standby.peers[0]!.behave({ kind: "healthy", latencyMs: ms })],
    [/^order pause (\d\S*)$/, (ms) => standby.order({ kind: "pause", forMs: ms })],
    [/^time of day jumps ahead by (\S+)$/, (ms) => standby.jumpWallClock(ms)],
    [/^time of day jumps back by (\S+)$/, (ms) => standby.jumpWallClock(-ms)],
  ];
  const [matched, ofTime] = timed.find(([pattern]) => pattern.test(what)) ?? [];
  const time = matched?.exec(what)?.[1];
  const run = time === undefined ? events[what] : () => ofTime?.(parseTime(time));
  if (run === undefined) throw new Error(`nothing like "${what}" can happen; known: ${Object.keys(events).join(", ")}`);
  run();
}

function peerEvents(who: string, peer: SimulatedPeer): Record<string, () => void> {
  return {
    [`${who} healthy`]: () => peer.behave({ kind: "healthy", latencyMs: 12 }),
    [`${who} crashes`]: () => peer.behave({ kind: "crashed" }),
    [`${who} hangs`]: () => peer.behave({ kind: "hung" }),
    [`${who}'s link is cut`]: () => peer.behave({ kind: "cut" }),
    [`${who} drains`]: () => peer.behave({ kind: "draining" }),
    [`${who} starts`]: () => peer.behave({ kind: "starting" }),
    [`${who} is degraded`]: () => peer.behave({ kind: "degraded" }),
    [`${who}'s port answers HTML`]: () => peer.behave({ kind: "html" }),
    [`${who} cannot take over`]: () => peer.behave({ kind: "unable" }),
  };
}

function settingsOf(line: string | undefined): Settings {
  const own = (line === undefined ? {} : JSON.parse(line.slice("settings ".length))) as { promotion?: object };
  const primary = { host: "100.64.0.1", port: 18789 };
  // Eager where nothing else is said: then the gateway's own comings and goings can be read, too.
  const promotion = { mode: "eager", ...own.promotion };
  const checked: Checked = checkConfig(JSON.stringify({ primary, ...own, promotion }));
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
