import { readFileSync } from "node:fs";
import type { Outside } from "./notify.ts";
import { makeOutage } from "./outage.ts";

/** Who monitors the monitor: a service that is asked for regularly, and that raises the alarm when it no longer is. */
export interface Ping {
  failures(): number;
  stop(): void;
}

/** Asks for the URL in `urlFile` every `intervalMs`, as long as `isAlive` says that the watch goes on; silence is the alarm. */
export function startPing(
  { urlFile, intervalMs }: { urlFile: string; intervalMs: number },
  { clock, say, send }: Outside,
  isAlive: () => boolean,
): Ping {
  const outage = makeOutage(`The ping of ${urlFile}`, clock, say);
  let failures = 0;
  let cancel = clock.after(0, beat);

  function beat(): void {
    cancel = clock.after(intervalMs, beat);
    if (!isAlive()) return;
    try {
      const url = readFileSync(urlFile, "utf8").trim();
      send(url, { method: "GET", headers: {} }, (delivery) => {
        if (delivery.ok) outage.works();
        else failed(delivery.trouble);
      });
    } catch (error) {
      failed((error as Error).message);
    }
  }

  function failed(trouble: string): void {
    failures += 1;
    outage.trouble(`did not arrive: ${trouble}. Whoever waits for it will raise the alarm.`);
  }

  return { failures: () => failures, stop: () => cancel() };
}
