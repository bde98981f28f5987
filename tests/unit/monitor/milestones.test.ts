import { describe, expect, test } from "vitest";
import { entryOf, headingOf } from "../../../monitor/milestones.ts";
import type { Note } from "../../../monitor/notes.ts";

const promoting = (attempt: number): Note => ({
  kind: "promoting",
  attempt,
  action: "promote",
  why: "the primary is dead",
});
const failed = (attempt: number): Note => ({ kind: "promotionFailed", attempt, why: "it failed", retryInMs: 5_000 });

describe("announced", () => {
  test.each<Note>([
    promoting(1),
    { kind: "promoted", attempt: 1, timeline: { decidedMs: 0 }, nowMs: 0 },
    failed(1),
    { kind: "demoted", tookMs: 1_000 },
  ])("$kind is", (note) => {
    expect(headingOf(note)?.title).toEqual(expect.any(String));
  });

  test("a check that was missed is not", () => {
    expect(headingOf({ kind: "primaryMissed", misses: 1, of: 3, why: "refused" })).toBeUndefined();
  });

  test("of a thousand failed attempts ten are", () => {
    const attempts = Array.from({ length: 1_000 }, (_, index) => index + 1);
    expect(attempts.filter((attempt) => headingOf(failed(attempt)) !== undefined)).toEqual([
      1, 2, 4, 8, 16, 32, 64, 128, 256, 512,
    ]);
    expect(attempts.filter((attempt) => headingOf(promoting(attempt)) !== undefined)).toEqual([1]);
  });
});

describe("kept in the history", () => {
  const wallMs = Date.parse("2026-11-24T03:00:00.000Z");

  test("a promotion has the times of the day of each of its steps", () => {
    const timeline = { firstMissedMs: 1_000, decidedMs: 5_000, gatewayReadyMs: 13_000 };
    expect(entryOf({ kind: "promoted", attempt: 1, timeline, nowMs: 13_000 }, 13_000, wallMs)).toEqual({
      event: "promoted",
      at: "2026-11-24T03:00:00.000Z",
      attempt: 1,
      timeline: {
        firstMissed: "2026-11-24T02:59:48.000Z",
        decided: "2026-11-24T02:59:52.000Z",
        gatewayReady: "2026-11-24T03:00:00.000Z",
      },
    });
  });

  test("a decision has its reason", () => {
    expect(entryOf(promoting(1), 0, wallMs)).toMatchObject({ event: "promoting", why: "the primary is dead" });
  });

  test("a check that was missed is not", () => {
    expect(entryOf({ kind: "primaryMissed", misses: 1, of: 3, why: "refused" }, 0, wallMs)).toBeUndefined();
  });
});
