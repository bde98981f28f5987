import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ensureArtifact } from "../../sandbox/build/artifact.ts";
import { controlOf } from "../../sandbox/build/deb.ts";
import { compareVersions, directoryHash, firstProxy } from "../../sandbox/build/go.ts";
import { goModOf } from "../../sandbox/build/go-module.ts";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "sandbox-build-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

describe("an artifact of the cache", () => {
  const make = (content: string) => (path: string) => writeFile(path, content);

  test("is made once for a fingerprint, and again for another", async () => {
    const path = join(dir, "tool");
    expect(await ensureArtifact(path, "v1", make("one"))).toBe(true);
    expect(await ensureArtifact(path, "v1", make("two"))).toBe(false);
    expect(await readFile(path, "utf8")).toBe("one");
    expect(await ensureArtifact(path, "v2", make("two"))).toBe(true);
    expect(await readFile(path, "utf8")).toBe("two");
  });

  test("survives a build that fails, and no scraps stay behind", async () => {
    const path = join(dir, "tool");
    await ensureArtifact(path, "v1", make("one"));
    const failing = ensureArtifact(path, "v2", async (temporary) => {
      await writeFile(temporary, "half of it");
      throw new Error("no more disk");
    });
    await expect(failing).rejects.toThrow("no more disk");
    expect(await readFile(path, "utf8")).toBe("one");
    expect((await readdir(dir)).sort()).toEqual([".tool.stamp", "tool"]);
  });

  test("may be a folder, which a later one replaces whole", async () => {
    const path = join(dir, "repo");
    const folderWith = (name: string) => async (temporary: string) => {
      await mkdir(temporary);
      await writeFile(join(temporary, name), "");
    };
    await ensureArtifact(path, "v1", folderWith("old"));
    await ensureArtifact(path, "v2", folderWith("new"));
    expect(await readdir(path)).toEqual(["new"]);
  });

  test("is made again when somebody removed it", async () => {
    const path = join(dir, "tool");
    await ensureArtifact(path, "v1", make("one"));
    await rm(path);
    expect(await ensureArtifact(path, "v1", make("one"))).toBe(true);
    expect(existsSync(path)).toBe(true);
  });
});

describe("Go", () => {
  test.each([
    ["1.26.8", "1.26.8", 0],
    ["1.26", "1.26.8", -1],
    ["1.9", "1.21", -1],
    ["1.27rc1", "1.26.8", 1],
  ])("version %s against %s", (a, b, sign) => {
    expect(Math.sign(compareVersions(a, b))).toBe(sign);
  });

  test.each([
    [undefined, "https://proxy.golang.org"],
    ["direct", "https://proxy.golang.org"],
    ["https://a.example/,https://b.example|direct", "https://a.example"],
    ["off|http://b.example/go", "http://b.example/go"],
  ])("GOPROXY %s leads to %s", (value, proxy) => {
    expect(firstProxy(value)).toBe(proxy);
  });

  test("hashes a folder as go.sum does", async () => {
    await writeFile(join(dir, "b"), "2");
    await mkdir(join(dir, "a"));
    await writeFile(join(dir, "a", "x"), "1");
    // printf '%s  %s\n' sha256(1) a/x sha256(2) b | sha256sum, in base64
    expect(await directoryHash(dir)).toBe("h1:rxWP8OqM9itdLHjAk99l2ZwgaD1A0IQXx7gLDF3vS0A=");
  });

  test("gets a go.mod with the module's own replacements", () => {
    expect(goModOf({ module: "example.com/m", version: "v1.2.3", replace: ["replace a => b v1.0.0"] })).toBe(
      "module build\n\ngo 1.24\n\nreplace a => b v1.0.0\n\nrequire example.com/m v1.2.3\n",
    );
  });
});

test("a Debian control file leaves out what a package does not have", () => {
  const deb = { name: "nodejs", version: "24.0.0-1", architecture: "amd64", section: "web", description: "Node" };
  expect(controlOf(deb)).not.toContain("Depends");
  expect(controlOf({ ...deb, depends: ["libc6", "ca-certificates"] })).toContain("Depends: libc6, ca-certificates\n");
});
