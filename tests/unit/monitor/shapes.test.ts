import { describe, expect, test } from "vitest";
import { type Message, shaped, shapeOf } from "../../../monitor/shapes.ts";

const message: Message = {
  event: "promoted",
  title: "The standby is active",
  text: "PROMOTED: the gateway on this machine is ready.",
  urgency: "high",
  tag: "white_check_mark",
  host: "standby",
  at: "2026-11-24T03:00:00.000Z",
};

const bodyOf = (shape: Parameters<typeof shaped>[0], one: Partial<Message> = {}) => {
  const payload = shaped(shape, { ...message, ...one });
  return payload.method === "POST" ? payload.body : "";
};

test.each([
  ["https://ntfy.sh/topic", "ntfy"],
  ["https://ntfy.example.org/topic", "ntfy"],
  ["https://hooks.slack.com/services/T/B/x", "slack"],
  ["https://discord.com/api/webhooks/1/x", "discord"],
  ["https://ptb.discord.com/api/webhooks/1/x", "discord"],
  ["https://discordapp.com/api/webhooks/1/x", "discord"],
  ["https://notdiscord.com/", "json"],
  ["https://example.org/hooks.slack.com", "json"],
  ["nonsense", "json"],
])("%s takes the shape %s by itself", (url, shape) => {
  expect(shapeOf(url)).toBe(shape);
});

describe("ntfy", () => {
  test("has title, priority and tags in its headers, and the words as its body", () => {
    expect(shaped("ntfy", message)).toMatchObject({
      headers: { title: "standby: The standby is active", priority: "4", tags: "white_check_mark" },
      body: message.text,
    });
  });

  test("stays below the size at which a message becomes an attachment, in any script", () => {
    expect(Buffer.byteLength(bodyOf("ntfy", { text: "語".repeat(5_000) }))).toBeLessThan(4_096);
  });
});

describe("Slack", () => {
  test("shows title and words", () => {
    const { text } = JSON.parse(bodyOf("slack"));
    expect(text).toBe(`:white_check_mark: *standby: The standby is active*\n${message.text}`);
  });

  test("calls nobody, whatever a wrong answer says", () => {
    expect(bodyOf("slack", { text: "<!channel> & <@U1>" })).not.toMatch(/<[!@]/);
  });
});

describe("Discord", () => {
  test("shows title and words, and calls nobody", () => {
    expect(JSON.parse(bodyOf("discord"))).toEqual({
      content: `**standby: The standby is active**\n${message.text}`,
      allowed_mentions: { parse: [] },
    });
  });

  test("takes no more than 2000 characters, and no half ones", () => {
    const { content } = JSON.parse(bodyOf("discord", { text: "😀".repeat(3_000) }));
    expect(content.length).toBeLessThanOrEqual(2_000);
    expect(content.isWellFormed()).toBe(true);
  });

  test("shows markup as it was said", () => {
    expect(JSON.parse(bodyOf("discord", { text: "a [link](http://x) *b*" })).content).toContain(
      "a \\[link\\](http://x) \\*b\\*",
    );
  });
});

test("plain JSON has everything in fields of its own", () => {
  const { tag: _, ...rest } = message;
  expect(JSON.parse(bodyOf("json"))).toEqual(rest);
});
