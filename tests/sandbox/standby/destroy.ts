import { join } from "node:path";
import { execa } from "execa";
import { expect, it } from "vitest";
import { exec } from "../../../sandbox/machines/machine.ts";
import { cloudInventory } from "../../../sandbox/story.ts";
import { cloudKeys } from "../../../sandbox/world.ts";
import { repoDir, sandbox } from "../command.ts";
import { minutes } from "./on.ts";

/** Pulumi destroy with the plug of the VPS pulled. */
export function destroy(): void {
  it("leaves nothing in the cloud, nothing on the tailnet, nothing on this host", {
    timeout: 5 * minutes,
  }, async () => {
    const keys = await cloudKeys();
    expect(await cloudInventory(keys)).not.toEqual([]);
    expect((await sandbox("kill", "standby")).exitCode).toBe(0);
    const destroyed = await sandbox("pulumi", "destroy", "--yes", "--skip-preview", "--non-interactive");
    expect(destroyed.exitCode, destroyed.all).toBe(0);
    expect(await cloudInventory(keys)).toEqual([]);
    const nodes = await exec("hub", ["/usr/local/bin/headscale", "nodes", "list", "--output", "json"]);
    expect((JSON.parse(nodes.stdout) as { given_name: string }[]).map((n) => n.given_name)).toEqual(["primary"]);

    expect((await sandbox("destroy")).stdout).toContain("Nothing is left.");
    const processes = await execa("pgrep", ["-fa", "openclaw|headscale|tailscaled|systemd-nspawn"], { reject: false });
    expect(processes.stdout.split("\n").filter((line) => line.includes(join(repoDir, ".sandbox")))).toEqual([]);
    for (const list of [["ip", "-o", "link"], ["ip", "netns"], ["nft", "list", "tables"], ["mount"]])
      expect((await execa(list[0]!, list.slice(1))).stdout).not.toMatch(/\bocs|openclaw-sandbox|\.sandbox\//);
  });
}
