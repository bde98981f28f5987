import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundleMonitor, sourceHash } from "../../../monitor/bundle.ts";

let dir: string;
let bundle: string;
let file: string;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "monitor-bundle-"));
  file = join(dir, "monitor.mjs");
  bundle = await bundleMonitor();
  writeFileSync(file, bundle);
});
afterAll(() => rmSync(dir, { recursive: true }));

/** Runs the bundle as the machine would: Node without its compiler. */
function run(...argv: string[]): { status: number; stdout: string; stderr: string } {
  const env = { ...process.env, RUNTIME_DIRECTORY: dir, STATE_DIRECTORY: dir };
  try {
    const stdout = execFileSync(process.execPath, ["--jitless", file, ...argv], {
      env,
      encoding: "utf8",
      stdio: "pipe",
    });
    return { status: 0, stdout, stderr: "" };
  } catch (error) {
    return error as { status: number; stdout: string; stderr: string };
  }
}

test("the same source gives the same bytes, and they name it", async () => {
  expect(await bundleMonitor()).toBe(bundle);
  expect(bundle.split("\n")[0]).toContain(sourceHash());
});

test("what ships is small and needs Node alone", () => {
  expect(Buffer.byteLength(bundle)).toBeLessThan(128 * 1024);
  const imported = [...bundle.matchAll(/(?:from|import\()\s*"([^"]+)"/g)].map(([, name]) => name);
  expect(imported.filter((name) => !name!.startsWith("node:"))).toEqual([]);
});

describe("as a program", () => {
  test("refuses to start on a bad configuration, with exit code 78 and every mistake", () => {
    const config = join(dir, "bad.json");
    writeFileSync(config, '{"primary": {"host": ""}, "probe": {"failThreshold": 0}}');
    const { status, stderr } = run("run", config);
    expect(status).toBe(78);
    expect(stderr).toContain("primary.host");
    expect(stderr).toContain("probe.failThreshold");
  });

  test("refuses to start without a configuration", () => {
    expect(run("run", join(dir, "none.json"))).toMatchObject({
      status: 78,
      stderr: expect.stringContaining("none.json"),
    });
  });

  test("checks a configuration", () => {
    const config = join(dir, "good.json");
    writeFileSync(config, '{"primary": {"host": "100.64.0.1", "port": 18789}}');
    expect(run("check", config)).toMatchObject({ status: 0, stdout: expect.stringContaining("sound") });
  });

  test("says that there is no monitor to tell of", () => {
    expect(run("status")).toMatchObject({ status: 1, stdout: expect.stringContaining("Is the monitor running?") });
  });

  test("explains itself when it does not understand", () => {
    expect(run("promise")).toMatchObject({ status: 64, stderr: expect.stringContaining("openclaw-standby status") });
  });
});
