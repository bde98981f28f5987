import { type Failover, type FailoverStep, sumUp } from "./failover.ts";
import { type Html, html } from "./html.ts";
import { swatch } from "./page-strip.ts";
import { span, utc } from "./times.ts";

/** The steps that lead to a gateway that serves: what comes before each is drawn to scale, in the step's own colour. */
const takeover: Record<string, { words: string; colour: string }> = {
  firstMissed: { words: "the first check was missed", colour: "nothing" },
  decided: { words: "decided to take over", colour: "step1" },
  unitStarted: { words: "the gateway was started", colour: "step2" },
  gatewayReady: { words: "the gateway was ready", colour: "step3" },
  connected: { words: "the channel was connected", colour: "step4" },
};

const otherSteps: Record<string, string> = {
  promoting: "tried again",
  promoted: "took over",
  promotionFailed: "the attempt failed",
  gatewayLost: "the gateway was lost",
  demoting: "began to step back",
  demoted: "was on standby again",
};

/** One failover: what became of it, why it was, and its way from the first missed check on. */
export function failoverArticle(failover: Failover): Html {
  const { at, why, steps, stepsLeftOut } = failover;
  const way = steps.filter(({ name }) => Object.hasOwn(takeover, name));
  const left =
    stepsLeftOut === 0 ? undefined : html`<p class="faint">${stepsLeftOut} step(s) in between are left out.</p>`;
  return html`<article>
<header><h3>${capital(sumUp(failover))}</h3><time datetime="${at}">${utc(at)}</time></header>
<p class="faint">Because ${why}.</p>
${bar(way)}
<ol class="steps">${steps.map((step) => stepItem(step, at, way))}</ol>
${left}
</article>`;
}

function stepItem(step: FailoverStep, originAt: string, way: FailoverStep[]): Html {
  const words = takeover[step.name]?.words ?? otherSteps[step.name] ?? inWords(step.name);
  const detail = step.detail === undefined ? "" : ` (${step.detail})`;
  const before = way[way.indexOf(step) - 1];
  const isDrawn = before !== undefined && elapsedMs(before.at, step.at) > 0;
  const colour = isDrawn ? takeover[step.name]!.colour : "nothing";
  return html`<li>${swatch(colour)}<b>+${span(elapsedMs(originAt, step.at))}</b><span>${words}${detail}</span></li>`;
}

/** How long each part of the way took, to scale. */
function bar(way: FailoverStep[]): Html | undefined {
  const first = way[0];
  const last = way.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const wholeMs = elapsedMs(first.at, last.at);
  if (wholeMs === 0) return undefined;
  const parts = way.slice(1).map((step, index) => {
    const fromMs = elapsedMs(first.at, way[index]!.at);
    const x = (1000 * fromMs) / wholeMs;
    const width = (1000 * elapsedMs(first.at, step.at)) / wholeMs - x;
    return html`<rect class="${takeover[step.name]!.colour}" x="${x.toFixed(1)}" width="${width.toFixed(1)}" height="10"/>`;
  });
  return html`<svg class="bar" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">${parts}</svg>`;
}

function elapsedMs(fromAt: string, toAt: string): number {
  return Math.max(0, Date.parse(toAt) - Date.parse(fromAt));
}

/** "someThing" -> "some thing": a step that this page has no words for is still told. */
function inWords(name: string): string {
  return name.replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
