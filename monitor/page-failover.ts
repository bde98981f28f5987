import { type Failover, type FailoverStep, sumUp } from "./failover.ts";
import { type Html, html } from "./html.ts";
import { swatch } from "./page-strip.ts";
import { span, utc } from "./times.ts";

/** The steps that lead to a gateway that serves: their times are drawn to scale. */
const takeover: Record<string, string> = {
  firstMissed: "the first check was missed",
  decided: "decided to take over",
  unitStarted: "the gateway was started",
  gatewayReady: "the gateway was ready",
  connected: "the channel was connected",
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
  const words = takeover[step.name] ?? otherSteps[step.name] ?? inWords(step.name);
  const detail = step.detail === undefined ? "" : ` (${step.detail})`;
  const part = way.indexOf(step);
  const colour = part < 1 ? "nothing" : partClass(part);
  return html`<li>${swatch(colour)}<b>+${span(elapsedMs(originAt, step.at))}</b><span>${words}${detail}</span></li>`;
}

/** How long each part of the way took, to scale. A part has the colour of the step that ends it. */
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
    return html`<rect class="${partClass(index + 1)}" x="${x.toFixed(1)}" width="${width.toFixed(1)}" height="10"/>`;
  });
  return html`<svg class="bar" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">${parts}</svg>`;
}

const partClass = (part: number) => `step${Math.min(part, 4)}`;

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
