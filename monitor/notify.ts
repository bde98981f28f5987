import { readFileSync } from "node:fs";
import type { Clock } from "./clock.ts";
import type { Say } from "./journal.ts";
import { makeOutage } from "./outage.ts";
import type { NotifySettings } from "./settings.ts";
import { type Message, shaped, shapeOf } from "./shapes.ts";
import { span } from "./times.ts";
import type { Delivery, Payload } from "./webhook.ts";

/** What a webhook, and the ping, need of the world. `send` calls `done` exactly once. */
export interface Outside {
  clock: Clock;
  say: Say;
  send(url: string, payload: Payload, done: (delivery: Delivery) => void): void;
}

/** What became of the messages to one webhook since the start. */
export interface WebhookCounts {
  /** The file that its URL is in: the URL itself is nobody's business. */
  urlFile: string;
  sent: number;
  failures: number;
  lost: number;
  waiting: number;
}

export interface Webhook {
  /** Never throws and never waits. */
  announce(message: Message): void;
  counts(): WebhookCounts;
}

const firstRetryMs = 5_000;
const longestRetryMs = 5 * 60_000;
/** A message that could not be told for this long is given up: at most some eighty attempts each. */
const staleMs = 6 * 3_600_000;
/** A message that comes later than this says so. */
const lateMs = 60_000;
const queueLimit = 50;

/**
 * One webhook, with a queue of its own: messages arrive in order, one at a time, and each is tried again until it is
 * taken, refused for its own sake, or stale. A dead webhook delays neither the watch nor the others.
 */
export function makeWebhook({ urlFile, shape }: NotifySettings, { clock, say, send }: Outside): Webhook {
  const outage = makeOutage(`The webhook of ${urlFile}`, clock, say);
  const queue: { message: Message; atMs: number }[] = [];
  const counts = { sent: 0, failures: 0, lost: 0 };
  let lostInOutage = 0;
  let failedInARow = 0;
  let busy = false;

  function pump(): void {
    while (queue.length > 0 && clock.nowMs() - queue[0]!.atMs > staleMs) drop();
    const head = queue[0];
    if (busy || head === undefined) return;
    busy = true;
    const lateByMs = clock.nowMs() - head.atMs;
    const text =
      lateByMs < lateMs ? head.message.text : `${head.message.text} (Told late: this was at ${head.message.at}.)`;
    let url: string;
    try {
      // Read each time: a rotated URL holds from the next message on.
      url = readFileSync(urlFile, "utf8").trim();
    } catch (error) {
      failed({ ok: false, status: 0, trouble: (error as Error).message });
      return;
    }
    send(url, shaped(shape === "auto" ? shapeOf(url) : shape, { ...head.message, text }), (delivery) => {
      if (delivery.ok) taken();
      else failed(delivery);
    });
  }

  function taken(): void {
    queue.shift();
    counts.sent += 1;
    failedInARow = 0;
    outage.works(lostInOutage === 0 ? "" : `; ${lostInOutage} message(s) were not told`);
    lostInOutage = 0;
    busy = false;
    pump();
  }

  function failed({ status, trouble }: Extract<Delivery, { ok: false }>): void {
    counts.failures += 1;
    failedInARow += 1;
    const retryMs = Math.min(firstRetryMs * 2 ** (failedInARow - 1), longestRetryMs);
    const event = queue[0]?.message.event;
    outage.trouble(
      `was not told of "${event}": ${trouble}. Next: again in ${span(retryMs)}, and then less and less often.`,
    );
    // Refused for what it says, it would be refused for ever.
    if (status === 400 || status === 413 || status === 422) drop();
    clock.after(retryMs, () => {
      busy = false;
      pump();
    });
  }

  function drop(): void {
    queue.shift();
    counts.lost += 1;
    lostInOutage += 1;
  }

  return {
    announce(message) {
      // Never the first: it may be on its way.
      if (queue.length >= queueLimit) {
        queue.splice(1, 1);
        counts.lost += 1;
        lostInOutage += 1;
      }
      queue.push({ message, atMs: clock.nowMs() });
      pump();
    },
    counts: () => ({ urlFile, ...counts, waiting: queue.length }),
  };
}
