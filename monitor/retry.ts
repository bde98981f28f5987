import type { Settings } from "./settings.ts";

/** Each attempt that fails makes the wait before the next one twice as long, up to a bound. */
export function retryMs({ promotion: { retryMinMs, retryMaxMs } }: Settings, attempt: number): number {
  return Math.min(retryMinMs * 2 ** Math.min(attempt - 1, 30), retryMaxMs);
}
