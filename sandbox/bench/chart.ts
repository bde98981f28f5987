import { monitorNames } from "./monitors.ts";
import { median, waited } from "./table.ts";
import { faultNames, type Trial } from "./trial.ts";

/** The parts of a failover, in their order, each with its colour. The last one is the whole. */
const parts = [
  { event: "promoted", label: "until it is sure", colour: "#8aa4c8" },
  { event: "channel connected", label: "until the channel is connected", colour: "#4f7cac" },
  { event: "answered", label: "until it answers", colour: "#1f3f66" },
] as const;

const width = 760;
const left = 120;
const rowHeight = 22;

/** The medians as bars from the fault to the answer, one a fault and monitor: an SVG for the docs. */
export function chart(trials: readonly Trial[]): string {
  const rows = faultNames.flatMap((fault) =>
    monitorNames.flatMap((monitor) => {
      const of = trials.filter((t) => t.fault === fault && t.monitor === monitor);
      return of.length > 0 ? [{ fault, monitor, ends: endsOf(of) }] : [];
    }),
  );
  const longest = Math.max(...rows.flatMap((row) => row.ends), 1);
  const scale = (width - left - 70) / longest;
  const bars = rows.map(({ fault, monitor, ends }, i) => {
    const y = 44 + i * rowHeight + faultNames.indexOf(fault) * 10;
    const rects = ends.map((end, k) => {
      const start = ends[k - 1] ?? 0;
      return `<rect x="${(left + start * scale).toFixed(1)}" y="${y}" width="${Math.max(0, (end - start) * scale).toFixed(1)}" height="14" fill="${parts[k]!.colour}"/>`;
    });
    const end = ends.at(-1)!;
    return `<text x="${left - 8}" y="${y + 11}" text-anchor="end">${fault} · ${monitor}</text>${rects.join("")}<text x="${(left + end * scale + 6).toFixed(1)}" y="${y + 11}">${(end / 1000).toFixed(1)} s</text>`;
  });
  const legend = parts.map(
    ({ label, colour }, i) =>
      `<rect x="${left + i * 200}" y="12" width="10" height="10" fill="${colour}"/><text x="${left + i * 200 + 15}" y="21">${label}</text>`,
  );
  const height = 60 + rows.length * rowHeight + faultNames.length * 10;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="11" fill="#444">
<title>From the fault to the standby's answer, medians</title>
<rect width="${width}" height="${height}" fill="#fff"/>
${legend.join("\n")}
${bars.join("\n")}
</svg>
`;
}

/** Where each part ends, milliseconds from the fault; a part that was not seen ends with the one before it. */
function endsOf(trials: readonly Trial[]): number[] {
  let last = 0;
  return parts.map(({ event }) => {
    const times = event === "answered" ? trials.map(waited) : trials.flatMap((t) => t.stepsMs[event] ?? []);
    last = times.length > 0 ? Math.max(last, median(times)) : last;
    return last;
  });
}
