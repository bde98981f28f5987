import { describe, expect, test } from "vitest";
import type { Observation } from "../../../monitor/observation.ts";
import { makeSeen } from "../../../monitor/seen.ts";

const minuteMs = 60_000;
const healthy: Observation = { kind: "healthy", latencyMs: 12 };
const refused: Observation = { kind: "refused", detail: "connection refused" };
const starting: Observation = { kind: "starting" };
const blind: Observation = { kind: "networkDown", detail: "ENETUNREACH" };

const lastMinute = (...observations: Observation[]) => {
  const seen = makeSeen();
  for (const observation of observations) seen.add(observation, 1_000);
  return seen.lastHour(2_000).at(-1)!;
};

describe("a minute", () => {
  test.each<[string, Observation[], string]>([
    ["nobody looked", [], "none"],
    ["all was well", [healthy, healthy], "healthy"],
    ["it was starting for a part", [healthy, starting, healthy], "alive"],
    ["one check was missed", [healthy, refused, healthy], "shaky"],
    ["it went down while starting", [starting, refused], "shaky"],
    ["every check was missed", [refused, refused], "down"],
    ["we were cut off for a part", [healthy, blind], "blind"],
    ["it was missed before we were cut off", [refused, blind], "down"],
  ])("in which %s", (_, observations, kind) => {
    expect(lastMinute(...observations)).toMatchObject({ kind, checks: observations.length });
  });

  test("tells the last thing that was wrong, and a miss before anything else", () => {
    expect(lastMinute(healthy, refused, starting, healthy).worst).toBe("connection refused");
    expect(lastMinute(healthy).worst).toBeUndefined();
  });
});

test("the hour has sixty minutes, oldest first, the one that runs last", () => {
  const seen = makeSeen();
  seen.add(refused, 5 * minuteMs);
  seen.add(healthy, 7 * minuteMs + 30_000);
  const hour = seen.lastHour(7 * minuteMs + 59_000);
  expect(hour).toHaveLength(60);
  expect(hour.slice(-3).map(({ kind }) => kind)).toEqual(["down", "none", "healthy"]);
  expect(hour.at(-1)).toMatchObject({ atMs: 7 * minuteMs });
});

test("what is older than an hour is gone", () => {
  const seen = makeSeen();
  seen.add(refused, 0);
  expect(seen.lastHour(59 * minuteMs)[0]).toMatchObject({ kind: "down" });
  expect(seen.lastHour(60 * minuteMs).every(({ kind }) => kind === "none")).toBe(true);
});

test("a day of checks takes no more room than an hour, and every one is counted", () => {
  const seen = makeSeen();
  for (let atMs = 0; atMs < 24 * 60 * minuteMs; atMs += 5_000) seen.add(healthy, atMs);
  expect(seen.lastHour(24 * 60 * minuteMs - 1)).toHaveLength(60);
  expect(seen.latest()).toHaveLength(10);
  expect(seen.counts().healthy).toBe(24 * 60 * 12);
});

test("a long wrong answer is cut", () => {
  const seen = makeSeen();
  seen.add({ kind: "wrongAnswer", detail: "x".repeat(100_000) }, 0);
  expect(seen.latest()[0]!.text.length).toBeLessThan(200);
});
