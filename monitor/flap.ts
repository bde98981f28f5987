import type { FlapSettings, Settings } from "./settings.ts";

/*
 * Flap damping. Each takeover that was decided here counts as a flap for `flap.windowMs`. The first within that time
 * asks of the primary what `probe` asks: `minimumStableMs` of health before we step back. From the second on it is
 * `flap.stableMs`, twice as long after each further one, never more than `flap.maxStableMs`. As takeovers grow older
 * than the window the demand fades again. What somebody orders by hand, and drills, do not count.
 *
 * So the automatic changes its role a bounded number of times an hour, whatever the primary does: with the defaults at
 * most 21 times, takeovers and steps back together. The simulation holds it to that.
 */

/** How long a recovery must last now, before we step back. */
export function requiredStableMs(settings: Settings, takeoversMs: readonly number[], nowMs: number): number {
  const { probe, flap } = settings;
  const takeovers = recentTakeovers(flap, takeoversMs, nowMs).length;
  if (takeovers <= 1) return probe.minimumStableMs;
  // The exponent is bounded, too: years of flapping must not reach infinity.
  const grownMs = flap.stableMs * 2 ** Math.min(takeovers - 2, 30);
  return Math.max(probe.minimumStableMs, Math.min(grownMs, flap.maxStableMs));
}

/** The takeovers that still count. */
export function recentTakeovers({ windowMs }: FlapSettings, takeoversMs: readonly number[], nowMs: number): number[] {
  return takeoversMs.filter((atMs) => nowMs - atMs < windowMs);
}
