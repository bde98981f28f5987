import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { repoDir, sandbox } from "./command.ts";

const minutes = 60_000;

interface Report {
  passed: boolean;
  timelineMs: Record<string, number>;
  checks: { name: string; seen: string }[];
}

describe("the story that `npm run sandbox` tells", () => {
  afterAll(() => sandbox("destroy"), 2 * minutes);

  it("is told from nothing to nothing, also after a run that was killed in the middle", {
    timeout: 40 * minutes,
  }, async () => {
    const killed = sandbox("up");
    await untilSays(killed.all, "Primary: OpenClaw on the tailnet");
    await endTree(killed.pid!);
    await killed;
    expect((await sandbox("leftovers")).stdout, "the killed run left something to clear").toContain("machine");

    const run = await sandbox();
    expect(run.exitCode, run.all).toBe(0);

    const report = JSON.parse(await readFile(join(repoDir, ".sandbox/report.json"), "utf8")) as Report;
    expect(report.passed).toBe(true);
    const told = Object.entries(report.timelineMs).sort(([, a], [, b]) => a - b);
    expect(told.map(([event]) => event)).toEqual([
      "gateway ready",
      "first missed check",
      "promoted",
      "channel connected",
      "message answered",
      "primary back",
      "demoted",
      "destroyed",
    ]);
    expect(run.stdout).toContain("All of it was seen");
    expect((await sandbox("leftovers")).stdout).toBe("");
  });
});

async function untilSays(output: NodeJS.ReadableStream, words: string): Promise<void> {
  let said = "";
  for await (const part of output) {
    said += String(part);
    if (said.includes(words)) return;
  }
  throw new Error(`It ended without saying "${words}":\n${said}`);
}

/** SIGKILL to a process and all below it: a crash, with no chance to clean up. The machines it has started go on. */
async function endTree(pid: number): Promise<void> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8").catch(() => "");
  process.kill(pid, "SIGKILL");
  for (const child of children.trim().split(" ").filter(Boolean)) await endTree(Number(child));
}
