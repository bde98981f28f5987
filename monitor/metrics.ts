import type { Status } from "./status.ts";
import { primaryWords, roleWords } from "./view.ts";

type Sample = [labels: Record<string, string>, value: number];

/** The status in Prometheus' text format 0.0.4. Durations are seconds, times are seconds since 1970, as is the custom there. */
export function metricsOf(status: Status): string {
  const { role, roleSince, primary, counts, failovers, webhooks, monitor } = status;
  const events = (name: string) => counts.events[name] ?? 0;
  const took = failovers.find(({ tookMs }) => tookMs !== undefined);
  const families = [
    gauge("build_info", "Which monitor this is.", [[{ source: monitor.source, node: monitor.node }, 1]]),
    gauge("start_timestamp_seconds", "When the monitor started.", at(monitor.startedAt)),
    gauge("up", "1 while answers about the primary, good or bad, still come in.", [[{}, Number(monitor.alive)]]),
    gauge("role", "What this machine is: 1 for its role, 0 for the others.", stateSet("role", roleWords, role)),
    gauge("role_since_timestamp_seconds", "When it took this role.", at(roleSince)),
    gauge("primary_state", "What the primary is held to be.", stateSet("state", primaryWords, primary.state)),
    gauge("primary_since_timestamp_seconds", "When the primary came into this state.", at(primary.since)),
    gauge("network_down", "1 while this machine itself has no network.", [[{}, Number(status.networkDown)]]),
    gauge(
      "probe_latency_seconds",
      "How long the primary took for its latest healthy answer.",
      primary.latencyMs === undefined ? [] : [[{}, primary.latencyMs / 1000]],
    ),
    counter(
      "probes_total",
      "Checks of the primary, by what they said.",
      Object.entries(counts.probes).map(([result, count]) => [{ result }, count]),
    ),
    counter("promotions_total", "Promotions that ended in a gateway that serves.", [[{}, events("promoted")]]),
    counter("promotions_failed_total", "Attempts at a promotion that failed.", [[{}, events("promotionFailed")]]),
    counter("demotions_total", "Demotions that ended in a stopped gateway.", [[{}, events("demoted")]]),
    gauge("last_failover_timestamp_seconds", "When the latest failover that served began.", at(took?.at)),
    gauge(
      "last_failover_duration_seconds",
      "From its first missed check to a gateway that serves.",
      took?.tookMs === undefined ? [] : [[{}, took.tookMs / 1000]],
    ),
    counter(
      "webhook_failures_total",
      "Attempts to tell a webhook that failed, by the file of its URL.",
      webhooks.map(({ urlFile, failures }) => [{ file: urlFile }, failures]),
    ),
    counter(
      "webhook_messages_lost_total",
      "Messages that a webhook was never told.",
      webhooks.map(({ urlFile, lost }) => [{ file: urlFile }, lost]),
    ),
    counter(
      "ping_failures_total",
      "Pings that did not arrive.",
      status.pingFailures === undefined ? [] : [[{}, status.pingFailures]],
    ),
  ];
  return families.join("");
}

const gauge = (name: string, help: string, samples: Sample[]) => family(name, "gauge", help, samples);
const counter = (name: string, help: string, samples: Sample[]) => family(name, "counter", help, samples);

function family(name: string, type: string, help: string, samples: Sample[]): string {
  if (samples.length === 0) return "";
  const full = `openclaw_standby_${name}`;
  const lines = samples.map(([labels, value]) => `${full}${labelled(labels)} ${Number(value.toFixed(6))}\n`);
  return `# HELP ${full} ${help}\n# TYPE ${full} ${type}\n${lines.join("")}`;
}

function labelled(labels: Record<string, string>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function stateSet(label: string, all: Record<string, string>, now: string): Sample[] {
  return Object.keys(all).map((name) => [{ [label]: name }, Number(name === now)]);
}

function at(iso: string | undefined): Sample[] {
  return iso === undefined ? [] : [[{}, Date.parse(iso) / 1000]];
}
