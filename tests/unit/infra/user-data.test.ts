import { expect, it } from "vitest";
import { parse } from "yaml";
import { userData } from "../../../cloud-init/user-data.ts";
import { aptRepositories } from "../../../infra/apt.ts";
import { aPublicKey } from "./keys.ts";

const { write_files: written, runcmd } = parse(
  userData({
    hostname: "standby",
    image: "ubuntu-24-04-x64",
    adminPublicKeys: [aPublicKey],
    firstHostKey: { privateKey: "first", publicKey: aPublicKey },
    tailnetKey: "tskey-auth-once",
    tailnetTags: ["tag:standby"],
    loginServer: "",
    sshAllowFrom: [],
    tailscaleApt: aptRepositories.tailscale,
    nodeApt: aptRepositories.node,
    authorities: [],
  }),
) as { write_files: { path: string; content: string; permissions: string }[]; runcmd: string[][] };
const file = (path: string) => written.find((f) => f.path === path)!;

it("keeps the tailnet key where only root looks, and the first boot takes it away from there", () => {
  const { path, permissions } = written.find((f) => f.content === "tskey-auth-once")!;
  expect(permissions).toBe("0600");
  expect(path.startsWith("/run/openclaw-standby/")).toBe(false); // systemd hands that folder to the monitor
  expect(file(runcmd[0]![0]!).content).toContain(`key=${path}\ntrap 'rm -f "$key"' EXIT`);
});

it("takes from a vendor's repository the vendor's package, and nothing else", () => {
  const pins = file("/etc/apt/preferences.d/openclaw-standby").content.split("\n\n");
  expect(pins).toContain('Package: nodejs\nPin: origin "deb.nodesource.com"\nPin-Priority: 600\n'.trimEnd());
  for (const vendor of ["pkgs.tailscale.com", "deb.nodesource.com"])
    expect(pins.map((pin) => pin.trimEnd())).toContain(`Package: *\nPin: origin "${vendor}"\nPin-Priority: -1`);
});

it("keeps the vendors' packages up to date, and leaves the reboot to the timer", () => {
  const { content } = file("/etc/apt/apt.conf.d/52openclaw-standby");
  expect(content).toContain('"site=pkgs.tailscale.com"');
  expect(content).toContain('"site=deb.nodesource.com"');
  expect(content).toContain('Automatic-Reboot "false"');
});

it("reboots when one is asked for and the channel is closed, and only then", () => {
  const { content } = file("/etc/systemd/system/openclaw-standby-reboot.service");
  expect(content.match(/^Condition.*$/gm)).toEqual([
    "ConditionPathExists=/run/reboot-required",
    "ConditionPathExists=!/run/openclaw-channel",
  ]);
  expect(file("/usr/local/sbin/standby-first-boot").content).toContain("openclaw-standby-reboot.timer");
});
