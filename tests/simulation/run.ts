import { boundsOf, watchBounds } from "./bounds.ts";
import { makeClock, type VirtualClock } from "./clock.ts";
import { makeStandby, type SimulatedStandby, type Witness } from "./standby.ts";
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
  witness: Witness = {},
  limitMs = unsettledLimitMs,
): Outcome {
  const clock = makeClock();
  const watch = watchBounds(boundsOf(settings), clock);
  const standby = makeStandby(settings, clock, {
    told: (notes, state) => witness.told?.(notes, state),
    acted(action) {
      watch.acted(action);
      witness.acted?.(action);
    },
    looked: () => watch.looked(),
  });
  standby.startMonitor();
  watch.changed(standby, "other");
  let skippedMs = 0;
  for (const { afterMs, what } of turns) {
    skippedMs += advance(clock, standby, afterMs, limitMs);
    watch.check(standby);
    if (what.kind === "nothing") continue;
    happen(clock, standby, what);
    watch.changed(standby, what.kind === "primary" ? "primary" : "other");
  }
  skippedMs += advance(clock, standby, settleMs, limitMs);
  watch.check(standby);
  return { role: standby.state().role.kind, simulatedMs: clock.nowMs() + skippedMs };
}

/**
 * Moves on by `byMs`. Where nothing can happen but the same thing again, whole periods are left out, since decisions
 * depend on differences of time only. Returns how much was left out.
 */
export function advance(clock: VirtualClock, standby: SimulatedStandby, byMs: number, limitMs: number): number {
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
    if (unchangedPeriods < 2 || !isSettled(standby)) continue;
    const restMs = leftMs % calmPeriodMs;
    clock.runUntil(clock.nowMs() + restMs);
    return leftMs - restMs;
  }
  return 0;
}

/** Does nothing in the state wait for time to pass? */
function isSettled(standby: SimulatedStandby): boolean {
  const { role, primary, networkDownSinceMs } = standby.state();
  if (networkDownSinceMs !== undefined || !standby.isWatching()) return false;
  return role.kind === "standby" ? primary.kind === "healthy" : role.kind === "active" && primary.kind === "dead";
}

function happen(_clock: VirtualClock, standby: SimulatedStandby, what: Turn["what"]): void {
  switch (what.kind) {
    case "primary":
      standby.primary.behave(what.behaviour);
      return;
    case "temper":
      standby.unit.setTemper(what.temper);
      return;
    case "obedience":
      standby.unit.setObedient(what.obedient);
      return;
    case "gatewayCrash":
      standby.unit.crash();
      return;
    case "byHand":
      standby.unit.byHand(what.action);
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
