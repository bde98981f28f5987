import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { recall, writeWhole } from "../../../monitor/memory.ts";

let dir: string;
let path: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "monitor-memory-"));
  path = join(dir, "memory.json");
});
afterEach(() => rmSync(dir, { recursive: true }));

test("no memory is an empty one, without a word", () => {
  expect(recall(path)).toEqual({ memory: { primaryReached: false } });
});

test("what was written is recalled", () => {
  writeWhole(path, '{"primaryReached":true}');
  expect(recall(path)).toEqual({ memory: { primaryReached: true } });
  expect(statSync(path).mode & 0o777).toBe(0o644);
});

test.each(["", "{", "null", "[]", '{"primaryReached":"yes"}', "\u0000\u0000"])("%j is put aside and told", (text) => {
  writeFileSync(path, text);
  const { memory, trouble } = recall(path);
  expect(memory).toEqual({ primaryReached: false });
  expect(trouble).toContain("put aside");
  expect(existsSync(path)).toBe(false);
  expect(readFileSync(`${path}.corrupt`, "utf8")).toBe(text);
});
