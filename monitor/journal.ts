import type { JournalFormat } from "./settings.ts";
import type { Level } from "./wording.ts";

/** journald reads "<4>" at the start of a line as its level, and takes it off. */
const priority: Record<Level, number> = { error: 3, warning: 4, notice: 5, info: 6 };

/** One line for the journal. `event` names what it tells of, for a program that reads the JSON. */
export type Say = (level: Level, text: string, event?: string) => void;

/** Lines for a person, or JSON objects `{at, level, event, text}`; with journald's levels when it is journald that reads. */
export function makeJournal(
  format: JournalFormat,
  write: (line: string) => void = (line) => process.stdout.write(line),
  underJournald = process.env.JOURNAL_STREAM !== undefined,
): Say {
  return (level, text, event = "monitor") => {
    const clean = printable(text);
    const line =
      format === "plain" ? clean : JSON.stringify({ at: new Date().toISOString(), level, event, text: clean });
    write(`${underJournald ? `<${priority[level]}>` : ""}${line}\n`);
  };
}

/**
 * Text from outside may hold anything: control characters would break the line or steer the reader's terminal, and
 * marks of direction would show it in another order than it has.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu, " ");
}
