import { expect, test } from "vitest";
import { metricsOf } from "../../../monitor/metrics.ts";
import { calmStatus, sampleStatus } from "./sample-status.ts";

/** Reads text format 0.0.4 strictly: HELP, TYPE, then the samples of that family, each once. */
function parse(text: string): Map<string, number> {
  const samples = new Map<string, number>();
  const families = new Set<string>();
  let current = "";
  const lines = text.split("\n");
  expect(lines.pop(), "the last line ends too").toBe("");
  for (const line of lines) {
    const help = /^# HELP (\S+) \S.*$/.exec(line)?.[1];
    const type = /^# TYPE (\S+) (?:gauge|counter)$/.exec(line)?.[1];
    const sample = /^([a-z_:][\w:]*)(\{(?:\w+="(?:[^"\\\n]|\\[\\"n])*",?)*\})? (\S+)$/.exec(line);
    if (help !== undefined) {
      expect(families, `${help} is one family`).not.toContain(help);
      families.add(help);
      current = help;
    } else if (type !== undefined) expect(type).toBe(current);
    else {
      expect(sample, line).not.toBeNull();
      expect(sample![1]).toBe(current);
      const key = `${sample![1]}${sample![2] ?? ""}`;
      expect(samples.has(key), `${key} is there once`).toBe(false);
      expect(Number.isFinite(Number(sample![3])), line).toBe(true);
      samples.set(key.replace("openclaw_standby_", ""), Number(sample![3]));
    }
  }
  return samples;
}

test("the role and the primary's state are sets of which one is 1", () => {
  const samples = parse(metricsOf(sampleStatus));
  const ones = (prefix: string) =>
    [...samples].filter(([key, value]) => key.startsWith(`${prefix}{`) && value === 1).map(([key]) => key);
  expect(ones("role")).toEqual(['role{role="active"}']);
  expect(ones("primary_state")).toEqual(['primary_state{state="healthy"}']);
  expect(samples.get('role{role="standby"}')).toBe(0);
});

test("durations are seconds, and times are seconds since 1970", () => {
  const samples = parse(metricsOf(sampleStatus));
  expect(samples.get("probe_latency_seconds")).toBe(0.0118);
  expect(samples.get("last_failover_duration_seconds")).toBe(12.5);
  expect(samples.get("primary_since_timestamp_seconds")).toBe(Date.parse(sampleStatus.primary.since) / 1000);
});

test("what happened is counted, and what did not is 0", () => {
  const samples = parse(metricsOf(sampleStatus));
  expect(samples.get('probes_total{result="refused"}')).toBe(411);
  expect(samples.get("promotions_total")).toBe(2);
  expect(samples.get("promotions_failed_total")).toBe(1);
  expect(samples.get('webhook_failures_total{file="/etc/openclaw-standby/webhook-url"}')).toBe(2);
  expect(parse(metricsOf({ ...calmStatus, counts: { probes: {}, events: {} } })).get("demotions_total")).toBe(0);
});

test("what is not known is not there", () => {
  const { latencyMs: _, ...primary } = sampleStatus.primary;
  const { roleSince: __, ...rest } = sampleStatus;
  const samples = parse(metricsOf({ ...rest, primary, failovers: [], webhooks: [] }));
  for (const name of [
    "probe_latency_seconds",
    "last_failover_duration_seconds",
    "role_since_timestamp_seconds",
    "ping_failures_total",
  ])
    expect(samples.has(name), name).toBe(false);
});

test("a strange label does not break the format", () => {
  const webhooks = [{ ...sampleStatus.webhooks[0]!, urlFile: '/a"b\\c\nd' }];
  expect([...parse(metricsOf({ ...sampleStatus, webhooks })).keys()]).toContain(
    'webhook_failures_total{file="/a\\"b\\\\c\\nd"}',
  );
});
