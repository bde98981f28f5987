/** Monotonic time and timers: what a test replaces by a clock of its own. Milliseconds. */
export interface Clock {
  nowMs(): number;
  /** Runs something once, later; the function that it returns calls it off. */
  after(delayMs: number, run: () => void): () => void;
}

export const realClock: Clock = {
  /** The kernel's monotonic clock: no change of the time of day reaches it. */
  nowMs: () => Number(process.hrtime.bigint() / 1_000n) / 1_000,
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};
