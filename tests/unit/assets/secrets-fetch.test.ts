/** `secrets-fetch` over a real rsync, without SSH between: a stand-in for `ssh` runs the far end's command right here. */
import { execFile, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, it } from "vitest";

const script = fileURLToPath(new URL("../../../assets/scripts/secrets-fetch", import.meta.url));
const hasRsync = spawnSync("rsync", ["--version"]).error === undefined;
let home: string;
let source: string;

beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), "secrets-"));
  home = join(folder, "home");
  source = join(folder, "source");
  await mkdir(join(home, ".secrets"), { recursive: true });
  await writeFile(join(home, ".secrets/token"), "old");
  await mkdir(source);
  await mkdir(join(folder, "bin"));
  // Everything up to the host is ssh's own; what follows is what the far end would run.
  await writeFile(join(folder, "bin/ssh"), '#!/bin/sh\nwhile [ "$1" != far ]; do shift; done; shift\nexec "$@"\n');
  await chmod(join(folder, "bin/ssh"), 0o755);
});
afterEach(() => rm(join(home, ".."), { recursive: true }));

const fetch = () =>
  promisify(execFile)("/bin/sh", [script], {
    env: { PATH: `${join(home, "../bin")}:${process.env.PATH}`, HOME: home, SECRETS_SOURCE: `far:${source}` },
  });
const token = () => readFile(join(home, ".secrets/token"), "utf8");

it.runIf(hasRsync || process.env.CI)(
  "swaps the secrets in whole, for their owner alone, and keeps no links",
  async () => {
    await writeFile(join(source, "token"), "new", { mode: 0o644 });
    await symlink("/etc/passwd", join(source, "link"));
    await fetch();
    expect(await token()).toBe("new");
    expect((await stat(join(home, ".secrets/token"))).mode & 0o777).toBe(0o600);
    expect(existsSync(join(home, ".secrets/link"))).toBe(false);
    expect(existsSync(join(home, ".secrets.old"))).toBe(false);
  },
);

it.runIf(hasRsync || process.env.CI).each([
  ["that has none", async () => {}, /no secrets there/],
  ["that is gone", () => rm(source, { recursive: true }), /rsync/],
  [
    "that has too many",
    async () => {
      for (let i = 0; i < 25; i++) await writeFile(join(source, `${i}`), Buffer.alloc(1_000_000, 1));
    },
    /more than 20 MB/,
  ],
])("keeps the old ones, and says so, at a source %s", async (_what, make, words) => {
  await make();
  await expect(fetch()).rejects.toThrow(words);
  expect(await token()).toBe("old");
  expect(existsSync(join(home, ".secrets.new"))).toBe(false);
});

it.runIf(hasRsync || process.env.CI)("mends what a run left that was killed between its two moves", async () => {
  await rm(join(home, ".secrets"), { recursive: true });
  await mkdir(join(home, ".secrets.old"));
  await writeFile(join(home, ".secrets.old/token"), "old");
  await expect(fetch()).rejects.toThrow();
  expect(await token()).toBe("old");
});
