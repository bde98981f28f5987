import { expect, it } from "vitest";
import { sandbox } from "../command.ts";
import { on, outputs, readFileOn } from "./on.ts";

/** What pulumi up leaves. */
export function leaves(): void {
  it("prints the standby's tailnet address, under which the primary's tailnet knows it", async () => {
    expect((await outputs()).tailnetAddress).toMatch(/^100\.64\.0\.\d+$/);
    expect((await on("tailscale ip -4")).out).toBe((await outputs()).tailnetAddress);
    expect((await outputs()).tailnetName).toBe("standby.tailnet.internal");
  });

  it("has nothing left to change", async () => {
    const preview = await sandbox("pulumi", "preview", "--expect-no-changes", "--non-interactive");
    expect(preview.exitCode, preview.all).toBe(0);
  });

  it("lets its owner in over SSH, by the outputs alone", async () => {
    const ssh = await sandbox("ssh", "standby", "id -un; sudo -n id -un");
    expect(ssh.stdout.split("\n"), ssh.all).toEqual(["admin", "root"]);
  });

  it("runs the monitor as its own user, enabled, and not the gateway's channel", async () => {
    const { out } = await on(
      "systemctl is-active openclaw-health-monitor; systemctl is-enabled openclaw-health-monitor;" +
        "systemctl show -P User openclaw-health-monitor; systemctl is-active openclaw-channel; systemctl is-enabled openclaw openclaw-channel",
    );
    expect(out.split("\n")).toEqual(["active", "enabled", "openclaw-monitor", "inactive", "static", "static"]);
  });

  it("says in the journal that the primary is healthy", async () => {
    await expect
      .poll(async () => (await on("journalctl -u openclaw-health-monitor -o cat")).out, { timeout: 60_000 })
      .toContain("The primary is healthy");
  });

  it("has user data that cloud-init's own schema finds sound, and a first boot without errors", async () => {
    expect((await on("cloud-init schema --system")).out).toContain("Valid schema user-data");
    expect(JSON.parse((await on("cloud-init status --format=json")).out)).toMatchObject({ status: "done", errors: [] });
  });

  it("deploys what is in the source", async () => {
    const { bundleMonitor } = await import("../../../monitor/bundle.ts");
    expect(await readFileOn("/usr/lib/openclaw-standby/monitor.mjs")).toBe(await bundleMonitor());
  });
}
