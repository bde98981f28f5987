import type { Clock } from "./clock.ts";
import type { Say } from "./journal.ts";
import { span } from "./times.ts";

/** Tells of trouble with something beside the watch when it begins and when it is over, however often it shows in between. */
export interface Outage {
  /** What is wrong, as the rest of a sentence that begins with the name of the thing. */
  trouble(text: string): void;
  /** It works; `remark` goes on after "again after 3 min". */
  works(remark?: string): void;
}

export function makeOutage(what: string, clock: Clock, say: Say): Outage {
  let sinceMs: number | undefined;
  return {
    trouble(text) {
      if (sinceMs !== undefined) return;
      sinceMs = clock.nowMs();
      say("error", `${what} ${text}`);
    },
    works(remark = "") {
      if (sinceMs === undefined) return;
      say("notice", `${what} works again after ${span(clock.nowMs() - sinceMs)}${remark}.`);
      sinceMs = undefined;
    },
  };
}
