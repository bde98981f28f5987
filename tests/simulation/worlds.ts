import fc from "fast-check";
import { defaults, type Settings } from "../../monitor/settings.ts";
import type { Temper } from "./gateway.ts";
import type { Behaviour } from "./primary.ts";

/** One thing that happens in a simulated world, `afterMs` after the thing before it. */
export interface Turn {
  afterMs: number;
  what:
    | { kind: "primary"; behaviour: Behaviour }
    | { kind: "temper"; temper: Temper }
    | { kind: "obedience"; obedient: boolean }
    | { kind: "gatewayCrash" }
    | { kind: "byHand"; action: "start" | "stop" }
    | { kind: "monitorRestart" }
    | { kind: "monitorStop" }
    | { kind: "monitorStart" }
    | { kind: "reboot" }
    | { kind: "nothing" };
}

export interface World {
  settings: Settings;
  turns: Turn[];
}

const minute = 60_000;
const hour = 60 * minute;

/** Mostly seconds and minutes, where decisions are made; now and then hours of calm. */
const pause = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 50, max: 20_000 }) },
  { weight: 4, arbitrary: fc.integer({ min: 20_000, max: 10 * minute }) },
  { weight: 3, arbitrary: fc.integer({ min: hour, max: 48 * hour }) },
);

const behaviour: fc.Arbitrary<Behaviour> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.integer({ min: 5, max: 4_000 }).map((latencyMs) => ({ kind: "healthy" as const, latencyMs })),
  },
  {
    weight: 8,
    arbitrary: fc.constantFrom<Behaviour>({ kind: "crashed" }, { kind: "hung" }, { kind: "cut" }, { kind: "html" }),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom<Behaviour>({ kind: "draining" }, { kind: "starting" }, { kind: "degraded" }),
  },
  { weight: 1, arbitrary: fc.constant<Behaviour>({ kind: "weAreOffline" }) },
);

const what: fc.Arbitrary<Turn["what"]> = fc.oneof(
  { weight: 20, arbitrary: behaviour.map((is) => ({ kind: "primary" as const, behaviour: is })) },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom<Temper>("works", "works", "works", "dies", "neverReady")
      .map((temper) => ({ kind: "temper" as const, temper })),
  },
  { weight: 1, arbitrary: fc.boolean().map((obedient) => ({ kind: "obedience" as const, obedient })) },
  { weight: 2, arbitrary: fc.constant({ kind: "gatewayCrash" as const }) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom("start" as const, "stop" as const)
      .map((action) => ({ kind: "byHand" as const, action })),
  },
  { weight: 3, arbitrary: fc.constant({ kind: "monitorRestart" as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: "monitorStop" as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: "monitorStart" as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: "reboot" as const }) },
);

/** Intervals divide the calm period of `run.ts`, so that calm can be skipped without a trace. */
const settings: fc.Arbitrary<Settings> = fc
  .record({
    intervalMs: fc.constantFrom(2_000, 5_000, 10_000, 30_000),
    quickIntervalMs: fc.constantFrom(500, 1_000, 2_000),
    failThreshold: fc.integer({ min: 1, max: 5 }),
    recoverThreshold: fc.integer({ min: 1, max: 5 }),
    minimumStableMs: fc.constantFrom(0, 10_000, 20_000, 120_000),
  })
  .map((probe) => ({
    ...defaults,
    primary: { host: "100.64.0.1", port: 18789 },
    probe: { ...defaults.probe, ...probe },
  }));

export const world = (turns: number): fc.Arbitrary<World> =>
  fc.record({
    settings,
    turns: fc.array(fc.record({ afterMs: pause, what }), { minLength: 1, maxLength: turns, size: "max" }),
  });

/** A primary that is never healthy again, in every way that there is, and never for long in the same one. */
export const ailingWorld: fc.Arbitrary<World> = fc.record({
  settings,
  turns: fc
    .array(
      fc.record({
        afterMs: fc.integer({ min: 500, max: 30_000 }),
        what: fc
          .constantFrom<Behaviour>(
            { kind: "draining" },
            { kind: "starting" },
            { kind: "degraded" },
            { kind: "crashed" },
          )
          .map((behaviour) => ({ kind: "primary" as const, behaviour })),
      }),
      { minLength: 90, maxLength: 120 },
    )
    .map((turns): Turn[] => [{ afterMs: minute, what: { kind: "nothing" } }, ...turns]),
});
