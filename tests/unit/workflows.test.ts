import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly if?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly concurrency?: { readonly group: string; readonly "cancel-in-progress": boolean };
  readonly "timeout-minutes"?: number;
  readonly steps: readonly Step[];
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

const dir = new URL("../../.github/workflows/", import.meta.url);
const text = (file: string) => readFileSync(new URL(file, dir), "utf8");
const read = (file: string) => parse(text(file)) as Workflow;

describe.each(readdirSync(dir))("the workflow %s", (file) => {
  const { on, permissions, jobs } = read(file);
  const steps = Object.values(jobs).flatMap((job) => job.steps);
  const uses = (action: string) => steps.filter((step) => step.uses?.startsWith(`${action}@`));

  it("does not run strangers' code with the repository's rights", () => {
    expect(Object.keys(on)).not.toContain("pull_request_target");
    expect(Object.keys(on)).not.toContain("workflow_run");
  });

  it("may read the code, and ask for proof of who it is, and nothing else", () => {
    const granted = [permissions, ...Object.values(jobs).map((job) => job.permissions ?? {})].flatMap(Object.entries);
    for (const grant of granted)
      expect([
        ["contents", "read"],
        ["id-token", "write"],
      ]).toContainEqual(grant);
  });

  it("has an end: every job is bounded in time", () => {
    for (const job of Object.values(jobs)) expect(job["timeout-minutes"]).toBeGreaterThan(0);
  });

  it("uses actions of one commit each, with the version that it is beside it", () => {
    for (const line of text(file).match(/^.*\buses:.*$/gm) ?? [])
      expect(line).toMatch(/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it("leaves no token in the checkout", () => {
    for (const checkout of uses("actions/checkout"))
      expect(checkout.with).toMatchObject({ "persist-credentials": false });
  });

  it("installs what the lock file says, before anything runs", () => {
    for (const job of Object.values(jobs)) {
      const installs = job.steps.findIndex((step) => step.run === "npm ci");
      const works = job.steps.findIndex(
        (step) =>
          step.run?.includes("npm run") || step.run?.includes("npm test") || step.uses?.startsWith("pulumi/actions@"),
      );
      expect(installs).toBeGreaterThan(-1);
      expect(works).toBeGreaterThan(installs);
      for (const { run = "" } of job.steps) expect(run).not.toMatch(/\bnpm (i|install|update)\b|\bnpx\b|curl/);
    }
  });

  it("puts nothing that others write into a shell", () => {
    for (const { run = "" } of steps) expect(run).not.toContain("${{");
  });
});

describe("check.yml", () => {
  it("runs the two lines of the README", () => {
    const runs = Object.values(read("check.yml").jobs).flatMap((job) => job.steps.map((step) => step.run));
    expect(runs).toContain("npm run check");
    expect(runs).toContain('sudo -E env PATH="$PATH" npm test');
  });
});

describe("rebuild.yml", () => {
  const { on, jobs } = read("rebuild.yml");
  const pulumi = (job: string) => jobs[job]?.steps.find((step) => step.uses?.startsWith("pulumi/actions@"))?.with;

  it("shows on a pull request what would change, on nobody's but the repository's own branches", () => {
    expect(pulumi("preview")).toMatchObject({ command: "preview" });
    expect(jobs.preview?.if).toContain("head.repo.full_name == github.repository");
  });

  it("changes the stack from main only, on push, on a schedule and by hand, one run at a time and whole", () => {
    expect(Object.keys(on).sort()).toEqual(["pull_request", "push", "schedule", "workflow_dispatch"]);
    expect(pulumi("up")).toMatchObject({ command: "up" });
    expect(jobs.up?.if).toContain("github.event_name != 'pull_request' && github.ref == 'refs/heads/main'");
    expect(jobs.up?.concurrency).toEqual({ group: "up", "cancel-in-progress": false });
  });

  it("holds both against the policies", () => {
    for (const job of ["preview", "up"]) expect(pulumi(job)).toMatchObject({ policyPacks: "policy" });
  });

  it("keeps no secret at GitHub", () => expect(text("rebuild.yml")).not.toContain("secrets."));
});
