import { describe, expect, test } from "vitest";
import { types as command } from "../../../sandbox/plugins/command.ts";
import { types as digitalOcean } from "../../../sandbox/plugins/digitalocean.ts";
import { provider, type ResourceType, unknown, type Values } from "../../../sandbox/plugins/plugin.ts";
import { types as random } from "../../../sandbox/plugins/random.ts";
import { types as tailscale } from "../../../sandbox/plugins/tailscale.ts";
import { types as tls } from "../../../sandbox/plugins/tls.ts";

const urn = (type: string) => `urn:pulumi:dev::openclaw-standby::openclaw-standby:infra:Machine$${type}::name`;
/** A secret as the engine sends it. */
const secret = (value: unknown) => ({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  value,
});

/** A type that keeps what it was told, and hands out a password. */
function safe(more: Partial<ResourceType> = {}) {
  const saw: Values[] = [];
  const type: ResourceType = {
    inputs: ["label", "code", "lock"],
    fields: { lock: ["kind", "turns"] },
    required: ["label"],
    replaceOn: ["lock"],
    secret: ["password"],
    create: async (inputs) => {
      saw.push(inputs);
      return { id: "safe-1", outputs: { password: "open", serial: 7, nothing: undefined } };
    },
    update: async (_id, _olds, news) => {
      saw.push(news);
      return { serial: 8 };
    },
    ...more,
  };
  return { saw, ...provider({ "test:index:Safe": type }, () => ({})) };
}
const of = urn("test:index:Safe");

describe("check", () => {
  test("refuses what the type does not know, by name, all at once", async () => {
    const { failures } = await safe().check!(of, {}, { lable: "a", lock: { kind: "dial", truns: 3 } });
    expect(failures).toEqual([
      { property: "lable", reason: 'test:index:Safe has no property "lable"' },
      { property: "lock.truns", reason: '"lock" of test:index:Safe has no property "truns"' },
      { property: "label", reason: '"label" is needed' },
    ]);
  });

  test("looks for strangers inside lists and secrets too", async () => {
    const check = async (lock: unknown) => (await safe().check!(of, {}, { label: "a", lock })).failures;
    expect(await check([{ kind: "dial" }, { kidn: "dial" }])).toMatchObject([{ property: "lock.kidn" }]);
    expect(await check(secret({ kidn: "dial" }))).toMatchObject([{ property: "lock.kidn" }]);
  });

  test("lets pass what is not known yet, and keeps secrets marked", async () => {
    const news = { label: unknown, lock: unknown, code: secret("1234") };
    expect(await safe().check!(of, {}, { ...news, __defaults: [] })).toEqual({ inputs: news, failures: [] });
  });

  test("says which types there are when asked for another", async () => {
    await expect(safe().check!(urn("test:index:Sofa"), {}, {})).rejects.toThrow(
      "no stand-in for test:index:Sofa; it has test:index:Safe",
    );
  });
});

describe("diff", () => {
  const before = { label: "a", lock: { kind: "dial" }, code: secret("1234"), serial: 7 };

  test.each([
    ["nothing, when only marks of secrecy differ", { ...before, code: "1234" }, false, []],
    ["an update", { ...before, label: "b" }, true, []],
    ["a replacement", { ...before, lock: { kind: "key" } }, true, ["lock"]],
    ["an update, when a value is not known yet", { ...before, label: unknown }, true, []],
    ["a replacement, when that value is not known yet", { ...before, lock: unknown }, true, ["lock"]],
    ["an update, when an input is taken away", { label: "a", lock: { kind: "dial" } }, true, []],
  ])("is %s", async (_, news, changes, replaces) => {
    expect(await safe().diff!("safe-1", of, before, news)).toEqual({ changes, replaces });
  });

  test("replaces what cannot be updated", async () => {
    const { update: _, ...fixed } = { ...random["random:index/randomPassword:RandomPassword"] };
    const { diff } = provider({ "random:index/randomPassword:RandomPassword": fixed }, () => ({}));
    const id = urn("random:index/randomPassword:RandomPassword");
    expect(await diff!("none", id, { length: 40 }, { length: 41 })).toEqual({ changes: true, replaces: ["length"] });
  });
});

describe("secrets", () => {
  test("are plain to the type, and secret again in what the engine gets", async () => {
    const { create, saw } = safe();
    const { outs } = await create!(of, { label: "a", code: secret("1234"), lock: { kind: secret("dial") } });
    expect(saw).toEqual([{ label: "a", code: "1234", lock: { kind: "dial" } }]);
    expect(outs).toEqual({
      label: "a",
      code: secret("1234"),
      lock: secret({ kind: "dial" }),
      password: secret("open"),
      serial: 7,
    });
  });

  test("stay secret through an update, also when the new value is not marked", async () => {
    const { update } = safe();
    const olds = { label: "a", code: secret("1234"), password: secret("open"), serial: 7 };
    const { outs } = await update!("safe-1", of, olds, { label: "b", code: secret("99") });
    expect(outs).toEqual({ label: "b", code: secret("99"), password: secret("open"), serial: 8 });
  });

  test("stay secret through a refresh", async () => {
    const { read } = safe({ read: async () => ({ serial: 9 }) });
    const props = { label: "a", code: secret("1234"), serial: 7 };
    const { props: now, inputs } = await read!("safe-1", of, props);
    expect(now).toEqual({ label: "a", code: secret("1234"), serial: 9 });
    expect(inputs).toEqual({ label: "a", code: secret("1234") });
  });

  test.each([
    ["a private key", tls, "tls:index/privateKey:PrivateKey", { algorithm: "ED25519" }, "privateKeyOpenssh"],
    ["a password", random, "random:index/randomPassword:RandomPassword", { length: 40, special: false }, "result"],
  ])("%s is one by its nature", async (_, types, type, inputs, output) => {
    const { outs } = await provider(types, () => ({})).create!(urn(type), inputs);
    expect(outs[output]).toEqual(secret(expect.any(String)));
  });
});

test("a thing that is gone is gone from the state after a refresh", async () => {
  const { read } = safe({ read: async () => undefined });
  expect(await read!("safe-1", of, { label: "a" })).toEqual({ id: "", props: {} });
});

test("a password has the length and the letters that were asked for", async () => {
  const { create } = random["random:index/randomPassword:RandomPassword"];
  const { outputs } = await create({ length: 40, special: false }, {});
  expect(outputs.result).toMatch(/^[A-Za-z0-9]{40}$/);
});

test("an SSH key pair is one, as OpenSSH writes it", async () => {
  const { outputs } = await tls["tls:index/privateKey:PrivateKey"].create({ algorithm: "ED25519" }, {});
  expect(outputs.publicKeyOpenssh).toMatch(/^ssh-ed25519 AAAA\S+\n$/);
  expect(outputs.privateKeyOpenssh).toMatch(/^-----BEGIN OPENSSH PRIVATE KEY-----\n/);
  expect(outputs.publicKeyFingerprintSha256).toMatch(/^SHA256:\S{43}$/);
});

test.each([
  ["a droplet", digitalOcean, "digitalocean:index/droplet:Droplet", "ipv6"],
  ["a firewall", digitalOcean, "digitalocean:index/firewall:Firewall", "inboundRule"],
  ["a firewall's rule", digitalOcean, "digitalocean:index/firewall:Firewall", "inboundRules.sourceTags"],
  ["an auth key", tailscale, "tailscale:index/tailnetKey:TailnetKey", "expires"],
  ["a command", command, "command:remote:Command", "environment"],
  ["a connection", command, "command:remote:Command", "connection.hostkey"],
])("%s has no silent typos: %s %s %s", async (_, types, type, property) => {
  const [name = "", inner] = property.split(".");
  const news = { [name]: inner ? { [inner]: "x" } : "x" };
  const { failures } = await provider(types, () => ({})).check!(urn(type), {}, news);
  expect(failures?.map((f) => f.property)).toContain(property);
});
