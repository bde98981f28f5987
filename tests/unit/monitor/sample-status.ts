import type { MinuteKind } from "../../../monitor/seen.ts";
import { type Status, version } from "../../../monitor/status.ts";

const nowMs = Date.parse("2026-11-24T03:31:00.000Z");
const iso = (agoMs: number) => new Date(nowMs - agoMs).toISOString();
const minuteMs = 60_000;

function minute(kind: MinuteKind, index: number): Status["lastHour"][number] {
  const missed = kind === "down" ? 30 : kind === "shaky" ? 9 : 0;
  const worst = missed > 0 ? { worst: "connection refused" } : {};
  return { at: iso((59 - index) * minuteMs), kind, checks: kind === "none" ? 0 : 30, missed, ...worst };
}

const hour: MinuteKind[] = Array.from({ length: 60 }, (_, index): MinuteKind => {
  if (index < 6) return "none";
  if (index === 17 || index === 18) return "blind";
  if (index >= 27 && index <= 29) return "alive";
  if (index === 40) return "shaky";
  return index > 40 && index < 58 ? "down" : index === 58 ? "shaky" : "healthy";
});

/** A standby that took over a quarter of an hour ago; the primary has just come back. */
export const sampleStatus: Status = {
  version,
  host: "standby-nyc3",
  role: "active",
  roleSince: iso(17.8 * minuteMs),
  primary: { host: "100.64.0.1", port: 18789, state: "healthy", since: iso(14_000), latencyMs: 11.8 },
  networkDown: false,
  health: { role: "active", primary: "healthy" },
  next: { text: "steps back, if the primary stays healthy", at: iso(-6_000) },
  lastHour: hour.map(minute),
  probes: [
    { at: iso(1_000), result: "healthy", text: "ready, answered in 12 ms", latencyMs: 11.8 },
    { at: iso(6_000), result: "healthy", text: "ready, answered in 10 ms", latencyMs: 10.1 },
    { at: iso(14_000), result: "starting", text: "starting" },
    { at: iso(19_000), result: "wrongAnswer", text: 'wrong answer: /readyz: status 502, "<html><h1>Bad gateway</h1>"' },
    { at: iso(24_000), result: "refused", text: "connection refused" },
  ],
  failovers: [
    {
      at: iso(18 * minuteMs),
      why: "the primary is dead (3 checks missed in a row, the last: connection refused)",
      outcome: "active",
      steps: [
        { name: "firstMissed", at: iso(18 * minuteMs) },
        { name: "decided", at: iso(18 * minuteMs - 4_000) },
        { name: "unitStarted", at: iso(18 * minuteMs - 4_600) },
        { name: "gatewayReady", at: iso(18 * minuteMs - 10_400) },
        { name: "connected", at: iso(18 * minuteMs - 12_500) },
      ],
      stepsLeftOut: 0,
      tookMs: 12_500,
    },
    {
      at: iso(76 * 60 * minuteMs),
      why: "the primary is dead (3 checks missed in a row, the last: no answer within 5.0 s)",
      outcome: "over",
      steps: [
        { name: "firstMissed", at: iso(76 * 60 * minuteMs) },
        { name: "decided", at: iso(76 * 60 * minuteMs - 9_000) },
        {
          name: "promotionFailed",
          at: iso(76 * 60 * minuteMs - 12_000),
          detail: "attempt 1: the gateway failed: exit-code",
        },
        { name: "promoting", at: iso(76 * 60 * minuteMs - 17_000), detail: "attempt 2" },
        { name: "unitStarted", at: iso(76 * 60 * minuteMs - 18_000) },
        { name: "gatewayReady", at: iso(76 * 60 * minuteMs - 29_000) },
        { name: "demoting", at: iso(75 * 60 * minuteMs) },
        { name: "demoted", at: iso(75 * 60 * minuteMs - 800) },
      ],
      stepsLeftOut: 0,
      tookMs: 29_000,
      activeMs: 3_571_800,
    },
  ],
  counts: {
    probes: { healthy: 61_234, starting: 12, refused: 411, timedOut: 3 },
    events: { promoted: 2, promotionFailed: 1, demoted: 1, primaryMissed: 9 },
  },
  webhooks: [{ urlFile: "/etc/openclaw-standby/webhook-url", sent: 5, failures: 2, lost: 0, waiting: 0 }],
  monitor: { alive: true, pid: 4711, startedAt: iso(80 * 60 * minuteMs), source: "0123456789abcdef", node: "v24.21.0" },
  updatedAt: iso(0),
};

/** The same standby on a calm day. */
export const calmStatus: Status = {
  ...sampleStatus,
  role: "standby",
  roleSince: iso(75 * 60 * minuteMs),
  primary: { host: "100.64.0.1", port: 18789, state: "healthy", since: iso(75 * 60 * minuteMs), latencyMs: 11.8 },
  next: { text: "asks the primary every 5.0 s" },
  lastHour: hour.map((_, index) => minute("healthy", index)),
  failovers: sampleStatus.failovers.slice(1),
};
