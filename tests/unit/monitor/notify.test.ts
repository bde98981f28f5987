import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeWebhook, type Webhook } from "../../../monitor/notify.ts";
import type { Message } from "../../../monitor/shapes.ts";
import type { Delivery } from "../../../monitor/webhook.ts";
import { makeClock, type VirtualClock } from "../../simulation/clock.ts";

const secret = "https://example.org/secret-path?token=secret";
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

let dir: string;
let urlFile: string;
let clock: VirtualClock;
let said: string[];
let arrived: string[];
let tries: number;
let receiver: (text: string) => Delivery;
let webhook: Webhook;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "monitor-notify-"));
  urlFile = join(dir, "url");
  writeFileSync(urlFile, `${secret}\n`);
  clock = makeClock();
  said = [];
  arrived = [];
  tries = 0;
  receiver = () => ({ ok: true });
  webhook = make();
});
afterEach(() => rmSync(dir, { recursive: true }));

function make(): Webhook {
  return makeWebhook(
    { urlFile, shape: "json" },
    {
      clock,
      say: (_, text) => said.push(text),
      // An answer takes a second.
      send(_url, payload, done) {
        tries += 1;
        const { text } = JSON.parse(payload.method === "POST" ? payload.body : "") as Message;
        const delivery = receiver(text);
        clock.after(1_000, () => {
          if (delivery.ok) arrived.push(text);
          done(delivery);
        });
      },
    },
  );
}

const dead = (): Delivery => ({ ok: false, status: 0, trouble: "connection refused" });
const refuses = (status: number) => (): Delivery => ({ ok: false, status, trouble: `status ${status}` });
const announce = (...texts: string[]) => {
  for (const text of texts) {
    webhook.announce({
      event: "promoted",
      title: "",
      text,
      urgency: "high",
      tag: "x",
      host: "h",
      at: "2026-11-24T03:00:00Z",
    });
  }
};

test("messages arrive in order, one at a time, without a word in the journal", () => {
  announce("first", "second", "third");
  expect(tries).toBe(1);
  clock.runUntil(10_000);
  expect(arrived).toEqual(["first", "second", "third"]);
  expect(said).toEqual([]);
});

test("a dead webhook is tried again, less and less often, and told once when it dies and once when it works again", () => {
  receiver = dead;
  announce("first");
  clock.runUntil(hourMs);
  expect(tries).toBeGreaterThan(8);
  expect(tries).toBeLessThan(25);
  receiver = () => ({ ok: true });
  clock.runUntil(hourMs + 10 * minuteMs);
  expect(arrived).toEqual([expect.stringContaining("first (Told late: this was at 2026-11-24T03:00:00Z.)")]);
  expect(said).toEqual([
    expect.stringContaining(
      `The webhook of ${urlFile} was not told of "promoted": connection refused. Next: again in 5.0 s`,
    ),
    expect.stringMatching(/works again after 1 h\./),
  ]);
});

test("the order holds over an outage", () => {
  receiver = dead;
  announce("first", "second");
  clock.runUntil(20_000);
  receiver = () => ({ ok: true });
  announce("third");
  clock.runUntil(50_000);
  expect(arrived).toEqual(["first", "second", "third"]);
});

test("a second outage is told again", () => {
  receiver = dead;
  announce("first");
  clock.runUntil(1_500);
  receiver = () => ({ ok: true });
  clock.runUntil(minuteMs);
  receiver = dead;
  announce("second");
  clock.runUntil(2 * minuteMs);
  expect(said).toHaveLength(3);
});

test("a message that nobody took for six hours is given up", () => {
  receiver = dead;
  announce("old");
  clock.runUntil(7 * hourMs);
  expect(webhook.counts()).toMatchObject({ waiting: 0, lost: 1, sent: 0 });
  const before = tries;
  expect(before).toBeLessThan(85);
  clock.runUntil(24 * hourMs);
  expect(tries).toBe(before);
});

test("what waits is bounded: the oldest goes, except the one that may be on its way", () => {
  receiver = dead;
  announce(...Array.from({ length: 80 }, (_, index) => `message ${index}`));
  expect(webhook.counts()).toMatchObject({ waiting: 50, lost: 30 });
  receiver = () => ({ ok: true });
  clock.runUntil(5 * minuteMs);
  const bare = arrived.map((text) => text.split(" (")[0]);
  expect(bare.slice(0, 2)).toEqual(["message 0", "message 31"]);
  expect(bare.at(-1)).toBe("message 79");
  expect(said.at(-1)).toContain("30 message(s) were not told");
});

test.each([400, 413, 422])("a message that is refused for what it says (%i) does not hold up the next", (status) => {
  receiver = (text) => (text === "bad" ? refuses(status)() : { ok: true });
  announce("bad", "good");
  clock.runUntil(minuteMs);
  expect(arrived).toEqual(["good"]);
  expect(tries).toBe(2);
});

test("a URL that is rotated holds from the next try on; a missing file is trouble like any other", () => {
  rmSync(urlFile);
  announce("first");
  clock.runUntil(2_000);
  expect(said).toEqual([expect.stringContaining("ENOENT")]);
  writeFileSync(urlFile, secret);
  clock.runUntil(minuteMs);
  expect(arrived).toEqual(["first"]);
});

test("the journal never tells the URL", () => {
  for (const way of [dead, refuses(404), refuses(500)]) {
    receiver = way;
    webhook = make();
    announce("first");
    clock.runUntil(clock.nowMs() + hourMs);
  }
  expect(said.length).toBeGreaterThan(0);
  expect(said.join()).not.toMatch(/secret|example\.org/);
});
