/** `standby-receive` for root's own files; it changes users, so it needs root. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";

const script = fileURLToPath(new URL("../../../cloud-init/files/standby-receive", import.meta.url));
const can = process.getuid?.() === 0 && spawnSync("python3", ["--version"]).status === 0;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "receive-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const receive = (content: string | null) =>
  execFileSync("python3", [script], {
    input: JSON.stringify({ [join(folder, "file")]: { content, owner: "root:root", mode: "0600" } }),
    encoding: "utf8",
    timeout: 5_000,
  }).split("\n")[0];

it.runIf(can || process.env.CI)(
  "writes a file with its mode, leaves it be when it is as it should be, and removes it",
  () => {
    expect(receive("one")).toBe(`wrote ${folder}/file`);
    expect(statSync(join(folder, "file")).mode & 0o777).toBe(0o600);
    expect(receive("one")).toBe("");
    expect(receive("two")).toBe(`wrote ${folder}/file`);
    expect(receive(null)).toBe(`removed ${folder}/file`);
  },
);

it.runIf(can || process.env.CI).each([
  ["a pipe that nobody writes to", () => execFileSync("mkfifo", [join(folder, "file")])],
  ["a link to what never ends", () => symlinkSync("/dev/zero", join(folder, "file"))],
  ["a link to another file", () => symlinkSync(join(folder, "other"), join(folder, "file"))],
])("puts its file in the place of %s", (_what, lay) => {
  writeFileSync(join(folder, "other"), "theirs");
  lay();
  expect(receive("ours")).toBe(`wrote ${folder}/file`);
  expect(readFileSync(join(folder, "file"), "utf8")).toBe("ours");
  expect(readFileSync(join(folder, "other"), "utf8")).toBe("theirs");
  expect(existsSync(join(folder, "file.new"))).toBe(false);
});
