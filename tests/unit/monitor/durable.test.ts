import { describe, expect, test } from "vitest";
import { type Durable, type Moment, parseSaved, restore, save } from "../../../monitor/durable.ts";

const minute = 60_000;
const then: Moment = { boot: "first", monotonicMs: 100 * minute, wallMs: Date.UTC(2026, 10, 24, 3) };
const paused: Durable = {
  takeoversMs: [70 * minute, 95 * minute],
  standing: { kind: "paused", sinceMs: 90 * minute, untilMs: 150 * minute },
};

/** What is left of it, through the file, at another moment. */
function recalled(durable: Durable, now: Moment): Durable {
  const saved = parseSaved(JSON.stringify(save(durable, then)));
  expect(saved).toBeDefined();
  return restore(saved!, now);
}

describe("within one boot the monotonic clock goes on", () => {
  const later = { boot: "first", monotonicMs: 110 * minute };

  test.each([-48, 0, 48])("whether or not the time of day jumps (by %i h)", (hours) => {
    expect(recalled(paused, { ...later, wallMs: then.wallMs + hours * 60 * minute })).toEqual(paused);
  });
});

describe("after a reboot the time of day tells how long it took", () => {
  const boot = (tookMs: number): Moment => ({ boot: "second", monotonicMs: minute, wallMs: then.wallMs + tookMs });

  test("ages go on", () => {
    const { takeoversMs, standing } = recalled(paused, boot(5 * minute));
    // 30 min and 5 min old when saved, 5 min more since; the pause had 50 min to go.
    expect(takeoversMs).toEqual([minute - 35 * minute, minute - 10 * minute]);
    expect(standing).toMatchObject({ kind: "paused", untilMs: minute + 45 * minute });
  });

  test("a clock that was set back makes nothing last longer than it was to last", () => {
    expect(recalled(paused, boot(-48 * 60 * minute)).standing).toMatchObject({ untilMs: minute + 50 * minute });
  });

  test("a clock that was set ahead ends a pause early, and no order that holds for good", () => {
    const ahead = boot(48 * 60 * minute);
    expect(recalled(paused, ahead).standing).toMatchObject({ untilMs: expect.toSatisfy((ms: number) => ms < minute) });
    const held: Durable = { takeoversMs: [], standing: { kind: "promoted", sinceMs: 0 } };
    expect(recalled(held, ahead).standing).toMatchObject({ kind: "promoted" });
  });
});

test("a drill is found interrupted, whatever its stage was", () => {
  const drill = { stage: "closing", timeline: { decidedMs: 99 * minute, connectedMs: 99.5 * minute } } as const;
  expect(recalled({ takeoversMs: [], drill }, then).drill).toEqual({
    stage: "interrupted",
    timeline: { decidedMs: 99 * minute },
    failure: expect.stringContaining("restarted"),
  });
});

test.each([
  "",
  "null",
  "[]",
  "{}",
  '{"version":2,"savedAt":{"boot":"1","monotonicMs":1,"wallMs":1},"takeoversMs":[]}',
  '{"version":1,"savedAt":{"boot":"1","monotonicMs":"1","wallMs":1},"takeoversMs":[]}',
  '{"version":1,"savedAt":{"boot":"1","monotonicMs":1,"wallMs":1},"takeoversMs":[null]}',
  '{"version":1,"savedAt":{"boot":"1","monotonicMs":1,"wallMs":1},"takeoversMs":[],"standing":{"kind":"fired","sinceMs":1}}',
  '{"version":1,"savedAt":{"boot":"1","monotonicMs":1,"wallMs":1},"takeoversMs":[],"drill":{}}',
])("%j is not what was written", (text) => {
  expect(parseSaved(text)).toBeUndefined();
});
