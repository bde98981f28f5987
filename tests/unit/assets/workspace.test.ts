import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

/** The script that the machine runs, on a repository and a clone of this test's own. */
const script = join(import.meta.dirname, "../../../assets/scripts/workspace");

let dir: string;
const tree = () => join(dir, "workspace");
const git = async (cwd: string, ...args: string[]) => (await execa("git", args, { cwd })).stdout;
const workspace = (verb: "pull" | "save") =>
  execa("sh", [script, verb], { env: { WORKSPACE: tree(), LOCK_SECONDS: "1" }, reject: false });
const put = (name: string, text: string) => writeFile(join(tree(), name), text);
const branches = async () => (await git(join(dir, "origin"), "branch", "--format=%(refname:short)")).split("\n").sort();

async function ownerPushes(name: string, text: string): Promise<void> {
  const owner = join(dir, `owner-${name}`);
  await git(dir, "clone", "-q", "origin", owner);
  await writeFile(join(owner, name), text);
  await git(owner, "add", ".");
  await git(owner, "-c", "user.name=o", "-c", "user.email=o@localhost", "commit", "-qm", `Add ${name}`);
  await git(owner, "push", "-q", "origin", "main");
}

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "workspace-"));
  await git(dir, "init", "-q", "--bare", "-b", "main", "origin");
  await git(dir, "init", "-q", "-b", "main", "seed");
  await writeFile(join(dir, "seed/notes.md"), "one\n");
  await git(join(dir, "seed"), "add", ".");
  await git(join(dir, "seed"), "-c", "user.name=o", "-c", "user.email=o@localhost", "commit", "-qm", "Begin");
  await git(join(dir, "seed"), "push", "-q", join(dir, "origin"), "main");
  await git(dir, "clone", "-q", "origin", "workspace");
  for (const [key, value] of [
    ["user.name", "standby"],
    ["user.email", "openclaw@standby"],
    ["openclaw.branch", "main"],
  ])
    await git(tree(), "config", key!, value!);
});
afterEach(() => rm(dir, { recursive: true, force: true }));

describe("workspace pull", () => {
  it("goes forward to what was pushed", async () => {
    await ownerPushes("new.md", "news\n");
    expect((await workspace("pull")).stdout).toContain("Add new.md");
    expect(await readFile(join(tree(), "new.md"), "utf8")).toBe("news\n");
  });

  it("leaves a tree that has changes of its own as it is, and says so", async () => {
    await ownerPushes("notes.md", "two\n");
    await put("notes.md", "the agent's\n");
    const { exitCode, stderr } = await workspace("pull");
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain("has changes of its own");
    expect(await readFile(join(tree(), "notes.md"), "utf8")).toBe("the agent's\n");
  });

  it("gives up soon when another one is at it", async () => {
    const holder = execa("flock", ["--no-fork", join(tree(), ".git"), "sleep", "30"], { reject: false });
    try {
      await expect
        .poll(() => execa("flock", ["-n", join(tree(), ".git"), "true"], { reject: false }))
        .toMatchObject({
          exitCode: 1,
        });
      expect((await workspace("pull")).stderr).toContain("still at it");
    } finally {
      holder.kill();
      await holder;
    }
  });
});

describe("workspace save", () => {
  it("does nothing where the agent wrote nothing", async () => {
    expect((await workspace("save")).stdout).toBe("");
    expect(await branches()).toEqual(["main"]);
  });

  it("pushes what the agent wrote to a branch of its own, and the tree follows main again", async () => {
    await put("notes.md", "the agent's\n");
    await put("found.md", "new\n");
    await ownerPushes("meanwhile.md", "the owner's\n");
    const { stdout, exitCode } = await workspace("save");
    expect(exitCode, stdout).toBe(0);
    const [kept, ...others] = (await branches()).filter((b) => b !== "main");
    expect(others).toEqual([]);
    expect(kept).toMatch(/^standby\/[^/]+\/\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ$/);
    expect(await git(join(dir, "origin"), "show", `${kept}:notes.md`)).toBe("the agent's");
    expect(await git(join(dir, "origin"), "show", `${kept}:found.md`)).toBe("new");
    expect((await workspace("pull")).exitCode).toBe(0);
    expect(await readFile(join(tree(), "notes.md"), "utf8")).toBe("one\n");
    expect(existsSync(join(tree(), "meanwhile.md"))).toBe(true);
  });

  it("keeps commits that the agent made itself", async () => {
    await put("notes.md", "committed by the agent\n");
    await git(tree(), "commit", "-qam", "My own");
    await workspace("save");
    const kept = (await branches()).find((b) => b !== "main");
    expect(await git(join(dir, "origin"), "log", "--format=%s", `main..${kept}`)).toBe("My own");
  });

  it("keeps what could not be pushed, and pushes it the next time", async () => {
    await put("notes.md", "the agent's\n");
    await git(tree(), "remote", "set-url", "origin", join(dir, "gone"));
    const failed = await workspace("save");
    expect(failed.exitCode).not.toBe(0);
    expect(failed.stderr).toContain("it is kept here, and tried again");
    expect(await git(tree(), "status", "--porcelain")).toBe("");
    await git(tree(), "remote", "set-url", "origin", join(dir, "origin"));
    expect((await workspace("save")).exitCode).toBe(0);
    const kept = (await branches()).find((b) => b !== "main");
    expect(await git(join(dir, "origin"), "show", `${kept}:notes.md`)).toBe("the agent's");
    expect(await git(tree(), "branch", "--list", "standby/*")).toBe("");
  });

  it("runs none of the hooks that the agent may have laid", async () => {
    await mkdir(join(tree(), ".git/hooks"), { recursive: true });
    for (const hook of ["pre-commit", "pre-push", "post-checkout"])
      await writeFile(join(tree(), ".git/hooks", hook), `#!/bin/sh\ntouch ${dir}/ran\nexit 1\n`, { mode: 0o755 });
    await put("notes.md", "the agent's\n");
    expect((await workspace("save")).exitCode).toBe(0);
    expect(existsSync(join(dir, "ran"))).toBe(false);
  });
});
