import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { aPrivateKey, aPublicKey } from "./keys.ts";

interface Registered {
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, unknown>;
  /** Inputs as they travel, secrets still marked. */
  readonly marked: Record<string, unknown>;
}

/** Options of each resource, by name. */
const options = new Map<string, pulumi.CustomResourceOptions>();
const registered: Registered[] = [];
const planted = {
  channelToken: "PLANTED-channel",
  modelKey: "PLANTED-model",
  webhookUrl: "https://hooks.example/PLANTED-hook",
};
const outputs: Record<string, Record<string, unknown>> = {
  "tailscale:index/tailnetKey:TailnetKey": { key: "tskey-PLANTED-auth" },
  "tls:index/privateKey:PrivateKey": { privateKeyOpenssh: "PLANTED-private", publicKeyOpenssh: aPublicKey },
  "digitalocean:index/droplet:Droplet": { ipv4Address: "203.0.113.5", priceMonthly: 12 },
  "command:remote:Command": { stdout: `${aPublicKey}\n` },
  "random:index/randomPassword:RandomPassword": { result: "PLANTED-gateway" },
  "pulumi-nodejs:dynamic:Resource": { address: "100.64.0.7", fqdn: "openclaw-standby.tail.example" },
};

const one = (type: string, name?: string) => {
  const found = registered.filter((r) => r.type === type && (!name || r.name === name));
  expect(found, `${type} ${name ?? ""}`).toHaveLength(1);
  return found[0]!;
};
const resolved = <T>(output: pulumi.Output<T>) => new Promise<T>((resolve) => void output.apply(resolve));

/** How a secret travels from the program to the engine. */
const isSecretValue = (v: unknown): v is { value: unknown } =>
  typeof v === "object" && v !== null && "4dabf18193072939515e22adb298388d" in v;
const plain = (v: unknown): unknown => {
  if (isSecretValue(v)) return plain(v.value);
  if (Array.isArray(v)) return v.map(plain);
  return typeof v === "object" && v !== null ? Object.fromEntries(Object.entries(v).map(([k, x]) => [k, plain(x)])) : v;
};

let stack: typeof import("../../../index.ts");

beforeAll(async () => {
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs, id }) => {
        registered.push({ type, name, inputs: plain(inputs) as Record<string, unknown>, marked: inputs });
        return { id: id || `${name}-id`, state: { ...inputs, ...outputs[type] } };
      },
      call: ({ inputs }) => inputs,
    },
    "openclaw-standby",
    "test",
    false,
  );
  const config = {
    primaryHost: "100.64.0.1",
    primaryPort: "18789",
    hostname: "openclaw-standby",
    region: "nyc3",
    size: "s-1vcpu-2gb",
    image: "ubuntu-24-04-x64",
    machineGeneration: "1",
    tailnetTags: '["tag:standby"]',
    tailscaleLoginServer: "",
    deployOver: "public",
    sshAllowFrom: '["198.51.100.7/32"]',
    sshOpenToWorld: "false",
    workspaceRepository: "git@github.com:owner/workspace.git",
    workspaceBranch: "main",
    workspaceDeployKey: aPrivateKey,
    workspaceHostKey: "",
    channel: '{"name":"discord","plugin":"@openclaw/discord@2026.9.6"}',
    model: "anthropic/claude-opus-4-6",
    modelFallbacks: "[]",
    modelProvider: "{}",
    openclawVersion: "2026.9.6",
    probeIntervalSeconds: "5",
    probeTimeoutSeconds: "5",
    failThreshold: "3",
    recoverThreshold: "3",
    secretsSource: "",
    secretsSourceHostKey: "",
    secretsSourceKey: "",
    tailscaleApt: "{}",
    nodeApt: "{}",
    extraCertificateAuthorities: "[]",
    ...planted,
  };
  pulumi.runtime.setAllConfig(
    Object.fromEntries(Object.entries(config).map(([k, v]) => [`openclaw-standby:${k}`, v])),
    ["workspaceDeployKey", ...Object.keys(planted)].map((k) => `openclaw-standby:${k}`),
  );
  await pulumi.runtime.runInPulumiStack(async () => {
    pulumi.runtime.registerStackTransformation(({ name, opts }) => {
      options.set(name, opts as pulumi.CustomResourceOptions);
      return undefined;
    });
    stack = await import("../../../index.ts");
    return {};
  });
  await pulumi.runtime.disconnect(); // resolves when every registration is through
});

describe("the program", () => {
  it("gives the owner the tailnet's address and name, the cost, and the way in", async () => {
    expect(await resolved(stack.tailnetAddress)).toBe("100.64.0.7");
    expect(await resolved(stack.tailnetName)).toBe("openclaw-standby.tail.example");
    expect(await resolved(stack.monthlyCostUsd)).toBe(12);
    expect(await resolved(stack.sshCommand)).toContain("admin@203.0.113.5");
    expect(stack.onThePrimary.join("\n")).toContain('Disable the channel "discord"');
  });

  it("lets in SSH from the named addresses, and nothing else", () => {
    const { inboundRules } = one("digitalocean:index/firewall:Firewall").inputs;
    expect(inboundRules).toEqual([{ protocol: "tcp", portRange: "22", sourceAddresses: ["198.51.100.7/32"] }]);
  });

  it("puts the machine behind the firewall from its first second", () => {
    const firewall = one("digitalocean:index/firewall:Firewall").inputs;
    const droplet = one("digitalocean:index/droplet:Droplet").inputs;
    expect(firewall.tags).toEqual(["standby-tag-id"]);
    expect(droplet.tags).toEqual(["openclaw-standby"]);
    expect(droplet.monitoring).toBe(true);
  });

  it("asks for a tailnet key that works once, tagged and short-lived", () => {
    const { reusable, ephemeral, preauthorized, tags, expiry } = one("tailscale:index/tailnetKey:TailnetKey").inputs;
    expect({ reusable, ephemeral, preauthorized, tags }).toEqual({
      reusable: false,
      ephemeral: false,
      preauthorized: true,
      tags: ["tag:standby"],
    });
    expect(expiry).toBeLessThanOrEqual(3600);
  });

  it("puts no lasting secret into the user data", () => {
    const text = String(one("digitalocean:index/droplet:Droplet").inputs.userData);
    for (const secret of [...Object.values(planted), "PLANTED-gateway", aPrivateKey.split("\n")[2]!])
      expect(text).not.toContain(secret);
    expect(text).toContain("tskey-PLANTED-auth"); // the one-use key is the only one, with the first host key
    expect(text.match(/PLANTED/g)).toHaveLength(2);
  });

  it("gives the agent's user no sudo, and no way to log in", () => {
    const { users } = parse(String(one("digitalocean:index/droplet:Droplet").inputs.userData)) as {
      users: Record<string, unknown>[];
    };
    expect(users.find((u) => u.name === "openclaw")).not.toHaveProperty("sudo");
    expect(users.find((u) => u.name === "openclaw")).not.toHaveProperty("ssh_authorized_keys");
    expect(users.every((u) => u.lock_passwd !== false)).toBe(true);
  });

  it("pins the host key in every connection", () => {
    for (const { name, inputs } of registered.filter((r) => r.type === "command:remote:Command")) {
      expect((inputs.connection as { hostKey?: string }).hostKey, name).toBe(aPublicKey);
    }
  });

  it("hands secrets over on stdin, never in the command", () => {
    const commands = registered.filter((r) => r.type === "command:remote:Command");
    expect(commands.map((c) => String(c.inputs.create)).join("\n")).not.toMatch(/PLANTED|BEGIN OPENSSH/);
    expect(commands.map((c) => String(c.inputs.stdin)).join("\n")).toContain("PLANTED-model");
  });

  it("marks every secret output secret", async () => {
    for (const name of ["sshPrivateKey", "gatewayToken"] as const)
      expect(await pulumi.isSecret(stack[name]), name).toBe(true);
    expect(await pulumi.isSecret(stack.tailnetAddress)).toBe(false);
  });

  it("encrypts whatever holds a secret in the state", () => {
    const open: string[] = [];
    for (const { name, marked } of registered) {
      const walk = (v: unknown): string =>
        isSecretValue(v) ? "" : typeof v === "object" && v !== null ? Object.values(v).map(walk).join() : String(v);
      if (/PLANTED|BEGIN OPENSSH/.test(walk(marked))) open.push(name);
    }
    expect(open).toEqual([]);
  });

  it("binds all that lives on the machine to the machine, so that a dead one can be destroyed", () => {
    const commands = registered.filter((r) => r.type.startsWith("command:remote:"));
    expect(commands.length).toBeGreaterThan(5);
    for (const { name } of commands) expect(String(options.get(name)?.deletedWith !== undefined), name).toBe("true");
  });

  it("takes the device off the tailnet by itself, bound to no machine", () => {
    const { inputs, name } = one("pulumi-nodejs:dynamic:Resource");
    expect(inputs.machineId).toBe("standby-droplet-id");
    expect(options.get(name)?.deletedWith).toBeUndefined();
  });

  it("does not rebuild the machine for a new key", () => {
    expect(options.get("standby-droplet")?.ignoreChanges).toEqual(["userData", "sshKeys"]);
    expect(one("tailscale:index/tailnetKey:TailnetKey").inputs.recreateIfInvalid).toBe("never");
  });

  it("has another OpenClaw check the configuration, and restarts what runs", () => {
    const { create } = one("command:remote:Command", "standby-gateway").inputs;
    expect(create).toContain("2026.9.6");
    expect(create).toContain("try-restart --no-block openclaw.service");
  });

  it("gives a machine of another image or region a tailnet key of its own", () => {
    const { image, region } = one("digitalocean:index/droplet:Droplet").inputs;
    const trigger = String(options.get("standby-key")?.replacementTrigger);
    expect(trigger).toContain(`${image} in ${region}`);
  });

  it("never lets a gateway listen beyond loopback", () => {
    const stdin = String(one("command:remote:Command", "standby-gateway").inputs.stdin);
    const files = JSON.parse(stdin) as Record<string, { content: string; mode: string }>;
    const config = JSON.parse(files["/home/openclaw/.openclaw/standby/open.json"]!.content) as {
      gateway: { bind: string };
    };
    expect(config.gateway.bind).toBe("loopback");
    expect(files["/home/openclaw/.openclaw/standby/secrets.json"]!.mode).toBe("0600");
  });
});
