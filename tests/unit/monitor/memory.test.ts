import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseMemory, recall, writeWhole } from "../../../monitor/memory.ts";

let dir: string;
let path: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "monitor-memory-"));
  path = join(dir, "memory.json");
});
afterEach(() => rmSync(dir, { recursive: true }));

test("a file that is not there is nothing found, without a word", () => {
  expect(recall(path, parseMemory)).toEqual({});
});

test("what was written is recalled", () => {
  writeWhole(path, '{"boot":"1","primaryReached":true}');
  expect(recall(path, parseMemory)).toEqual({ found: { boot: "1", primaryReached: true } });
  expect(statSync(path).mode & 0o777).toBe(0o644);
});

test.each(["", "{", "null", "[]", '{"boot":"1","primaryReached":"yes"}', '{"primaryReached":true}', "\u0000\u0000"])(
  "%j is put aside and told",
  (text) => {
    writeFileSync(path, text);
    const { found, trouble } = recall(path, parseMemory);
    expect(found).toBeUndefined();
    expect(trouble).toContain("put aside");
    expect(existsSync(path)).toBe(false);
    expect(readFileSync(`${path}.corrupt`, "utf8")).toBe(text);
  },
);
