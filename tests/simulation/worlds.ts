import fc from "fast-check";
import type { Order } from "../../monitor/observation.ts";
import { defaults, type Mode, type Settings } from "../../monitor/settings.ts";
import type { Behaviour } from "./peer.ts";
import type { Network } from "./standby.ts";
import type { Temper, Unit } from "./units.ts";

/** One thing that happens in a simulated world, `afterMs` after the thing before it. */
export interface Turn {
  afterMs: number;
  what: /** `rank` is taken modulo the number of peers: 0 is the primary. */
    | { kind: "peer"; rank: number; behaviour: Behaviour }
    | { kind: "network"; network: Network }
    | { kind: "witnesses"; answer: boolean }
    | { kind: "temper"; temper: Temper }
    | { kind: "obedience"; obedient: boolean }
    | { kind: "gatewayCrash" }
    | { kind: "channelLost" }
    | { kind: "byHand"; verb: "start" | "stop"; unit: Unit }
    | { kind: "order"; order: Order }
    | { kind: "wallClock"; byMs: number }
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

type What = Turn["what"];

const minute = 60_000;
const hour = 60 * minute;

/** Mostly seconds and minutes, where decisions are made; now and then hours of calm. */
const pause = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 50, max: 20_000 }) },
  { weight: 4, arbitrary: fc.integer({ min: 20_000, max: 10 * minute }) },
  { weight: 3, arbitrary: fc.integer({ min: hour, max: 48 * hour }) },
);

/** One that takes more than a second is under suspicion all the time, and never lets a stretch be skipped. */
const latencyMs = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 5, max: 900 }) },
  { weight: 1, arbitrary: fc.integer({ min: 900, max: 4_000 }) },
);
const healthy = latencyMs.map((ms): Behaviour => ({ kind: "healthy", latencyMs: ms }));
const gone = fc.constantFrom<Behaviour>({ kind: "crashed" }, { kind: "hung" }, { kind: "cut" }, { kind: "html" });
const excused = fc.constantFrom<Behaviour>({ kind: "draining" }, { kind: "starting" }, { kind: "degraded" });

const ofPrimary = fc
  .oneof({ weight: 8, arbitrary: healthy }, { weight: 8, arbitrary: gone }, { weight: 3, arbitrary: excused })
  .map((behaviour): What => ({ kind: "peer", rank: 0, behaviour }));

const ofBefore = fc
  .record({
    rank: fc.integer({ min: 1, max: 2 }),
    behaviour: fc.oneof(healthy, gone, gone, fc.constant<Behaviour>({ kind: "unable" })),
  })
  // Of a world without standbys before us this is the primary's doing; it is never "unable".
  .map(({ rank, behaviour }): What => ({ kind: "peer", rank, behaviour }));

const network = fc
  .constantFrom<Network>("up", "up", "up", "offline", "cutOff", "cutOff")
  .map((is): What => ({ kind: "network", network: is }));

const order: fc.Arbitrary<Order> = fc.oneof(
  fc.constantFrom<Order>({ kind: "promote" }, { kind: "demote" }, { kind: "resume" }, { kind: "pause" }),
  fc.constant<Order>({ kind: "drill" }),
  fc.integer({ min: 5_000, max: hour }).map((forMs): Order => ({ kind: "pause", forMs })),
  fc.constant<Order>({ kind: "resume" }),
);

const what: fc.Arbitrary<What> = fc.oneof(
  { weight: 20, arbitrary: ofPrimary },
  { weight: 8, arbitrary: ofBefore },
  { weight: 2, arbitrary: network },
  { weight: 1, arbitrary: fc.boolean().map((answer): What => ({ kind: "witnesses", answer })) },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom<Temper>("works", "works", "works", "works", "dies", "neverReady", "neverConnects")
      .map((temper): What => ({ kind: "temper", temper })),
  },
  { weight: 1, arbitrary: fc.boolean().map((obedient): What => ({ kind: "obedience", obedient })) },
  { weight: 2, arbitrary: fc.constantFrom<What>({ kind: "gatewayCrash" }, { kind: "channelLost" }) },
  {
    weight: 1,
    arbitrary: fc
      .record({ verb: fc.constantFrom("start", "stop"), unit: fc.constantFrom<Unit>("gateway", "channel") })
      .map(({ verb, unit }): What => ({ kind: "byHand", verb, unit })),
  },
  { weight: 4, arbitrary: order.map((given): What => ({ kind: "order", order: given })) },
  {
    weight: 1,
    arbitrary: fc.integer({ min: -48 * hour, max: 48 * hour }).map((byMs): What => ({ kind: "wallClock", byMs })),
  },
  { weight: 3, arbitrary: fc.constant<What>({ kind: "monitorRestart" }) },
  { weight: 1, arbitrary: fc.constant<What>({ kind: "monitorStop" }) },
  { weight: 2, arbitrary: fc.constant<What>({ kind: "monitorStart" }) },
  { weight: 1, arbitrary: fc.constant<What>({ kind: "reboot" }) },
);

const standbysBefore = [
  { host: "100.64.0.7", port: 18790 },
  { host: "100.64.0.8", port: 18790 },
];

/** Intervals divide the calm period of `run.ts`, so that calm can be skipped without a trace. */
const settings = (standbys: number): fc.Arbitrary<Settings> =>
  fc
    .record({
      before: fc.integer({ min: 0, max: standbys }),
      mode: fc.constantFrom<Mode>("cold", "eager", "warm"),
      intervalMs: fc.constantFrom(2_000, 5_000, 10_000, 30_000),
      quickIntervalMs: fc.constantFrom(500, 1_000, 2_000),
      failThreshold: fc.integer({ min: 1, max: 5 }),
      recoverThreshold: fc.integer({ min: 1, max: 5 }),
      minimumStableMs: fc.constantFrom(0, 10_000, 20_000, 120_000),
    })
    .map(({ before, mode, ...probe }) => ({
      ...defaults,
      primary: { host: "100.64.0.1", port: 18789 },
      before: standbysBefore.slice(0, before),
      probe: { ...defaults.probe, ...probe },
      promotion: { ...defaults.promotion, mode },
    }));

export const world = (turns: number): fc.Arbitrary<World> =>
  fc
    .record({
      settings: settings(2),
      turns: fc.array(fc.record({ afterMs: pause, what }), { minLength: 1, maxLength: turns, size: "max" }),
    })
    .map(({ settings: own, turns: all }) => ({
      settings: own,
      turns: own.before.length > 0 ? all : all.filter(({ what: one }) => one.kind !== "peer" || one.rank === 0),
    }));

/** A primary that is never healthy again, in every way that there is, and never for long in the same one. */
export const ailingWorld: fc.Arbitrary<World> = fc.record({
  settings: settings(0),
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
          .map((behaviour): What => ({ kind: "peer", rank: 0, behaviour })),
      }),
      { minLength: 90, maxLength: 120 },
    )
    .map((turns): Turn[] => [{ afterMs: minute, what: { kind: "nothing" } }, ...turns]),
});

/** A machine that is cut off again and again, and a primary that hardly ever minds. */
export const cutOffWorld: fc.Arbitrary<World> = fc.record({
  settings: settings(1),
  turns: fc
    .array(
      fc.record({
        calmMs: fc.integer({ min: 10_000, max: minute }),
        darkMs: fc.integer({ min: 5_000, max: 3 * minute }),
        meanwhile: fc.oneof(
          { weight: 4, arbitrary: fc.constant<What>({ kind: "nothing" }) },
          { weight: 1, arbitrary: ofPrimary },
          { weight: 1, arbitrary: fc.constant<What>({ kind: "monitorRestart" }) },
        ),
      }),
      { minLength: 10, maxLength: 30 },
    )
    .map((nights): Turn[] =>
      nights.flatMap(({ calmMs, darkMs, meanwhile }) => [
        { afterMs: calmMs, what: { kind: "network", network: "cutOff" } },
        { afterMs: darkMs, what: meanwhile },
        { afterMs: darkMs, what: { kind: "network", network: "up" } },
        { afterMs: calmMs, what: { kind: "peer", rank: 0, behaviour: { kind: "healthy", latencyMs: 12 } } },
      ]),
    ),
});

/** A primary, and standbys before us, that come and go all day, as fast as they may and as slowly as they must. */
export const flappingWorld: fc.Arbitrary<World> = fc.record({
  settings: settings(1),
  turns: fc
    .array(
      fc.record({
        rank: fc.integer({ min: 0, max: 1 }),
        goneMs: fc.integer({ min: 8_000, max: 25_000 }),
        backMs: fc.oneof(
          { weight: 4, arbitrary: fc.integer({ min: 5_000, max: 2 * minute }) },
          { weight: 2, arbitrary: fc.integer({ min: minute, max: 5 * minute }) },
          { weight: 1, arbitrary: fc.integer({ min: 5 * minute, max: 20 * minute }) },
        ),
        restart: fc.constantFrom(true, false, false, false),
      }),
      { minLength: 40, maxLength: 80 },
    )
    .map((flaps): Turn[] =>
      flaps.flatMap(({ rank, goneMs, backMs, restart }) => [
        { afterMs: backMs, what: { kind: "peer", rank, behaviour: { kind: "crashed" } } },
        { afterMs: goneMs, what: { kind: restart ? "monitorRestart" : "nothing" } },
        { afterMs: goneMs, what: { kind: "peer", rank, behaviour: { kind: "healthy", latencyMs: 12 } } },
      ]),
    ),
});
