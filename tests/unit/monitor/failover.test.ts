import { describe, expect, test } from "vitest";
import { type Entry, type Failover, parseEntry, sumUp, withEntry } from "../../../monitor/failover.ts";

const at = (second: number) => new Date(Date.UTC(2026, 10, 24, 3, 0, second)).toISOString();
const told = (...entries: Entry[]) => entries.reduce<Failover[]>(withEntry, []);
const names = ({ steps }: Failover) => steps.map(({ name }) => name);

const promoting: Entry = { event: "promoting", at: at(4), attempt: 1, why: "the primary is dead" };
const promoted: Entry = {
  event: "promoted",
  at: at(12),
  attempt: 1,
  timeline: { firstMissed: at(0), decided: at(4), unitStarted: at(5), gatewayReady: at(12) },
};
const demoting: Entry = { event: "demoting", at: at(100) };
const demoted: Entry = { event: "demoted", at: at(101) };

describe("a failover", () => {
  test("begins with the decision", () => {
    expect(told(promoting)).toMatchObject([{ at: at(4), why: "the primary is dead", outcome: "promoting" }]);
  });

  test("took from the first missed check to the gateway that serves", () => {
    const [failover] = told(promoting, promoted);
    expect(failover).toMatchObject({ at: at(0), outcome: "active", tookMs: 12_000 });
    expect(names(failover!)).toEqual(["firstMissed", "decided", "unitStarted", "gatewayReady"]);
  });

  test("served until its gateway was stopped", () => {
    const [failover] = told(promoting, promoted, demoting, demoted);
    expect(failover).toMatchObject({ outcome: "over", tookMs: 12_000, activeMs: 89_000 });
    expect(sumUp(failover!)).toBe("took over in 12.0 s, served for 1 min 29 s");
  });

  test("of a gateway that was kept warm begins with the first missed check", () => {
    const timeline = { ...promoted.timeline, gatewayReady: "2026-11-20T00:00:00.000Z" };
    const [failover] = told(promoting, { ...promoted, timeline });
    expect(failover).toMatchObject({ at: at(0), tookMs: 12_000 });
    expect(failover!.steps).toContainEqual({ name: "gatewayReady", at: at(0), detail: "already" });
  });

  test("takes no longer because the clock was set in the middle of it", () => {
    const [failover] = told({ ...promoting, at: "2026-11-23T00:00:00.000Z" }, promoted);
    expect(failover).toMatchObject({ at: at(0), tookMs: 12_000 });
  });

  test("took since the decision, when the monitor was restarted in the middle of it", () => {
    const timeline = { decided: at(9), gatewayReady: at(12) };
    const [failover] = told(promoting, { ...promoted, timeline });
    expect(failover).toMatchObject({ at: at(4), tookMs: 8_000 });
    expect(names(failover!)).toEqual(["decided", "gatewayReady"]);
  });

  test("goes on when its gateway is lost and serves again", () => {
    const lost: Entry = { event: "gatewayLost", at: at(30), why: "it failed" };
    const [failover, ...others] = told(promoting, promoted, lost, { ...promoted, at: at(40) }, demoting, demoted);
    expect(others).toEqual([]);
    expect(failover).toMatchObject({ outcome: "over", tookMs: 12_000, activeMs: 89_000 });
    expect(names(failover!).slice(4)).toEqual(["gatewayLost", "promoted", "demoting", "demoted"]);
  });

  test("goes on through failed attempts", () => {
    const failed: Entry = { event: "promotionFailed", at: at(6), attempt: 1, why: "it ended by itself" };
    const again: Entry = { event: "promoting", at: at(8), attempt: 2, why: "still dead" };
    const all = told(promoting, failed, again, promoted);
    expect(all).toHaveLength(1);
    expect(all[0]!.steps.find(({ name }) => name === "promotionFailed")).toMatchObject({
      detail: "attempt 1: it ended by itself",
    });
  });

  test("whose end nobody wrote down has ended when the next begins", () => {
    expect(told(promoting, promoted, { ...promoting, at: at(50) })).toMatchObject([
      { outcome: "promoting", at: at(50) },
      { outcome: "ended", at: at(0) },
    ]);
  });

  test("whose beginning nobody wrote down is told from where it is known", () => {
    expect(told(demoting, demoted)).toMatchObject([{ outcome: "over", at: at(100) }]);
  });

  test("keeps a step of a kind that is not known yet", () => {
    expect(names(told(promoting, { event: "channelLost", at: at(9) })[0]!)).toEqual(["decided", "channelLost"]);
  });
});

describe("however much happens, little is kept", () => {
  test("of many failovers the last ten, newest first", () => {
    const many = Array.from({ length: 50 }, (_, index): Entry => ({ ...promoting, at: at(index) }));
    const kept = told(...many);
    expect(kept).toHaveLength(10);
    expect(kept[0]!.at).toBe(at(49));
  });

  test("of a night of failed attempts the beginning and the end", () => {
    const failures = Array.from(
      { length: 500 },
      (_, index): Entry => ({ event: "promotionFailed", at: at(index + 5), attempt: index + 1 }),
    );
    const [failover] = told(promoting, ...failures);
    expect(failover!.steps).toHaveLength(16);
    expect(failover!.stepsLeftOut).toBe(485);
    expect(failover!.steps[1]!.detail).toBe("attempt 1");
    expect(failover!.steps.at(-1)!.detail).toBe("attempt 500");
  });
});

test.each([null, 1, [], {}, { event: "promoted" }, { event: 1, at: at(0) }, { event: "promoted", at: "yesterday" }])(
  "%j is no entry",
  (raw) => {
    expect(parseEntry(raw)).toBeUndefined();
  },
);

test("an entry keeps what it needs and nothing else", () => {
  expect(parseEntry({ ...promoting, extra: 1, timeline: { decided: at(4), bad: 7 } })).toEqual({
    ...promoting,
    timeline: { decided: at(4) },
  });
});
