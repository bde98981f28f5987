import { monitorNames } from "./monitors.ts";
import { faultNames, patienceMs, type Trial } from "./trial.ts";

export interface Bench {
  readonly at: string;
  readonly trials: readonly Trial[];
  readonly cost: Partial<Record<string, { memoryMb: number; cpuPercent: number }>>;
}

/** The middle one; of an even number, the upper of the two in the middle: a median never flatters. */
export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const seconds = (ms: number) => (ms >= patienceMs ? `> ${patienceMs / 1000} s` : `${(ms / 1000).toFixed(1)} s`);
/** A standby that did not answer counts with the time that the owner waited. */
export const waited = ({ answeredMs }: Trial): number => answeredMs ?? patienceMs;

/** The figures as a table in Markdown: for each fault and monitor the median and the worst, and the parts of the median. */
export function table({ trials, cost }: Bench): string {
  const rows = faultNames.flatMap((fault) =>
    monitorNames.flatMap((monitor) => {
      const of = trials.filter((t) => t.fault === fault && t.monitor === monitor);
      if (of.length === 0) return [];
      const shell = trials.filter((t) => t.fault === fault && t.monitor === "shell").map(waited);
      const mid = median(of.map(waited));
      const part = (event: string) => {
        const times = of.map((t) => t.stepsMs[event]).filter((ms) => ms !== undefined);
        return times.length > 0 ? seconds(median(times)) : "";
      };
      const ratio = shell.length > 0 ? (mid / median(shell)).toFixed(2) : "";
      return [
        `| ${[fault, monitor, of.length, part("promoted"), part("channel connected"), `**${seconds(mid)}**`, seconds(Math.max(...of.map(waited))), ratio].join(" | ")} |`,
      ];
    }),
  );
  const costs = Object.entries(cost).map(
    ([mode, c]) => `| ${mode} | ${c!.memoryMb.toFixed(1)} MB | ${c!.cpuPercent.toFixed(2)} % |`,
  );
  return [
    "| fault | monitor | trials | decided | channel connected | answered, median | worst | of the shell's median |",
    "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ...rows,
    "",
    "| monitor's own cost | memory | share of a core |",
    "| --- | --- | --- |",
    ...costs,
  ].join("\n");
}
