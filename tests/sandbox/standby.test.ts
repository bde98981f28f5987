/**
 * A standby that `pulumi up` has made, looked at by hand: what an owner, and a stranger, would find. Needs root; takes
 * three minutes when everything is built.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exec } from "../../sandbox/machines/machine.ts";
import { stackFile, stackOutputs } from "../../sandbox/stack.ts";
import { cloudInventory, standbyMachine } from "../../sandbox/story.ts";
import { cloudKeys } from "../../sandbox/world.ts";
import { repoDir, sandbox } from "./command.ts";

const minutes = 60_000;

/** Runs a shell script on the standby. @returns its output and its exit code. */
async function on(script: string, user?: string): Promise<{ out: string; code: number }> {
  const result = await exec(standbyMachine(), ["bash", "-c", script], user ? { user } : {});
  return { out: (result.stdout + result.stderr).trim(), code: result.exitCode };
}

let outputs: Record<string, string>;

beforeAll(async () => {
  const up = await sandbox("up");
  expect(up.exitCode, up.all).toBe(0);
  outputs = (await stackOutputs()) as Record<string, string>;
}, 40 * minutes);
afterAll(async () => {
  await sandbox("destroy");
}, 3 * minutes);

describe("what pulumi up leaves", () => {
  it("prints the standby's tailnet address, under which the primary's tailnet knows it", async () => {
    expect(outputs.tailnetAddress).toMatch(/^100\.64\.0\.\d+$/);
    expect((await on("tailscale ip -4")).out).toBe(outputs.tailnetAddress);
    expect(outputs.tailnetName).toBe("standby.tailnet.internal");
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
    const { bundleMonitor } = await import("../../monitor/bundle.ts");
    expect(await readFileOn("/usr/lib/openclaw-standby/monitor.mjs")).toBe(await bundleMonitor());
  });
});

describe("who gets in", () => {
  it("finds SSH closed on the public address for whoever is not named", async () => {
    const from = (machine: string, address: string) =>
      exec(machine, ["bash", "-c", `timeout 4 bash -c 'exec 3<>/dev/tcp/${address}/22'`]).then((r) => r.exitCode);
    expect(await from("hub", outputs.publicAddress!)).not.toBe(0);
  });

  it("lets in nothing but SSH from the tailnet and the named address, says ufw", async () => {
    const { out } = await on("ufw status verbose");
    expect(out).toContain("Status: active");
    expect(out).toMatch(/Default: deny \(incoming\), allow \(outgoing\), (deny|disabled) \(routed\)/);
    const allowed = out
      .split("\n")
      .filter((line) => line.includes("ALLOW IN"))
      .map((line) => line.replace(/#.*/, "").trim().replace(/\s+/g, " "));
    expect(allowed.filter((line) => !line.includes("(v6)"))).toEqual([
      "22/tcp on tailscale0 ALLOW IN Anywhere",
      "22/tcp ALLOW IN 198.51.100.1",
    ]);
  });

  it("has fail2ban watch sshd", async () => {
    const { out } = await on("fail2ban-client status sshd");
    expect(out).toMatch(/Journal matches:.*ssh/);
  });

  it("takes keys only, and never root", async () => {
    const { out } = await on("sshd -T");
    for (const line of ["permitrootlogin no", "passwordauthentication no", "kbdinteractiveauthentication no"])
      expect(out).toContain(line);
  });

  it("gives openclaw neither sudo nor a password, and the monitor's files to nobody else", async () => {
    expect((await on("sudo -n true", "openclaw")).code).not.toBe(0);
    expect((await on("passwd -S openclaw")).out).toMatch(/^openclaw L /);
    expect((await on("cat /etc/openclaw-standby/monitor.json", "openclaw")).code).not.toBe(0);
    expect((await on("systemctl stop openclaw-health-monitor", "openclaw")).code).not.toBe(0);
  });

  it("lets the monitor's user start and stop a promotion's units, and nothing else", async () => {
    const may = (verb: string, unit: string) =>
      on(`systemctl --no-ask-password ${verb} ${unit}`, "openclaw-monitor").then(({ code }) => code === 0);
    expect(await may("stop", "openclaw-channel.service")).toBe(true);
    for (const [verb, unit] of [
      ["stop", "ssh.service"],
      ["restart", "tailscaled.service"],
      ["stop", "openclaw-health-monitor.service"],
      ["mask", "openclaw.service"],
    ] as const)
      expect(await may(verb, unit), `${verb} ${unit}`).toBe(false);
  });

  it("answers metadata to root and to nobody else", async () => {
    const ask = "curl -sS -m 3 -o /dev/null http://169.254.169.254:80/";
    expect((await on(ask, "openclaw")).out).toMatch(/refused|Could not connect|Failed to connect/i);
    expect((await on(`nft list table inet openclaw_metadata_guard`)).out).toContain("169.254.169.254");
  });
});

describe("secrets", () => {
  it("are nowhere in plain: user data, process list, journal, cloud-init's logs, Pulumi's state", async () => {
    const token = (await readFileOn("/home/openclaw/.openclaw/standby/channel-token")).trim();
    const { modelKey, gatewayToken } = JSON.parse(
      await readFileOn("/home/openclaw/.openclaw/standby/secrets.json"),
    ) as Record<string, string>;
    const state = (await sandbox("pulumi", "stack", "export")).stdout;
    for (const secret of [token, modelKey!, gatewayToken!]) {
      expect(secret.length).toBeGreaterThan(16);
      expect(state).not.toContain(secret);
      // Handed over on stdin: in the command, this search would find itself.
      const search =
        'read -r secret; where() { printf "%s" "$secret"; }; ' +
        "grep -rlF -f <(where) /var/log /run/log /var/lib/cloud /etc /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2> /dev/null;" +
        "journalctl --no-pager | grep -F -f <(where) | head -n 3";
      const found = await exec(standbyMachine(), ["bash", "-c", search], { stdin: `${secret}\n` });
      expect(found.stdout.trim()).toBe("");
    }
  });

  it("are files that their owner alone can read", async () => {
    const { out } = await on("stat -c '%U %a %n' /home/openclaw/.openclaw/standby/*.json /home/openclaw/.ssh/*");
    for (const line of out.split("\n")) expect(line).toMatch(/^openclaw 600 /);
  });

  it("of the first boot are used up a minute later", async () => {
    expect((await on("ls /run/openclaw-standby/tailnet-key")).code).not.toBe(0);
    const key = /tskey-\S+|[0-9a-f]{48}/.exec(await readFileOn("/var/lib/cloud/instance/user-data.txt"))?.[0];
    expect(key).toBeDefined();
    const again = await exec("hub", [
      "/usr/local/bin/headscale",
      "preauthkeys",
      "list",
      "--user",
      "1",
      "--output",
      "json",
    ]);
    const keys = JSON.parse(again.stdout) as { key: string; used?: boolean }[];
    expect(keys.filter((k) => k.key === key).map((k) => k.used)).toEqual([true]);
  });
});

describe("a change of configuration", () => {
  it("is applied in place: the machine stays, the monitor knows", { timeout: 5 * minutes }, async () => {
    const before = standbyMachine();
    const text = await readFile(stackFile, "utf8");
    await writeFile(stackFile, text.replace("config:\n", "config:\n  openclaw-standby:failThreshold: 4\n"));
    const up = await sandbox("pulumi", "up", "--yes", "--skip-preview", "--non-interactive");
    expect(up.exitCode, up.all).toBe(0);
    expect(standbyMachine()).toBe(before);
    expect((await on("journalctl -u openclaw-health-monitor -o cat -n 20")).out).toContain(
      "dead after 4 missed in a row",
    );
  });

  it("that is wrong is refused before anything happens, every mistake at once, by key", async () => {
    const text = await readFile(stackFile, "utf8");
    try {
      await writeFile(
        stackFile,
        text
          .replace(/openclaw-standby:primaryHost: .*/, "openclaw-standby:primaryHost: 203.0.113.9")
          .replace("config:\n", "config:\n  openclaw-standby:primaryPort: 70000\n  openclaw-standby:region: mars\n"),
      );
      const up = await sandbox("pulumi", "up", "--yes", "--skip-preview", "--non-interactive");
      expect(up.exitCode).not.toBe(0);
      for (const key of ["primaryHost: 203.0.113.9 is not", "primaryPort: a port is", "region: a DigitalOcean region"])
        expect(up.all).toContain(key);
      expect(up.all).toContain("nothing was created");
    } finally {
      await writeFile(stackFile, text);
    }
  });
});

describe("the verbs of the sandbox", () => {
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
});

describe("pulumi destroy with the plug of the VPS pulled", () => {
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
});

const readFileOn = async (path: string): Promise<string> => (await exec(standbyMachine(), ["cat", path])).stdout;
