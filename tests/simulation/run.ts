import { watchBounds } from "./bounds.ts";
import { isPending } from "./calm.ts";
import { makeClock, type VirtualClock } from "./clock.ts";
import { makeStandby, type Onlooker, type SimulatedStandby } from "./standby.ts";
import type { Turn, World } from "./worlds.ts";

/** Every rhythm of a settled monitor repeats after this; so a settled stretch can be skipped in multiples of it. */
const calmPeriodMs = 30_000;

/** A stretch that does not settle repeats itself, attempt after attempt; no more than this of it is played. */
const unsettledLimitMs = 30 * 60_000;

export interface Outcome {
  role: string;
  simulatedMs: number;
}

/** Runs a world to its end and then `settleMs` further, checking the bounds all the way. Throws where one is broken. */
export function runWorld(
  { settings, turns }: World,
  settleMs = 0,
  onlooker: Onlooker = {},
  limitMs = unsettledLimitMs,
): Outcome {
  const clock = makeClock();
  const watch = watchBounds(settings, clock);
  const standby = makeStandby(settings, clock, {
    told(notes, state) {
      watch.told(notes, state);
      onlooker.told?.(notes, state);
    },
    acted(action) {
      watch.acted(action);
      onlooker.acted?.(action);
    },
    looked: () => watch.looked(),
  });
  standby.startMonitor();
  watch.changed(standby, { kind: "monitorStart" });
  for (const { afterMs, what } of turns) {
    advance(clock, standby, afterMs, limitMs);
    watch.check(standby);
    if (what.kind === "nothing") continue;
    happen(standby, what);
    watch.changed(standby, what);
    if (what.kind === "order" && what.order.kind === "pause" && what.order.forMs !== undefined) {
      // It ends by itself, and that changes what must come of it all.
      clock.after(what.order.forMs + 1_000, () => watch.changed(standby, { kind: "nothing" }));
    }
  }
  advance(clock, standby, settleMs, limitMs);
  watch.check(standby);
  return { role: standby.state().role.kind, simulatedMs: clock.nowMs() };
}

/**
 * Moves on by `byMs`. Where nothing can happen but the same thing again, whole periods are left out; one is played
 * after them, so that every rhythm has found into the new time before anything happens.
 */
function advance(clock: VirtualClock, standby: SimulatedStandby, byMs: number, limitMs: number): void {
  let leftMs = byMs;
  let playedMs = 0;
  let unchangedPeriods = 0;
  while (leftMs > 0 && playedMs < limitMs) {
    const before = standby.state();
    const nextMs = Math.min(calmPeriodMs, leftMs);
    clock.runUntil(clock.nowMs() + nextMs);
    leftMs -= nextMs;
    playedMs += nextMs;
    unchangedPeriods = standby.state() === before ? unchangedPeriods + 1 : 0;
    // One period may fall between two questions; in two, what is to be noticed has been noticed.
    if (unchangedPeriods < 2 || !standby.isWatching() || isPending(standby.state())) continue;
    const skippedMs = Math.max(0, Math.floor(leftMs / calmPeriodMs) - 1) * calmPeriodMs;
    clock.skip(skippedMs);
    clock.runUntil(clock.nowMs() + leftMs - skippedMs);
    return;
  }
}

function happen(standby: SimulatedStandby, what: Turn["what"]): void {
  switch (what.kind) {
    case "peer":
      standby.peers[what.rank % standby.peers.length]!.behave(what.behaviour);
      return;
    case "network":
      standby.setNetwork(what.network);
      return;
    case "witnesses":
      standby.setWitnesses(what.answer);
      return;
    case "temper":
      standby.units.setTemper(what.temper);
      return;
    case "obedience":
      standby.units.setObedient(what.obedient);
      return;
    case "gatewayCrash":
      standby.units.crash();
      return;
    case "channelLost":
      standby.units.loseChannel();
      return;
    case "byHand":
      standby.units.byHand(what.verb, what.unit);
      return;
    case "order":
      standby.order(what.order);
      return;
    case "wallClock":
      standby.jumpWallClock(what.byMs);
      return;
    case "monitorRestart":
      standby.stopMonitor();
      standby.startMonitor();
      return;
    case "monitorStop":
      standby.stopMonitor();
      return;
    case "monitorStart":
      standby.startMonitor();
      return;
    case "reboot":
      standby.reboot();
      return;
    case "nothing":
      return;
  }
}
