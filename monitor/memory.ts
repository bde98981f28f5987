import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/**
 * What must outlive a restart of the monitor, and only until the next boot: it lies in the runtime directory.
 * The role is not here: systemd knows it better. What outlives a boot is in `durable.ts`.
 */
export interface Memory {
  /** Different after every boot: tells times of one boot from those of another. */
  boot: string;
  /** The primary was reached since this machine booted: the way to it works. */
  primaryReached: boolean;
}

/** The memory of a machine that has just booted. */
export function blank(): Memory {
  return { boot: randomUUID(), primaryReached: false };
}

/** Reads what `JSON.stringify(memory)` wrote; undefined if it is anything else. */
export function parseMemory(text: string): Memory | undefined {
  try {
    const raw: unknown = JSON.parse(text);
    if (typeof raw !== "object" || raw === null || !("primaryReached" in raw) || !("boot" in raw)) return undefined;
    const { boot, primaryReached } = raw;
    return typeof boot === "string" && typeof primaryReached === "boolean" ? { boot, primaryReached } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Reads one of our files; nothing if there is none. One that cannot be understood is put aside as `<path>.corrupt`,
 * and `trouble` says so: it stops nobody.
 */
export function recall<T>(path: string, parse: (text: string) => T | undefined): { found?: T; trouble?: string } {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    return { trouble: `${path} cannot be read (${(error as Error).message}); starting without it` };
  }
  const found = parse(text);
  if (found !== undefined) return { found };
  const aside = `${path}.corrupt`;
  try {
    renameSync(path, aside);
  } catch {
    // The next write replaces it anyway.
  }
  return { trouble: `${path} makes no sense; put aside as ${aside}, starting without it` };
}

/** Writes a file whole or not at all, readable by everyone: nothing secret is ever in one of ours. */
export function writeWhole(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.new`;
  writeFileSync(draft, text, { mode: 0o644 });
  renameSync(draft, path);
}
