import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/**
 * Makes `path` (a file or a folder) unless it is there with the same `fingerprint`. `make` fills a temporary path next
 * to it, which then takes the name in one rename: a reader never sees half of it, and an interrupted run leaves the old one.
 *
 * @returns true when it was made now, false when the earlier one is good.
 */
export async function ensureArtifact(
  path: string,
  fingerprint: string,
  make: (temporaryPath: string) => Promise<void>,
): Promise<boolean> {
  const stamp = join(dirname(path), `.${basename(path)}.stamp`);
  if (await isFresh(path, stamp, fingerprint)) return false;
  await mkdir(dirname(path), { recursive: true });
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(4).toString("hex")}.tmp`);
  try {
    await make(temporary);
    // The stamp goes first: without it a crash below means one more build, not a new name on old content.
    await rm(stamp, { force: true });
    await replace(temporary, path);
    await writeFileAtomically(stamp, fingerprint);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return true;
}

/** Writes a file through a temporary one of the same folder. `mode` defaults to 0644. */
export async function writeFileAtomically(path: string, content: string | Buffer, mode = 0o644): Promise<void> {
  const temporary = `${path}.${randomBytes(4).toString("hex")}.tmp`;
  await writeFile(temporary, content, { mode });
  await rename(temporary, path);
}

async function isFresh(path: string, stamp: string, fingerprint: string): Promise<boolean> {
  if (!existsSync(path)) return false;
  return (await readFile(stamp, "utf8").catch(() => "")) === fingerprint;
}

/** rename() replaces a file but not a folder with something in it: that one steps aside first. */
async function replace(from: string, to: string): Promise<void> {
  const aside = `${to}.${randomBytes(4).toString("hex")}.old`;
  await rename(to, aside).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
  await rename(from, to);
  await rm(aside, { recursive: true, force: true });
}
