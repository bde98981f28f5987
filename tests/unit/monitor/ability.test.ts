import { describe, expect, test } from "vitest";
import { abilityOf, readAbility } from "../../../monitor/ability.ts";
import { nothingDurable } from "../../../monitor/durable.ts";
import { defaults } from "../../../monitor/settings.ts";
import { initialState, type Role, type State } from "../../../monitor/state.ts";

const settings = { ...defaults, primary: { host: "100.64.0.1", port: 18789 } };
const start = initialState(settings, true, nothingDurable, 0);
const standby: State = { ...start, role: { kind: "standby", sinceMs: 0 } };
const promoting = (attempt: number): Role => ({
  kind: "promoting",
  sinceMs: 0,
  attempt,
  deadlineMs: 1,
  timeline: { decidedMs: 0 },
});
const paused = { ...nothingDurable, standing: { kind: "paused", sinceMs: 0 } } as const;
const demoted = { ...nothingDurable, standing: { kind: "demoted", sinceMs: 0 } } as const;

describe("what a standby says of itself is understood by the ones after it", () => {
  test.each<[string, State, string]>([
    ["on standby", standby, "healthy"],
    ["at its first attempt", { ...standby, role: promoting(1) }, "healthy"],
    ["at its second attempt", { ...standby, role: promoting(2) }, "unable"],
    ["active", { ...standby, role: { kind: "active", sinceMs: 0 } }, "healthy"],
    ["paused", { ...standby, durable: paused }, "unable"],
    ["paused while active", { ...standby, durable: paused, role: { kind: "active", sinceMs: 0 } }, "healthy"],
    ["held down by hand", { ...standby, durable: demoted }, "unable"],
    ["cut off", { ...standby, way: { kind: "closed", sinceMs: 0, detail: "", told: true } }, "unable"],
    ["without a network", { ...standby, networkDownSinceMs: 0 }, "unable"],
  ])("%s", (_, state, kind) => {
    const overTheWire = JSON.parse(JSON.stringify({ ok: true, ...abilityOf(state) }));
    expect(readAbility(200, overTheWire, 1).kind).toBe(kind);
  });
});

test("a monitor that is stuck cannot take over", () => {
  expect(readAbility(503, { ok: false, role: "standby" }, 1)).toMatchObject({ kind: "unable" });
});

test.each<[number, Record<string, unknown> | undefined]>([
  [200, undefined],
  [200, { ok: true, status: "live" }],
  [404, { error: "not found" }],
])("status %i with %j is not a standby", (status, fields) => {
  expect(readAbility(status, fields, 1)).toMatchObject({ kind: "wrongAnswer" });
});
