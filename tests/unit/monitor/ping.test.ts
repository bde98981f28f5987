import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Ping, startPing } from "../../../monitor/ping.ts";
import type { Delivery } from "../../../monitor/webhook.ts";
import { makeClock, type VirtualClock } from "../../simulation/clock.ts";

const intervalMs = 60_000;
let dir: string;
let urlFile: string;
let clock: VirtualClock;
let said: string[];
let asked: string[];
let alive: boolean;
let delivery: Delivery;
let ping: Ping;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "monitor-ping-"));
  urlFile = join(dir, "ping-url");
  writeFileSync(urlFile, "https://example.org/secret\n");
  clock = makeClock();
  said = [];
  asked = [];
  alive = true;
  delivery = { ok: true };
  const send = (url: string, { method }: { method: string }, done: (delivery: Delivery) => void) => {
    asked.push(`${method} ${url}`);
    done(delivery);
  };
  ping = startPing({ urlFile, intervalMs }, { clock, say: (_, text) => said.push(text), send }, () => alive);
});
afterEach(() => rmSync(dir, { recursive: true }));

test("the URL is asked for at the start and once a minute", () => {
  clock.runUntil(10 * intervalMs);
  expect(asked).toEqual(Array(11).fill("GET https://example.org/secret"));
  expect(said).toEqual([]);
});

test("a loop that stands still is silent, and is heard again when it goes on", () => {
  clock.runUntil(1);
  alive = false;
  clock.runUntil(5 * intervalMs);
  expect(asked).toHaveLength(1);
  alive = true;
  clock.runUntil(6 * intervalMs);
  expect(asked).toHaveLength(2);
});

test("failures are counted, told once an outage, and never with the URL", () => {
  delivery = { ok: false, status: 404, trouble: "status 404" };
  clock.runUntil(5 * intervalMs + 1);
  delivery = { ok: true };
  clock.runUntil(7 * intervalMs);
  expect(ping.failures()).toBe(6);
  expect(said).toEqual([
    expect.stringContaining(`The ping of ${urlFile} did not arrive: status 404`),
    expect.stringContaining("works again after 6 min"),
  ]);
  expect(said.join()).not.toContain("secret");
});

test("a file that is not there is a failure, not an end", () => {
  rmSync(urlFile);
  clock.runUntil(intervalMs);
  writeFileSync(urlFile, "https://example.org/new");
  clock.runUntil(2 * intervalMs);
  expect(asked).toEqual(["GET https://example.org/new"]);
});
