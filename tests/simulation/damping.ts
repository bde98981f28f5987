import type { Settings } from "../../monitor/settings.ts";

/** The rule of flap damping, told once more from the outside: how long a recovery must last after so many takeovers. */
export function stableAfterMs({ probe, flap }: Settings, takeovers: number): number {
  if (takeovers < 2) return probe.minimumStableMs;
  let stableMs = flap.stableMs;
  for (let n = 2; n < takeovers && stableMs < flap.maxStableMs; n += 1) stableMs *= 2;
  return Math.max(probe.minimumStableMs, Math.min(stableMs, flap.maxStableMs));
}

/**
 * How many changes of role the automatic can make in any hour, whatever the primary does: takeovers and steps back
 * together. The n-th step back in an hour needs a recovery of at least the (n-1)-th length, and they must all fit.
 */
export function maxRoleChangesPerHour(settings: Settings): number {
  let leftMs = 3_600_000;
  let stepsBack = 1;
  for (; leftMs > 0; stepsBack += 1) leftMs -= Math.max(1, stableAfterMs(settings, stepsBack - 1));
  // Between two steps back lies one takeover; one more may come before the first and one after the last.
  return 2 * stepsBack + 1;
}
