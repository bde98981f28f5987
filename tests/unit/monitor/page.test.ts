import { describe, expect, test } from "vitest";
import { html } from "../../../monitor/html.ts";
import { pageOf } from "../../../monitor/page.ts";
import type { Status } from "../../../monitor/status.ts";
import { calmStatus, sampleStatus } from "./sample-status.ts";

const hostile = `"'><script>alert(1)</script><img src=x onerror=alert(1)>&amp;`;

/** The same status, with hostile text wherever a string may come from outside. */
function poisoned<T>(value: T, key = ""): T {
  if (Array.isArray(value)) return value.map((one) => poisoned(one)) as T;
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, poisoned(one, name)])) as T;
  }
  return (typeof value === "string" && !/^(at|since|.*(At|Since)|kind|outcome)$/.test(key) ? hostile : value) as T;
}

test("hostile text is shown, and does nothing", () => {
  const status: Status = {
    ...sampleStatus,
    order: { text: "paused", until: sampleStatus.updatedAt },
    primary: { ...sampleStatus.primary, detail: "wrong answer" },
  };
  const page = pageOf(poisoned(status));
  expect(page).not.toMatch(/<script|<img|onerror="|&amp;/);
  expect(page.match(/&#60;script&#62;/g)!.length).toBeGreaterThan(20);
});

test("a piece of HTML escapes what is put into it, and no piece twice", () => {
  const inner = html`<b title="${`"'`}">${"<&>"}</b>`;
  expect(html`<p>${inner}${[inner, inner]}${undefined}${0}</p>`.text).toBe(
    `<p>${'<b title="&#34;&#39;">&#60;&#38;&#62;</b>'.repeat(3)}0</p>`,
  );
});

describe("the page", () => {
  test.each([
    ["active", sampleStatus],
    ["calm", calmStatus],
  ])("of a %s standby needs nothing from elsewhere and has no script", (_, status) => {
    const page = pageOf(status);
    expect(page).not.toMatch(/<script|<link|<img|<iframe|@import|url\(|https?:|\son\w+=|\sstyle=/);
    expect([...page.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, target]) => target)).toEqual([
      "/status",
      "/metrics",
      "/healthz",
    ]);
    expect(page).toContain('<meta http-equiv="refresh" content="15">');
  });

  test("is small, however bad the hour was", () => {
    const bad = { ...sampleStatus, failovers: Array(10).fill(sampleStatus.failovers[1]) };
    expect(Buffer.byteLength(pageOf(bad))).toBeLessThan(64 * 1024);
  });

  test("says first what this machine is, since when, and what comes next", () => {
    expect(pageOf(sampleStatus)).toMatch(/<h1>Active <small>for 17 min 48 s<\/small><\/h1>\s*<\/?p?>?/);
    expect(pageOf(sampleStatus)).toContain("Next: steps back, if the primary stays healthy, in 6.0 s.");
  });

  test("shows every minute of the hour", () => {
    expect(pageOf(sampleStatus).match(/<title>\d\d:\d\d /g)).toHaveLength(60);
    expect(pageOf(sampleStatus)).toContain("all checks missed; 30 check(s), 30 missed: connection refused");
  });

  test("tells a failover's steps from the first missed check on", () => {
    const text = pageOf(sampleStatus).replace(/<[^>]*>/g, "");
    expect(text).toMatch(/\+0\.0 sthe first check was missed\s*\+4\.0 sdecided to take over/);
    expect(text).toContain("+12.0 sthe attempt failed (attempt 1: the gateway failed: exit-code)");
  });

  test.each<[string, Partial<Status>, string]>([
    [
      "an order in force",
      { order: { text: "paused", until: "2026-11-24T05:00:00.000Z" } },
      "By order: paused until 2026-11-24 05:00:00.",
    ],
    ["a network that is down", { networkDown: true }, "This machine itself has no network."],
    ["a watch that stands still", { monitor: { ...sampleStatus.monitor, alive: false } }, "The watch stands still"],
    ["messages that wait", { webhooks: [{ ...sampleStatus.webhooks[0]!, waiting: 2 }] }, "2 announcement(s)"],
    ["an empty history", { failovers: [] }, "None is remembered."],
    ["a role that it has no words for", { role: "resting" }, "<h1>resting"],
  ])("tells of %s", (_, change, words) => {
    expect(pageOf({ ...sampleStatus, ...change })).toContain(words);
  });
});
