import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { checkSettings, secretKeys } from "../../../infra/config.ts";
import { defaults, project } from "./defaults.ts";
import { aLockedKey, aPrivateKey, aPublicKey } from "./keys.ts";

const needed = {
  primaryHost: "100.64.0.1",
  workspaceRepository: "git@github.com:owner/workspace.git",
  workspaceDeployKey: aPrivateKey,
  channel: JSON.stringify({ name: "discord", plugin: "@openclaw/discord@2026.9.6" }),
  channelToken: "token",
  modelKey: "key",
};
const check = (change: Record<string, string>, isSecret: (key: string) => boolean = () => true) =>
  checkSettings({ ...defaults, ...needed, ...change }, isSecret);

describe("the configuration", () => {
  it("is accepted with what is needed, and defaults for the rest", () => {
    const settings = check({});
    expect(settings.primaryPort).toBe(18789);
    expect(settings.sshAllowFrom).toEqual([]);
    expect(settings.workspaceHostKey).toMatch(/^ssh-ed25519 /);
    expect(settings.tailscaleApt.uri).toContain("pkgs.tailscale.com");
  });

  it("reads witnesses and ranked standbys, each with its port", () => {
    const settings = check({
      witnesses: '["100.64.0.9:22", "[fd7a:115c:a1e0::9]:443"]',
      standbysBefore: '["first", "second:1879"]',
    });
    expect(settings.witnesses).toEqual([
      { host: "100.64.0.9", port: 22 },
      { host: "fd7a:115c:a1e0::9", port: 443 },
    ]);
    expect(settings.standbysBefore).toEqual([
      { host: "first", port: 18790 },
      { host: "second", port: 1879 },
    ]);
    expect(() => check({ witnesses: '["100.64.0.9", "203.0.113.9:22", "peer:99999"]' })).toThrow(
      /100.64.0.9 is not host:port[\s\S]*203.0.113.9:22 is not[\s\S]*peer:99999 is not/,
    );
  });

  it("has no default for the primary's address", () => {
    expect(project.config.primaryHost?.default).toBe("");
    expect(() => check({ primaryHost: "" })).toThrow(/primaryHost: is needed/);
  });

  it("is declared in Pulumi.yaml key by key, each with a type and words", () => {
    for (const [key, { type, description }] of Object.entries(project.config)) {
      expect(type, key).toBeTruthy();
      expect(description.length, key).toBeGreaterThan(20);
    }
    expect(Object.keys(project.config).sort()).toEqual(Object.keys(check({})).sort());
  });

  it.each([
    [
      "a public address as the primary",
      { primaryHost: "203.0.113.9" },
      /primaryHost: 203.0.113.9 is not an address of a tailnet/,
    ],
    ["a port that is none", { primaryPort: "70000" }, /primaryPort: a port is 1 to 65535/],
    ["a threshold of 0 misses", { failThreshold: "0" }, /failThreshold: 1 to 20 misses/],
    ["a threshold of 0 answers", { recoverThreshold: "0" }, /recoverThreshold: 1 to 100/],
    ["a region of another shape", { region: "New York" }, /region: a DigitalOcean region/],
    ["a size of another shape", { size: "small" }, /size: a DigitalOcean size/],
    [
      "SSH open to the world by accident",
      { sshAllowFrom: '["0.0.0.0/0"]' },
      /sshAllowFrom: opens SSH to the whole world/,
    ],
    ["SSH open to the world over IPv6", { sshAllowFrom: '["::/0"]' }, /sshAllowFrom: opens SSH to the whole world/],
    ["half the world", { sshAllowFrom: '["128.0.0.0/1"]' }, /sshAllowFrom: opens SSH to the whole world/],
    ["all of IPv6 that is in use", { sshAllowFrom: '["2000::/3"]' }, /sshAllowFrom: opens SSH to the whole world/],
    ["a CIDR that is none", { sshAllowFrom: '["10.0.0.1"]' }, /sshAllowFrom.0: 10.0.0.1 is not a CIDR/],
    ["a deployment over a closed door", { deployOver: "public" }, /sshAllowFrom: is empty, but deployOver is public/],
    ["a channel without a token", { channelToken: "" }, /channelToken: is needed/],
    ["no channel", { channel: "{}" }, /channel.name: is needed/],
    [
      "a channel's token in plain settings",
      { channel: '{"name":"discord","settings":{"token":"x"}}' },
      /channel: has its token in plain settings/,
    ],
    [
      "a plugin without an exact version",
      { channel: '{"name":"irc","plugin":"@openclaw/irc"}' },
      /channel.plugin: an exact npm version/,
    ],
    ["a malformed deploy key", { workspaceDeployKey: "AAAA" }, /workspaceDeployKey: is not an OpenSSH private key/],
    [
      "a deploy key with a passphrase",
      { workspaceDeployKey: aLockedKey },
      /workspaceDeployKey: is locked with a passphrase/,
    ],
    [
      "a PEM key where OpenSSH's is wanted",
      {
        workspaceDeployKey: generateKeyPairSync("ed25519").privateKey.export({
          type: "pkcs8",
          format: "pem",
        }) as string,
      },
      /workspaceDeployKey: is not an OpenSSH private key/,
    ],
    [
      "a password in the repository's URL",
      { workspaceRepository: "https://me:hunter2@git.example/w.git" },
      /workspaceRepository: has a password in it/,
    ],
    [
      "a git host that nobody vouches for",
      { workspaceRepository: "git@git.example:w.git" },
      /workspaceHostKey: is needed for git.example/,
    ],
    ["a version that floats", { openclawVersion: "latest" }, /openclawVersion: one exact version/],
    [
      "secrets from a host without its key",
      { secretsSource: "me@100.64.0.9:secrets" },
      /secretsSourceHostKey: is needed with secretsSource/,
    ],
    ["a key that does not exist", { primaryAdress: "100.64.0.1" }, /primaryAdress: is not a key of this program/],
    ["JSON that is none", { channel: "{" }, /channel: is not JSON/],
  ])("refuses %s", (_what, change, message) => {
    expect(() => check(change as Record<string, string>)).toThrow(message);
  });

  it.each(secretKeys.map((key) => [key]))("refuses %s in plain text, and never repeats its value", (key) => {
    const value = key.endsWith("Key") && key !== "modelKey" ? aPrivateKey : "https://hooks.example/s3cr3t";
    expect(() => check({ [key]: value }, (k) => k !== key)).toThrow(new RegExp(`${key}: is stored in plain text`));
    expect(() => check({ [key]: value }, (k) => k !== key)).not.toThrow(new RegExp(value.slice(-20, -1)));
  });

  it("tells all mistakes at once", () => {
    expect(() => check({ primaryHost: "", primaryPort: "0", channelToken: "", region: "x" })).toThrow(
      /4 mistakes[\s\S]*primaryHost[\s\S]*primaryPort[\s\S]*region[\s\S]*channelToken/,
    );
  });

  it("opens SSH to the world when that is said on purpose", () => {
    expect(check({ sshAllowFrom: '["0.0.0.0/0"]', sshOpenToWorld: "true" }).sshAllowFrom).toEqual(["0.0.0.0/0"]);
  });

  it("accepts a git host on a port of its own, when its key is named", () => {
    const settings = check({ workspaceRepository: "ssh://git@git.example:2222/w.git", workspaceHostKey: aPublicKey });
    expect(settings.workspaceHostKey).toBe(aPublicKey);
  });
});
