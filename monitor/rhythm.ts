import type { Clock } from "./clock.ts";

/** One timer, that can be brought forward but not put off. */
export interface Rhythm {
  within(delayMs: number): void;
  stop(): void;
}

export function rhythm(clock: Clock, beat: () => void): Rhythm {
  let pending: { dueMs: number; cancel: () => void } | undefined;
  return {
    within(delayMs) {
      const dueMs = clock.nowMs() + delayMs;
      if (pending !== undefined && pending.dueMs <= dueMs) return;
      pending?.cancel();
      const cancel = clock.after(delayMs, () => {
        pending = undefined;
        beat();
      });
      pending = { dueMs, cancel };
    },
    stop() {
      pending?.cancel();
      pending = undefined;
    },
  };
}
