import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { expect, it } from "vitest";
import { exec } from "../../../sandbox/machines/machine.ts";
import { stackFile } from "../../../sandbox/stack.ts";
import { standbyMachine } from "../../../sandbox/story.ts";
import { repoDir, sandbox, setSecret } from "../command.ts";
import { knock, minutes, on, outputs, readFileOn } from "./on.ts";

/** A change of configuration. */
export function changes(): void {
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

  it("of a secret rotates it in place: channel, model, gateway, deploy key and SSH key", {
    timeout: 8 * minutes,
  }, async () => {
    const before = {
      machine: standbyMachine(),
      key: (await outputs()).sshPrivateKey,
      secrets: await secretsOnMachine(),
    };
    for (const [key, value] of [
      ["modelKey", "another-model-key-of-this-test"],
      ["channelToken", "another-channel-token-of-this-test"],
    ] as const)
      expect((await setSecret(key, value)).exitCode).toBe(0);
    await execa("ssh-keygen", [
      "-q",
      "-t",
      "ed25519",
      "-N",
      "",
      "-C",
      "",
      "-f",
      join(repoDir, ".sandbox/new-deploy-key"),
    ]);
    const deployKey = await readFile(join(repoDir, ".sandbox/new-deploy-key"), "utf8");
    const publicKey = await readFile(join(repoDir, ".sandbox/new-deploy-key.pub"), "utf8");
    for (const file of ["new-deploy-key", "new-deploy-key.pub"]) await rm(join(repoDir, ".sandbox", file));
    await exec("hub", ["tee", "-a", "/srv/git/.ssh/authorized_keys"], { stdin: `restrict ${publicKey}` });
    expect((await setSecret("workspaceDeployKey", deployKey)).exitCode).toBe(0);
    expect((await sandbox("pulumi", "config", "set", "adminKeyGeneration", "2")).exitCode).toBe(0);
    const urns = (await sandbox("pulumi", "stack", "--show-urns")).stdout;
    const gatewayToken = /urn:\S+-gateway-token/.exec(urns)?.[0];
    const up = await sandbox(
      "pulumi",
      "up",
      "--yes",
      "--skip-preview",
      "--non-interactive",
      "--replace",
      gatewayToken!,
    );
    expect(up.exitCode, up.all).toBe(0);

    expect(standbyMachine()).toBe(before.machine);
    const now = await secretsOnMachine();
    expect(now.modelKey).toBe("another-model-key-of-this-test");
    expect(now.channelToken).toBe("another-channel-token-of-this-test");
    expect(now.gatewayToken).not.toBe(before.secrets.gatewayToken);
    expect(await readFileOn("/home/openclaw/.ssh/workspace")).toBe(deployKey);
    expect((await on("/usr/lib/openclaw-standby/workspace pull", "openclaw")).code).toBe(0);
    expect((await sandbox("ssh", "standby", "id -un")).stdout).toBe("admin");
    const old = join(repoDir, ".sandbox/old.key");
    await writeFile(old, before.key!, { mode: 0o600 });
    const tried = await knock(old);
    await rm(old);
    expect(tried.stderr).toContain("Permission denied (publickey)");
  });
}

const secretsOnMachine = async () =>
  JSON.parse(await readFileOn("/home/openclaw/.openclaw/standby/secrets.json")) as Record<string, string>;
