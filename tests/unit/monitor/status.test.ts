import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { printStatus, type Status } from "../../../monitor/status.ts";
import { calmStatus, sampleStatus } from "./sample-status.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "monitor-status-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

function printed(status: Status, agoMs = 5_000): { code: number; text: string } {
  const path = join(dir, "status.json");
  writeFileSync(path, JSON.stringify(status));
  const lines: string[] = [];
  const code = printStatus(path, (line) => lines.push(line), Date.parse(status.updatedAt) + agoMs);
  return { code, text: lines.join("\n") };
}

test("a standby that is active says so, and why, and what comes next", () => {
  expect(printed({ ...sampleStatus, order: { text: "paused", until: "2026-11-24T05:00:00.000Z" } })).toEqual({
    code: 0,
    text: `\
role      active for 17 min 53 s, since 2026-11-24 03:13:12 UTC
primary   100.64.0.1:18789 healthy for 19.0 s
order     paused until 2026-11-24 05:00:00 UTC (in 1 h 28 min)
next      steps back, if the primary stays healthy, 2026-11-24 03:31:06 UTC (in 1.0 s)
failover  2026-11-24 03:13:00 UTC: took over in 12.5 s, still active
          because the primary is dead (3 checks missed in a row, the last: connection refused)`,
  });
});

test("a calm standby has little to say", () => {
  expect(printed({ ...calmStatus, failovers: [] }).text).toBe(`\
role      standby for 3 d 3 h, since 2026-11-21 00:31:00 UTC
primary   100.64.0.1:18789 healthy for 3 d 3 h
next      asks the primary every 5.0 s
failover  none is remembered`);
});

test("a status that nobody writes any more is not taken for true", () => {
  const { code, text } = printed(calmStatus, 600_000);
  expect(code).toBe(1);
  expect(text).toContain("STALE     written 10 min ago; is the monitor running?");
});

test("a monitor that stands still is not taken for a watch", () => {
  expect(printed({ ...calmStatus, monitor: { ...calmStatus.monitor, alive: false } })).toMatchObject({
    code: 1,
    text: expect.stringContaining("no check of the primary has ended"),
  });
});

test("a status of another version is not read", () => {
  expect(printed({ version: 1 } as unknown as Status)).toMatchObject({
    code: 1,
    text: expect.stringContaining("another version"),
  });
});

test("words from outside cannot steer the terminal", () => {
  const { text } = printed({ ...calmStatus, primary: { ...calmStatus.primary, detail: "\u001b[2J\u202e" } });
  expect(text).not.toMatch(/[\p{Cf}\u{9b}]/u);
  expect(text).not.toContain("\u001b");
});
