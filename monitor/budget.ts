import type { Clock } from "./clock.ts";

/** So many announcements may come at once ... */
const burst = 20;
/** ... and one more each time this has passed. */
const refillMs = 10 * 60_000;

/**
 * What bounds the announcements, whatever happens here: a phone that never stops is switched off. `spend` says whether
 * one more is allowed; the journal has them all.
 */
export function makeBudget(clock: Clock): { spend(): boolean } {
  let left = burst;
  let countedAtMs = clock.nowMs();
  return {
    spend() {
      const refilled = Math.floor((clock.nowMs() - countedAtMs) / refillMs);
      left = Math.min(burst, left + refilled);
      countedAtMs += refilled * refillMs;
      if (left === 0) return false;
      left -= 1;
      return true;
    },
  };
}
