import { expect, test } from "vitest";
import { recentTakeovers, requiredStableMs } from "../../../monitor/flap.ts";
import { defaults, type Settings } from "../../../monitor/settings.ts";
import { maxRoleChangesPerHour } from "../../simulation/damping.ts";

const settings: Settings = { ...defaults, primary: { host: "100.64.0.1", port: 18789 } };
const minute = 60_000;
const takeovers = (count: number) => Array.from({ length: count }, (_, i) => i);

test("each takeover within the hour doubles the recovery that is asked for, from a minute up to a quarter of an hour", () => {
  const asked = [0, 1, 2, 3, 4, 5, 6, 7, 1_000].map((n) => requiredStableMs(settings, takeovers(n), 2_000) / minute);
  expect(asked).toEqual([1 / 3, 1 / 3, 1, 2, 4, 8, 15, 15, 15]);
});

test("an hour later it is forgotten", () => {
  expect(recentTakeovers(settings.flap, [0, 10 * minute, 50 * minute], 65 * minute)).toEqual([
    10 * minute,
    50 * minute,
  ]);
  expect(requiredStableMs(settings, [0, 1, 2], 61 * minute)).toBe(settings.probe.minimumStableMs);
});

test("a recovery is never asked to be shorter than usual", () => {
  const patient = { ...settings, probe: { ...settings.probe, minimumStableMs: 30 * minute } };
  expect(requiredStableMs(patient, takeovers(2), 2)).toBe(30 * minute);
});

test("with the defaults there are at most 21 changes of role in an hour", () => {
  expect(maxRoleChangesPerHour(settings)).toBe(21);
});
