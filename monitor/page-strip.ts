import { type Html, html } from "./html.ts";
import type { MinuteKind } from "./seen.ts";
import type { Status } from "./status.ts";
import { utc } from "./times.ts";

/** What a minute is called, and how high its bar is: trouble is taller, so that the strip can be read without its colours. */
const looks: Record<MinuteKind, { name: string; height: number }> = {
  healthy: { name: "healthy", height: 16 },
  alive: { name: "starting, draining or degraded", height: 26 },
  shaky: { name: "some checks missed", height: 40 },
  down: { name: "all checks missed", height: 56 },
  blind: { name: "no network here", height: 10 },
  none: { name: "not watched", height: 3 },
};

const columnWidth = 10;
const barWidth = 7;
const stripHeight = 56;

/** The primary's last hour: a bar a minute, each with its words for a pointer or a screen reader. */
export function strip(minutes: Status["lastHour"]): Html {
  const bars = minutes.map(({ at, kind, checks, missed, worst }, index) => {
    const { name, height } = looks[kind];
    const found = checks === 0 ? name : `${name}; ${checks} check(s), ${missed} missed`;
    const words = `${utc(at).slice(11, 16)} ${found}${worst === undefined ? "" : `: ${worst}`}`;
    return html`<rect class="${kind}" x="${index * columnWidth}" y="${stripHeight - height}" width="${barWidth}" height="${height}"><title>${words}</title></rect>`;
  });
  const width = minutes.length * columnWidth - (columnWidth - barWidth);
  return html`<figure>
<svg class="strip" viewBox="0 0 ${width} ${stripHeight}" preserveAspectRatio="none" role="img" aria-label="The primary's last hour">${bars}</svg>
<p class="scale faint"><span>an hour ago</span><span>now</span></p>
<ul class="legend faint">${legend()}</ul>
</figure>`;
}

function legend(): Html[] {
  return Object.entries(looks).map(([kind, { name }]) => html`<li>${swatch(kind)}${name}</li>`);
}

/** A small square in the colour of a class of the style sheet. */
export function swatch(kind: string): Html {
  return html`<svg viewBox="0 0 1 1" aria-hidden="true"><rect class="${kind}" width="1" height="1" rx="0.2"/></svg>`;
}
