import { seconds } from "./cli.ts";
import type { Report } from "./story.ts";

/** The end of a run, for a person: what was seen, and when. */
export function tellStory(report: Report): string {
  const events = Object.entries(report.timelineMs);
  const width = Math.max(...events.map(([name]) => name.length), 6);
  return [
    "",
    "Failover, counted from the moment the primary was killed:",
    ...[["killed", 0] as const, ...events]
      .sort(([, a], [, b]) => a - b)
      .map(([name, ms]) => `  ${name.padEnd(width)}  ${seconds(ms).padStart(8)}${ms < 0 ? "  (kept warm)" : ""}`),
    "",
    "Seen:",
    ...report.checks.map(({ name, seen }) => `  ${name}: ${seen}`),
    "",
    report.passed ? "All of it was seen. Figures: .sandbox/report.json" : "Not all of it was seen.",
  ].join("\n");
}
