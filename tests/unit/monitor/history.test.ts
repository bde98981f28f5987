import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Entry } from "../../../monitor/failover.ts";
import { recallHistory } from "../../../monitor/history.ts";

let dir: string;
let path: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "monitor-history-"));
  path = join(dir, "failovers.jsonl");
});
afterEach(() => rmSync(dir, { recursive: true }));

const promoting: Entry = { event: "promoting", at: "2026-11-24T03:00:00.000Z", attempt: 1, why: "the primary is dead" };

test("no file is no history, without a word", () => {
  const { history, trouble } = recallHistory(path);
  expect(history.failovers()).toEqual([]);
  expect(trouble).toBeUndefined();
});

test("what was added is there after a restart", () => {
  const { history } = recallHistory(path);
  history.add(promoting);
  expect(history.failovers()).toMatchObject([{ why: "the primary is dead" }]);
  expect(recallHistory(path).history.failovers()).toEqual(history.failovers());
});

test("lines that make no sense are left out, and told once together", () => {
  const { history } = recallHistory(path);
  history.add(promoting);
  appendFileSync(path, '{"event":"prom\n\u0000\u0000\nnull\n');
  history.add({ event: "demoted", at: "2026-11-24T04:00:00.000Z" });
  const again = recallHistory(path);
  expect(again.trouble).toContain("3 line(s)");
  expect(again.history.failovers()).toMatchObject([{ outcome: "over" }]);
});

test("a file that is full is put aside, and the story goes on over both", () => {
  const { history } = recallHistory(path);
  history.add(promoting);
  // An older history, up to the limit.
  writeFileSync(
    path,
    `${`${JSON.stringify({ ...promoting, at: "2025-01-01T00:00:00.000Z" })}\n`.repeat(8_000)}${readFileSync(path, "utf8")}`,
  );
  history.add({ event: "demoted", at: "2026-11-24T04:00:00.000Z" });
  expect(existsSync(`${path}.old`)).toBe(true);
  expect(statSync(path).size).toBeLessThan(1_000);
  const { history: again, trouble } = recallHistory(path);
  const { failovers } = again;
  expect(trouble, "a line that is cut where reading begins is not corrupt").toBeUndefined();
  expect(failovers()[0]).toMatchObject({ at: promoting.at, outcome: "over" });
  expect(failovers()).toHaveLength(10);
});

test("what cannot be read at all is told, and does not stop anything", () => {
  mkdirSync(path);
  const { history, trouble } = recallHistory(path);
  expect(trouble).toContain("cannot be read");
  expect(() => history.add(promoting)).toThrow();
  expect(history.failovers()).toHaveLength(1);
});
