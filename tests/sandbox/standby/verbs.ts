import { expect, it } from "vitest";
import { sandbox } from "../command.ts";

/** The verbs of the sandbox. */
export function verbs(): void {
  it("ask the primary, and hear it", async () => {
    const { stdout } = await sandbox("ask", "primary", "hello from a test");
    expect(stdout).toMatch(/^primary: Heard from \S+: hello from a test {3}\(after \d+\.\d s\)$/);
  });

  it("say what is up", async () => {
    const { stdout } = await sandbox("status");
    expect(stdout).toMatch(/^standby \(d\d+\) +198\.51\.100\.\d+ +running +standing by$/m);
    expect(stdout).toMatch(/^primary +198\.51\.100\.20 +running +gateway active$/m);
  });

  it("tell of themselves, and of a verb that there is not", async () => {
    expect((await sandbox("--help")).stdout).toContain("ask primary|standby TEXT");
    expect(await sandbox("nonsense")).toMatchObject({ exitCode: 2 });
  });
}
