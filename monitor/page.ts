import { Html, html } from "./html.ts";
import { failoverArticle } from "./page-failover.ts";
import { strip } from "./page-strip.ts";
import { style } from "./page-style.ts";
import type { Status } from "./status.ts";
import { span, utc } from "./times.ts";
import { primaryWords, roleWords } from "./view.ts";

/** Seconds between two looks: the browser asks again by itself, without a script. */
const refreshSeconds = 15;

/** The status as a page for a person: the role, what is seen of the primary, the last failovers. */
export function pageOf(status: Status): string {
  const { host, role, roleSince, next, failovers, updatedAt, monitor } = status;
  const ago = (iso: string) => span(Math.max(0, Date.parse(updatedAt) - Date.parse(iso)));
  const title = inWords(roleWords, role);
  const since = roleSince === undefined ? undefined : html` <small>for ${ago(roleSince)}</small>`;
  const until = next.at === undefined ? "" : `, in ${span(Math.max(0, Date.parse(next.at) - Date.parse(updatedAt)))}`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="${refreshSeconds}">
<title>${title} · ${host}</title>
<style>${new Html(style)}</style>
</head>
<body>
<header>
<p class="faint">${host}</p>
<h1>${title}${since}</h1>
<p>Next: ${next.text}${until}.</p>
</header>
${alerts(status)}
${primarySection(status, ago)}
<section>
<h2>Failovers</h2>
${failovers.length === 0 ? html`<p class="faint">None is remembered.</p>` : failovers.map(failoverArticle)}
</section>
<footer>
<p>As of ${utc(updatedAt)}; all times are UTC. The monitor has run for ${ago(monitor.startedAt)}. This page looks again every ${refreshSeconds} s.</p>
<p>For programs: <a href="/status">status</a>, <a href="/metrics">metrics</a>, <a href="/healthz">healthz</a></p>
</footer>
</body>
</html>
`.text;
}

function alerts({ networkDown, order, monitor, webhooks }: Status): Html[] {
  const told: Html[] = [];
  if (!monitor.alive)
    told.push(html`<p class="alert">The watch stands still: no check of the primary has ended for a while.</p>`);
  if (networkDown)
    told.push(html`<p class="alert">This machine itself has no network. Nothing is judged until it is back.</p>`);
  if (order !== undefined) {
    const until = order.until === undefined ? "" : ` until ${utc(order.until)}`;
    told.push(html`<p class="alert">By order: ${order.text}${until}.</p>`);
  }
  const waiting = webhooks.reduce((sum, webhook) => sum + webhook.waiting, 0);
  if (waiting > 0) told.push(html`<p class="alert">${waiting} announcement(s) could not be delivered yet.</p>`);
  return told;
}

const dots: Record<string, string> = { healthy: "good", excused: "alive", doubted: "shaky", dead: "down" };

function primarySection({ primary, lastHour, probes }: Status, ago: (iso: string) => string): Html {
  const { host, port, state, since, detail, latencyMs } = primary;
  const why = detail === undefined ? "" : `: ${detail}`;
  const latency = latencyMs === undefined ? "" : `, last answered in ${latencyMs} ms`;
  return html`<section>
<h2>The primary</h2>
<p><span class="dot ${dots[state] ?? ""}"></span>${capital(inWords(primaryWords, state))} for ${ago(since)}${why}</p>
<p class="faint">${host}:${port}${latency}</p>
${strip(lastHour)}
<details>
<summary>Latest checks</summary>
<table>${probes.map(({ at, text }) => html`<tr><td>${utc(at).slice(11)}</td><td>${text}</td></tr>`)}</table>
</details>
</section>`;
}

function inWords(words: Record<string, string>, name: string): string {
  return words[name] ?? name;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
