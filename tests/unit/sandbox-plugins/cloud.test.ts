/** The stand-ins that speak to APIs, against the sandbox's own. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { types as digitalOcean } from "../../../sandbox/plugins/digitalocean.ts";
import type { Config } from "../../../sandbox/plugins/plugin.ts";
import { types as tailscale } from "../../../sandbox/plugins/tailscale.ts";
import { digitalOceanToken, openCloud, type TestCloud, tailscaleApiKey } from "../sandbox-cloud/cloud.ts";
import { type FakeHeadscale, openHeadscale } from "../sandbox-cloud/headscale.ts";

let headscale: FakeHeadscale;
let cloud: TestCloud;
let config: Config;
beforeEach(async () => {
  headscale = await openHeadscale();
  cloud = await openCloud(headscale.config);
  config = { apiEndpoint: cloud.url, token: digitalOceanToken, baseUrl: `${cloud.url}/`, apiKey: tailscaleApiKey };
});
afterEach(async () => {
  await cloud.close();
  await headscale.close();
});

describe("a droplet", () => {
  const type = digitalOcean["digitalocean:index/droplet:Droplet"];
  const inputs = { name: "standby", region: "nyc3", size: "s-1vcpu-2gb", image: "debian-13-x64", tags: ["a", "b"] };

  test("is there when its address is known, and gone when its API says so", async () => {
    const { id, outputs } = await type.create(inputs, config);
    expect(outputs).toMatchObject({ ipv4Address: "198.51.100.100", status: "active", priceMonthly: 12 });
    expect(await type.read!(id, {}, config)).toEqual(outputs);
    await type.delete!(id, {}, config);
    expect(cloud.state.droplets).toEqual([]);
    expect(await type.read!(id, {}, config)).toBeUndefined();
    await type.delete!(id, {}, config); // a second time is no error
  });

  test("that cannot be made is an error at once, and leaves nothing behind", async () => {
    const said = vi.spyOn(console, "error").mockImplementation(() => {});
    cloud.machines.create = () => Promise.reject(new Error("no disk left"));
    await expect(type.create(inputs, config)).rejects.toThrow(/^creation of droplet \d+ failed$/);
    expect(cloud.state.droplets).toEqual([]);
    said.mockRestore();
  });

  test("takes a new name, another size and other tags without being made anew", async () => {
    const { id } = await type.create(inputs, config);
    const news = { ...inputs, name: "other", size: "s-2vcpu-4gb", tags: ["b", "c"] };
    expect(await type.update!(id, inputs, news, config)).toMatchObject({ name: "other", memory: 4096 });
    expect(cloud.state.droplets[0]?.tags).toEqual(["b", "c"]);
    expect(cloud.machines.told.filter((line) => line.startsWith("create"))).toHaveLength(1);
  });
});

test("a firewall, a tag and a key are made, changed, read and deleted", async () => {
  const made: [type: keyof typeof digitalOcean, inputs: object, news: object][] = [
    ["digitalocean:index/tag:Tag", { name: "standby" }, { name: "standby" }],
    [
      "digitalocean:index/sshKey:SshKey",
      { name: "k", publicKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA" },
      { name: "l" },
    ],
    [
      "digitalocean:index/firewall:Firewall",
      { name: "fw", tags: ["standby"], outboundRules: [{ protocol: "icmp", destinationAddresses: ["0.0.0.0/0"] }] },
      { name: "fw", inboundRules: [{ protocol: "tcp", portRange: "22", sourceAddresses: ["203.0.113.0/24"] }] },
    ],
  ];
  const ids: string[] = [];
  for (const [name, inputs, news] of made) {
    const { id, outputs } = await digitalOcean[name].create({ ...inputs }, config);
    await digitalOcean[name].update?.(id, { ...inputs, ...outputs }, { ...news }, config);
    expect(await digitalOcean[name].read!(id, { ...news }, config)).toEqual(news);
    ids.push(id);
  }
  expect(cloud.state).toMatchObject({
    tags: ["standby"],
    sshKeys: [{ name: "l" }],
    firewalls: [{ tags: [], inbound: [{ ports: "22" }], outbound: [] }],
  });
  for (const [index, [name]] of made.entries()) {
    await digitalOcean[name].delete!(ids[index]!, {}, config);
    expect(await digitalOcean[name].read!(ids[index]!, {}, config)).toBeUndefined();
  }
});

test("a change of something that is gone is an error, not a silence", async () => {
  const type = digitalOcean["digitalocean:index/sshKey:SshKey"];
  await expect(type.update!("1", {}, { name: "x" }, config)).rejects.toThrow(/PUT .*\/account\/keys\/1: 404/);
});

test("an API that refuses is an error with what it said, and never with the token", async () => {
  const wrong = { ...config, token: "dop_v1_wrong" };
  const refused = digitalOcean["digitalocean:index/tag:Tag"].create({ name: "a" }, wrong);
  await expect(refused).rejects.toThrow(/POST .*\/v2\/tags: 401 .*Unable to authenticate you/);
  await expect(refused).rejects.not.toThrow(/dop_v1_wrong/);
});

test.each([
  ["digitalocean:token", () => digitalOcean["digitalocean:index/tag:Tag"].create({ name: "a" }, {})],
  ["tailscale:apiKey", () => tailscale["tailscale:index/tailnetKey:TailnetKey"].create({}, {})],
])("without %s the error says how to set it", async (key, create) => {
  await expect(create()).rejects.toThrow(`${key} is not set for this stack: \`pulumi config set --secret ${key}\``);
});

describe("an auth key", () => {
  const type = tailscale["tailscale:index/tailnetKey:TailnetKey"];
  const inputs = { description: "standby", tags: ["tag:standby"], expiry: 1800, preauthorized: true };

  test("is made for one use", async () => {
    const { id, outputs } = await type.create(inputs, config);
    expect([id, outputs.key]).toEqual(["k1CNTRL", headscale.keys[0]?.key]);
    expect(headscale.keys[0]).toMatchObject({ reusable: false, ephemeral: false, aclTags: ["tag:standby"] });
  });

  test.each([
    ["never", false, { invalid: true }],
    ["always", false, undefined],
    [undefined, false, { invalid: true }],
    [undefined, true, undefined],
  ])("that is revoked, recreateIfInvalid %s, reusable %s: %j", async (recreateIfInvalid, reusable, expected) => {
    const { id } = await type.create({ ...inputs, reusable }, config);
    await type.delete!(id, {}, config);
    expect(await type.read!(id, { recreateIfInvalid, reusable }, config)).toEqual(expected);
    await type.delete!(id, {}, config); // a second time is no error
  });
});
