import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/**
 * What must outlive a restart of the monitor, and only until the next boot: it lies in the runtime directory.
 * The role is not here: systemd knows it better.
 */
export interface Memory {
  /** The primary was reached since this machine booted: the way to it works. */
  primaryReached: boolean;
}

export const blank: Memory = { primaryReached: false };

/** Reads the memory. A file that cannot be understood is put aside as `<path>.corrupt`, and `trouble` says so. */
export function recall(path: string): { memory: Memory; trouble?: string } {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { memory: blank };
    return { memory: blank, trouble: `${path} cannot be read (${(error as Error).message}); starting without it` };
  }
  const memory = parse(text);
  if (memory !== undefined) return { memory };
  const aside = `${path}.corrupt`;
  try {
    renameSync(path, aside);
  } catch {
    // The next write replaces it anyway.
  }
  return { memory: blank, trouble: `${path} makes no sense; put aside as ${aside}, starting without it` };
}

function parse(text: string): Memory | undefined {
  try {
    const raw: unknown = JSON.parse(text);
    if (typeof raw !== "object" || raw === null || !("primaryReached" in raw)) return undefined;
    return typeof raw.primaryReached === "boolean" ? { primaryReached: raw.primaryReached } : undefined;
  } catch {
    return undefined;
  }
}

/** Writes a file whole or not at all, readable by everyone: nothing secret is ever in one of ours. */
export function writeWhole(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.new`;
  writeFileSync(draft, text, { mode: 0o644 });
  renameSync(draft, path);
}
