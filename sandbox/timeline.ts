import { seconds } from "./cli.ts";
import type { Report } from "./story.ts";

/** The end of a run, for a person: what was seen, and when. */
export function tellStory(report: Report): string {
  const events = Object.entries(report.timelineMs).sort(([, a], [, b]) => a - b);
  const width = Math.max(...events.map(([name]) => name.length), 6);
  return [
    "",
    "Failover, counted from the moment the primary was killed:",
    `  ${"killed".padEnd(width)}  0.0 s`,
    ...events.map(([name, ms]) => `  ${name.padEnd(width)}  ${seconds(ms)}`),
    "",
    "Seen:",
    ...report.checks.map(({ name, seen }) => `  ${name}: ${seen}`),
    "",
    report.passed ? "All of it was seen. Figures: .sandbox/report.json" : "Not all of it was seen.",
  ].join("\n");
}
