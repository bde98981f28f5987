import type { FlapSettings, Settings } from "./settings.ts";

/*
 * Flap damping. Each takeover that was decided here counts as a flap for `flap.windowMs`. The first within that time
 * asks of the primary what `probe` asks: `minimumStableMs` of health before we step back. From the second on it is
 * `flap.stableMs`, twice as long after each further one, never more than `flap.maxStableMs`. As takeovers grow older
 * than the window the demand fades again. What somebody orders by hand, and drills, do not count.
 */

/** How long a recovery must last now, before we step back. */
export function requiredStableMs(settings: Settings, takeoversMs: readonly number[], nowMs: number): number {
  return stableAfter(settings, recentTakeovers(settings.flap, takeoversMs, nowMs).length);
}

/** The takeovers that still count. */
export function recentTakeovers({ windowMs }: FlapSettings, takeoversMs: readonly number[], nowMs: number): number[] {
  return takeoversMs.filter((atMs) => nowMs - atMs < windowMs);
}

function stableAfter({ probe, flap }: Settings, takeovers: number): number {
  if (takeovers <= 1) return probe.minimumStableMs;
  // The exponent is bounded, too: years of flapping must not reach infinity.
  const grownMs = flap.stableMs * 2 ** Math.min(takeovers - 2, 30);
  return Math.max(probe.minimumStableMs, Math.min(grownMs, flap.maxStableMs));
}

/**
 * How many changes of role the automatic can make in any hour, whatever the primary does: takeovers and steps back
 * together. The n-th step back in an hour needs a recovery of at least the (n-1)-th length, and they must all fit.
 */
export function maxRoleChangesPerHour(settings: Settings): number {
  let leftMs = 3_600_000;
  let stepsBack = 1;
  while (leftMs > 0) {
    leftMs -= Math.max(1, stableAfter(settings, stepsBack - 1));
    stepsBack += 1;
  }
  // Between two steps back lies one takeover; one more may come before the first and one after the last.
  return 2 * stepsBack + 1;
}
