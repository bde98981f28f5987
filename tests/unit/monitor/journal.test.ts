import { expect, test } from "vitest";
import { makeJournal } from "../../../monitor/journal.ts";

function lineOf(format: "plain" | "json", underJournald: boolean, text: string): string {
  let line = "";
  const say = makeJournal(
    format,
    (written) => {
      line += written;
    },
    underJournald,
  );
  say("warning", text, "promoting");
  return line;
}

test("a plain line is its words", () => {
  expect(lineOf("plain", false, "PROMOTE")).toBe("PROMOTE\n");
});

test("journald is told the level", () => {
  expect(lineOf("plain", true, "PROMOTE")).toBe("<4>PROMOTE\n");
});

test("a JSON line has time, level, event and words", () => {
  expect(JSON.parse(lineOf("json", false, "PROMOTE"))).toEqual({
    at: expect.stringMatching(/^\d{4}-.*Z$/),
    level: "warning",
    event: "promoting",
    text: "PROMOTE",
  });
});

test.each([
  ["a line break", "one\n<0>two\r\nthree", "one <0>two three"],
  ["a terminal's commands", "a\u001b[2Jb\u009b1mc", "a [2Jb 1mc"],
  ["marks of direction", "a\u202eb\u2066c", "a b c"],
  ["other line breaks", "a\u2028b\u0085c", "a b c"],
])("%s from outside stays within its line", (_, text, clean) => {
  expect(lineOf("plain", false, text)).toBe(`${clean}\n`);
});
