import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { nothingDurable } from "../../../monitor/durable.ts";
import type { Note } from "../../../monitor/notes.ts";
import { makeReporter, type Reporter } from "../../../monitor/report.ts";
import { defaults, type Settings } from "../../../monitor/settings.ts";
import { initialState, type State } from "../../../monitor/state.ts";
import type { Status } from "../../../monitor/status.ts";
import { makeClock, type VirtualClock } from "../../simulation/clock.ts";

let dir: string;
let clock: VirtualClock;
let said: string[];
let settings: Settings;
let state: State;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "monitor-report-"));
  clock = makeClock();
  said = [];
  settings = { primary: { host: "100.64.0.1", port: 18789 }, ...defaults, status: { port: 0 } };
  state = initialState(settings, true, nothingDurable, 0);
});
afterEach(() => rmSync(dir, { recursive: true }));

const make = (): Reporter =>
  makeReporter(settings, { runtimeDir: join(dir, "run"), stateDir: join(dir, "state") }, clock, (_, text) =>
    said.push(text),
  );
const status = () => JSON.parse(readFileSync(join(dir, "run/status.json"), "utf8")) as Status;

const promoting: Note = { kind: "promoting", attempt: 1, action: "promote", why: "the primary is dead" };
const promoted: Note = {
  kind: "promoted",
  attempt: 1,
  timeline: { firstMissedMs: 0, decidedMs: 4_000, gatewayReadyMs: 10_000, connectedMs: 12_000 },
  nowMs: 12_000,
};

test("what is told is in the journal, in the status and in the history", () => {
  const reporter = make();
  clock.runUntil(4_000);
  reporter.tell([promoting], state);
  clock.runUntil(12_000);
  reporter.tell([promoted], { ...state, role: { kind: "active", sinceMs: 12_000 } });
  expect(said).toEqual([expect.stringContaining("PROMOTE: "), expect.stringContaining("PROMOTED: ")]);
  expect(status()).toMatchObject({
    role: "active",
    failovers: [{ why: "the primary is dead", outcome: "active", tookMs: 12_000 }],
    counts: { events: { promoting: 1, promoted: 1 } },
  });
});

test("a restart of the monitor remembers the failovers", () => {
  make().tell([promoting, promoted], state);
  make().refresh(state);
  expect(status().failovers).toMatchObject([{ outcome: "active" }]);
});

test("a failover whose end nobody saw does not go on for ever", () => {
  make().tell([promoting, promoted], { ...state, role: { kind: "standby", sinceMs: 0 } });
  expect(status().failovers).toMatchObject([{ outcome: "ended" }]);
});

test("what was seen of the primary is in the status", () => {
  const reporter = make();
  reporter.saw({ kind: "healthy", latencyMs: 12.34 });
  clock.runUntil(5_000);
  reporter.saw({ kind: "refused", detail: "connection refused" });
  reporter.refresh(state);
  const { probes, lastHour, primary, counts } = status();
  expect(probes.map(({ text }) => text)).toEqual(["connection refused", "ready, answered in 12 ms"]);
  expect(Date.parse(probes[0]!.at) - Date.parse(probes[1]!.at)).toBe(5_000);
  expect(lastHour.at(-1)).toMatchObject({ kind: "shaky", checks: 2, missed: 1 });
  expect(primary.latencyMs).toBe(12.3);
  expect(counts.probes).toMatchObject({ healthy: 1, refused: 1, timedOut: 0 });
});

test("a watch that gets no answers any more, not even bad ones, is not alive", () => {
  const reporter = make();
  reporter.saw({ kind: "timedOut", afterMs: 5_000 });
  clock.runUntil(26_000);
  expect(reporter.isAlive()).toBe(true);
  clock.runUntil(27_000);
  expect(reporter.isAlive()).toBe(false);
  reporter.refresh(state);
  expect(status().monitor.alive).toBe(false);
  reporter.saw({ kind: "timedOut", afterMs: 5_000 });
  expect(reporter.isAlive()).toBe(true);
});

test("directories that are no directories are told, and stop nothing", () => {
  for (const name of ["run", "state"]) writeFileSync(join(dir, name), "");
  const reporter = make();
  reporter.tell([promoting], state);
  expect(said).toEqual([
    expect.stringContaining("cannot be read"),
    expect.stringContaining("PROMOTE"),
    expect.stringContaining("the history of failovers could not be written"),
    expect.stringContaining("status.json could not be written"),
  ]);
});

test("a role change reaches the webhook, and one that is dead delays nothing", async () => {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    request.setEncoding("utf8").on("data", (chunk) => bodies.push(chunk));
    request.on("end", () => response.writeHead(204).end());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const urls = ["http://127.0.0.1:1/dead", `http://127.0.0.1:${(server.address() as AddressInfo).port}/`];
  settings.notify = urls.map((url, index) => {
    const urlFile = join(dir, `url-${index}`);
    writeFileSync(urlFile, url);
    chmodSync(urlFile, 0o640);
    return { urlFile, shape: "auto" };
  });
  make().tell([{ kind: "primaryMissed", misses: 3, of: 3, why: "refused" }, promoting], state);
  await expect.poll(() => bodies.map((body) => JSON.parse(body).event)).toEqual(["promoting"]);
  await expect.poll(() => said.filter((text) => text.includes("was not told"))).toHaveLength(1);
  server.close();
});

test("however often the channel here is lost, a phone hears of it a bounded number of times, and of the gaps", async () => {
  const texts: string[] = [];
  const server = createServer((request, response) => {
    request.setEncoding("utf8").on("data", (chunk) => texts.push(JSON.parse(chunk).text));
    request.on("end", () => response.writeHead(204).end());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const urlFile = join(dir, "url");
  writeFileSync(urlFile, `http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  settings.notify = [{ urlFile, shape: "json" }];
  const reporter = make();
  for (let minute = 0; minute < 120; minute += 1) {
    clock.runUntil(minute * 60_000);
    reporter.tell([{ kind: "channelLost", detail: "it failed" }], state);
  }
  await expect.poll(() => texts.length).toBe(31);
  expect(texts[19]).not.toContain("withheld");
  expect(texts.at(-1)).toContain("(9 announcement(s) before this one were withheld; the journal has them.)");
  server.close();
});

describe("what comes next is told for every role", () => {
  const dead: State["primary"] = { kind: "dead", sinceMs: 0, firstMissMs: 0, misses: 3, why: "refused" };
  const healthy: State["primary"] = { kind: "healthy", sinceMs: 0, successes: 1, slow: false };
  const standby: State["role"] = { kind: "standby", sinceMs: 0 };
  const active: State["role"] = { kind: "active", sinceMs: 0 };
  const timeline = { decidedMs: 0 };

  test.each<[string, Partial<State>, number | undefined]>([
    ["asks systemd what runs on this machine", { role: { kind: "unknown" }, primary: dead }, undefined],
    ["asks the primary every 3.0 s", { role: standby, primary: healthy }, undefined],
    [
      "takes over after 2 more missed check(s)",
      { role: standby, primary: { kind: "doubted", sinceMs: 0, misses: 1, used: {} } },
      undefined,
    ],
    [
      "counts the primary as dead, if it is not ready",
      { role: standby, primary: { kind: "excused", sinceMs: 0, reason: "draining", untilMs: 330_000, used: {} } },
      330_000,
    ],
    [
      "judges the primary, reached or not",
      { role: standby, primary: { kind: "unseen", sinceMs: 0, misses: 0 } },
      60_000,
    ],
    [
      "gives this attempt up, if it is not ready",
      { role: { kind: "promoting", sinceMs: 0, attempt: 1, deadlineMs: 120_000, timeline }, primary: dead },
      120_000,
    ],
    [
      "tries again to take over",
      { role: { kind: "waiting", sinceMs: 0, attempt: 1, untilMs: 5_000, timeline }, primary: dead },
      5_000,
    ],
    ["steps back once the primary has been healthy for 20.0 s", { role: active, primary: dead }, undefined],
    ["steps back, if the primary stays healthy", { role: active, primary: healthy }, 20_000],
    [
      "asks systemd again to close the channel, if it is still open",
      { role: { kind: "demoting", sinceMs: 0, attempt: 1, repeatMs: 340_000 }, primary: healthy },
      340_000,
    ],
    [
      "starts and stops nothing while it is paused",
      { role: standby, durable: { takeoversMs: [], standing: { kind: "paused", sinceMs: 0 } } },
      undefined,
    ],
    ["leaves it to a standby that comes before", { role: standby, primary: dead, before: [healthy] }, undefined],
    ["takes over", { role: standby, primary: dead }, undefined],
    [
      "judges nothing until this machine has a network",
      { role: standby, primary: dead, networkDownSinceMs: 0 },
      undefined,
    ],
  ])("%s", (text, now, dueMs) => {
    make().refresh({ ...state, ...now });
    const { next, updatedAt } = status();
    expect(next.text).toBe(text);
    expect(next.at === undefined ? undefined : Date.parse(next.at) - Date.parse(updatedAt)).toBe(dueMs);
  });
});
