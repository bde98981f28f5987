import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { expect, it } from "vitest";
import { exec } from "../../../sandbox/machines/machine.ts";
import { namespace } from "../../../sandbox/machines/names.ts";
import { ensurePython } from "../clients/pypi.ts";
import { knock, minutes, on, outputs } from "./on.ts";

/** Who gets in. */
export function doors(): void {
  it("finds nothing at all on the public address, for whoever is not named", { timeout: 5 * minutes }, async () => {
    const scan = await nmapFromHub([
      "-Pn",
      "-n",
      "-p-",
      "--min-rate=6000",
      "--max-retries=1",
      (await outputs()).publicAddress!,
    ]);
    expect(scan).toMatch(/All 65535 scanned ports on \S+ are in ignored states/);
    const udp = await nmapFromHub([
      "-Pn",
      "-n",
      "-sU",
      "--top-ports=50",
      "--max-retries=1",
      (await outputs()).publicAddress!,
    ]);
    expect(udp).not.toMatch(/^\d+\/udp +open /m);
  });

  it("finds SSH and the status page on the tailnet, also where something else listens", {
    timeout: 2 * minutes,
  }, async () => {
    await on("systemd-run --quiet --unit=leak python3 -m http.server 9999 --bind 0.0.0.0");
    try {
      await expect.poll(async () => (await on("ss -Hltn sport = :9999")).out).not.toBe("");
      const address = (await outputs()).tailnetAddress!;
      // The sandbox's policy lets no machine but a standby ask a standby: so the packets are made on the machine itself.
      const { out } = await on("nft list chain inet openclaw_guard input");
      expect(out).toMatch(/tcp dport \{ 22, 18790 \} accept\s+drop/);
      const open = await exec("primary", ["bash", "-c", `timeout 4 bash -c 'exec 3<>/dev/tcp/${address}/9999'`]);
      expect(open.exitCode).not.toBe(0);
    } finally {
      await on("systemctl stop leak");
    }
  });

  it("speaks SSH in modern algorithms only, says ssh-audit", { timeout: 2 * minutes }, async () => {
    const { python, env } = await ensurePython("ssh-audit", "3.9.0", console.log);
    const { publicAddress } = await outputs();
    const audit = await execa(python, ["-m", "ssh_audit", "--level=warn", "--no-colors", publicAddress!], {
      env,
      reject: false,
    });
    const findings = audit.stdout.split("\n").filter((line) => /\[(fail|warn)\]/.test(line));
    // What Pulumi's SSH client knows; the one that resists a quantum computer comes before it, for whoever knows that.
    expect(findings.filter((line) => !line.startsWith("(kex) curve25519-sha256"))).toEqual([]);
    expect(audit.stdout).toContain("curve25519-sha256");
  });

  it("bans whoever tries wrong keys, and lets the owner of the tailnet be", { timeout: 4 * minutes }, async () => {
    const dir = await mkdtemp(join(tmpdir(), "wrong-key-"));
    const wrongKey = join(dir, "key");
    await execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", wrongKey]);
    try {
      const banned = async () => {
        await knock(wrongKey);
        return (await on("fail2ban-client status sshd")).out;
      };
      // sshd itself makes the eager ones wait, so that the last tries are far apart.
      await expect.poll(banned, { timeout: 150_000, interval: 1000 }).toMatch(/Banned IP list:\s+198\.51\.100\.1/);
      expect((await on("fail2ban-client get sshd maxretry")).out).toBe("5");
      expect((await on("fail2ban-client get sshd ignoreip")).out).toContain("100.64.0.0/10");
      expect((await on("sshd -T")).out).toMatch(/^persourcepenaltyexemptlist 100\.64\.0\.0\/10/m);
    } finally {
      await on("fail2ban-client set sshd unbanip 198.51.100.1");
      await rm(dir, { recursive: true });
    }
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
      "18790/tcp on tailscale0 ALLOW IN Anywhere",
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
    expect((await on(`nft list chain inet openclaw_guard output`)).out).toContain("ip daddr 169.254.0.0/16 reject");
  });
}

/** A port scan from a machine of the sandbox's internet that no configuration names. */
async function nmapFromHub(args: string[]): Promise<string> {
  return (await execa("ip", ["netns", "exec", namespace("hub"), "nmap", ...args])).stdout;
}
