import { type ChildProcess, execFileSync, spawn } from "node:child_process";
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

interface Running {
  child: ChildProcess;
  said(): string;
}

/** A monitor that takes orders. There is no systemd around it: it sees no units, and says so. */
async function started(config: string): Promise<Running> {
  const env = { ...process.env, RUNTIME_DIRECTORY: dir, STATE_DIRECTORY: dir };
  const child = spawn(process.execPath, ["--jitless", file, "run", config], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  await new Promise<void>((resolve, reject) => {
    child.on("exit", () => reject(new Error(`the monitor ended: ${said}`)));
    child.stdout.on("data", (chunk) => {
      said += chunk;
      // It opens its socket before it says anything about what it watches.
      if (said.includes("Watching the primary")) resolve();
    });
  });
  return { child, said: () => said };
}

async function killed({ child }: Running): Promise<void> {
  child.removeAllListeners("exit");
  const ended = new Promise((resolve) => child.on("exit", resolve));
  child.kill("SIGKILL");
  await ended;
}

test("the same source gives the same bytes, and they name it", async () => {
  expect(await bundleMonitor()).toBe(bundle);
  expect(bundle.split("\n")[0]).toContain(sourceHash());
});

test("what ships is small and needs Node alone", () => {
  expect(Buffer.byteLength(bundle)).toBeLessThan(160 * 1024);
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

  test("takes orders while it runs, and remembers them when it is killed", async () => {
    const config = join(dir, "run.json");
    writeFileSync(config, '{"primary": {"host": "127.0.0.1", "port": 1}}');
    const first = await started(config);
    expect(run("pause", "2h")).toMatchObject({ status: 0, stdout: expect.stringContaining("BY HAND: pause") });
    expect(run("drill")).toMatchObject({ status: 1, stdout: expect.stringContaining("drill is refused") });
    expect(run("drill", "--if-calm").status).toBe(0);
    await killed(first);

    const second = await started(config);
    expect(run("resume")).toMatchObject({ status: 0, stdout: expect.stringContaining("BY HAND: resume") });
    expect(run("resume")).toMatchObject({ status: 1, stdout: expect.stringContaining("no order is in force") });
    await killed(second);
  });

  test("puts a corrupt state file aside, says so, and goes on", async () => {
    const config = join(dir, "run.json");
    writeFileSync(join(dir, "orders.json"), "{half a fi");
    const monitor = await started(config);
    await killed(monitor);
    expect(monitor.said()).toContain("makes no sense; put aside as");
    expect(monitor.said()).toContain("Watching the primary");
  });

  test("an order needs a monitor", () => {
    expect(run("promote")).toMatchObject({ status: 1, stdout: expect.stringContaining("No monitor is running") });
  });

  test("a pause of no sensible length is told as wrong, with what is", () => {
    expect(run("pause", "soon")).toMatchObject({ status: 64, stderr: expect.stringContaining("30min") });
  });

  test("explains itself when it does not understand", () => {
    expect(run("promise")).toMatchObject({ status: 64, stderr: expect.stringContaining("openclaw-standby status") });
  });
});
