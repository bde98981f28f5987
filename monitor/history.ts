import { appendFileSync, closeSync, fstatSync, mkdirSync, openSync, readSync, renameSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { type Entry, type Failover, parseEntry, withEntry } from "./failover.ts";

/** At this size the file becomes `<path>.old`, and the one before that is gone. */
const fileLimitBytes = 512 * 1024;
/** As much of the end is read at start as the failovers that are shown can need. */
const readLimitBytes = 64 * 1024;

export interface History {
  /** Newest first. */
  failovers(): readonly Failover[];
  /** Remembers an entry. Throws if it could not be written; it is remembered in memory all the same. */
  add(entry: Entry): void;
}

/** The failovers of this machine, over restarts. `trouble` says what of the file could not be read, once. */
export function recallHistory(path: string): { history: History; trouble?: string } {
  const { entries, trouble } = read(path);
  let failovers = entries.reduce<Failover[]>(withEntry, []);
  const history: History = {
    failovers: () => failovers,
    add(entry) {
      failovers = withEntry(failovers, entry);
      append(path, entry);
    },
  };
  return trouble === undefined ? { history } : { history, trouble };
}

function append(path: string, entry: Entry): void {
  mkdirSync(dirname(path), { recursive: true });
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size > fileLimitBytes) renameSync(path, `${path}.old`);
  appendFileSync(path, `${JSON.stringify(entry)}\n`, { mode: 0o644 });
}

function read(path: string): { entries: Entry[]; trouble?: string } {
  let lines: string[];
  try {
    lines = [...tail(`${path}.old`), ...tail(path)];
  } catch (error) {
    return { entries: [], trouble: `${path} cannot be read (${(error as Error).message}); starting without it` };
  }
  const entries = lines.flatMap((line) => parse(line) ?? []);
  const corrupt = lines.length - entries.length;
  if (corrupt === 0) return { entries };
  return { entries, trouble: `${path}: ${corrupt} line(s) make no sense and are left out of the history` };
}

function parse(line: string): Entry | undefined {
  try {
    return parseEntry(JSON.parse(line));
  } catch {
    return undefined;
  }
}

/** The last whole lines of a file, at most 64 KiB of them; none if there is no such file. */
function tail(path: string): string[] {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
  try {
    const { size } = fstatSync(file);
    const skipped = Math.max(0, size - readLimitBytes);
    const buffer = Buffer.alloc(size - skipped);
    const length = readSync(file, buffer, 0, buffer.length, skipped);
    const lines = buffer.toString("utf8", 0, length).split("\n");
    // What is read may begin in the middle of a line.
    return (skipped === 0 ? lines : lines.slice(1)).filter((line) => line !== "");
  } finally {
    closeSync(file);
  }
}
