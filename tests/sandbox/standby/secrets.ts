import { expect, it } from "vitest";
import { exec } from "../../../sandbox/machines/machine.ts";
import { standbyMachine } from "../../../sandbox/story.ts";
import { sandbox } from "../command.ts";
import { minutes, on, readFileOn } from "./on.ts";

/** Secrets. */
export function secrets(): void {
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

  it("and settings have no critical finding in OpenClaw's own audits", { timeout: 3 * minutes }, async () => {
    const audit = async (what: string) => {
      const { out } = await on(`cd; OPENCLAW_CONFIG_READONLY=1 openclaw ${what} audit --json 2> /dev/null`, "openclaw");
      return JSON.parse(out.slice(out.indexOf("{"))) as {
        findings?: { severity?: string; checkId?: string; code?: string }[];
      };
    };
    for (const what of ["security", "secrets"]) {
      const { findings = [] } = await audit(what);
      expect(
        findings.filter(({ severity }) => severity === "critical"),
        what,
      ).toEqual([]);
    }
  });
}
