import type { Urgency } from "./milestones.ts";
import type { Shape } from "./settings.ts";
import type { Payload } from "./webhook.ts";

/** What is announced to the outside. */
export interface Message {
  /** The kind of the note that it tells of. */
  event: string;
  title: string;
  text: string;
  urgency: Urgency;
  /** Short code of an emoji. */
  tag: string;
  /** The machine that speaks. */
  host: string;
  /** ISO 8601: when it happened, which is not when it arrives. */
  at: string;
}

/** Which shape a URL wants, by the name of its host; plain JSON for one that is not known. */
export function shapeOf(url: string): Exclude<Shape, "auto"> {
  const host = URL.parse(url)?.hostname ?? "";
  if (host === "hooks.slack.com") return "slack";
  if (/^((ptb|canary)\.)?discord(app)?\.com$/.test(host)) return "discord";
  if (host.split(".").includes("ntfy")) return "ntfy";
  return "json";
}

/** A message as its receiver expects it, within the length that it takes. */
export function shaped(shape: Exclude<Shape, "auto">, message: Message): Payload {
  const { title, text, host, tag, at } = message;
  switch (shape) {
    case "ntfy": {
      // ntfy makes an attachment of a body above 4096 bytes.
      const headers = { title: `${host}: ${title}`, priority: ntfyPriority[message.urgency], tags: tag };
      return {
        method: "POST",
        headers: { "content-type": "text/plain; charset=utf-8", ...headers },
        body: cut(text, 1_300),
      };
    }
    case "slack":
      return json({ text: cut(`:${tag}: *${slackText(`${host}: ${title}`)}*\n${slackText(text)}`, 3_000) });
    case "discord": {
      const content = cut(`**${discordText(`${host}: ${title}`)}**\n${discordText(text)}`, 2_000);
      // Whatever the text holds, nobody is called by it.
      return json({ content, allowed_mentions: { parse: [] } });
    }
    case "json":
      return json({ event: message.event, title, text: cut(text, 8_000), urgency: message.urgency, host, at });
  }
}

const ntfyPriority: Record<Urgency, string> = { low: "2", normal: "3", high: "4", urgent: "5" };

function json(body: object): Payload {
  return { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}

/** Slack's three special characters; without them no `<!channel>` calls anybody. */
function slackText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** What Markdown would make of a wrong answer's words is not what they said. */
function discordText(text: string): string {
  return text.replace(/[\\*_~`|[\]<>]/g, "\\$&");
}

/** At most so many UTF-16 units, and never half a character. */
function cut(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1).replace(/[\ud800-\udbff\\]+$/, "")}…`;
}
