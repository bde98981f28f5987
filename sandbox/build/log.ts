/** Where a long job says what it waits for: one line a call, no line break at its end. */
export type Log = (line: string) => void;

/** Repeats `describe(elapsed)` to `log` every `everyMs` until `job` settles, so that nobody takes a long build for a hang. */
export async function withHeartbeat<T>(log: Log, what: string, job: Promise<T>, everyMs = 30_000): Promise<T> {
  const startedMs = Date.now();
  const timer = setInterval(() => log(`${what} (${Math.round((Date.now() - startedMs) / 1000)} s so far)`), everyMs);
  try {
    return await job;
  } finally {
    clearInterval(timer);
  }
}
