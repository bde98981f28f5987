import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { begin } from "../../../sandbox/cloud/digitalocean/actions.ts";
import type { Cloud } from "../../../sandbox/cloud/digitalocean/cloud.ts";
import { openState } from "../../../sandbox/cloud/state.ts";
import { openCloud, type TestCloud } from "./cloud.ts";

const publicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGQ2yv0vYV1bQm9eI7Yl8h0cE8kq3Yl0t2m0m3Zr4m1x owner";
const wanted = { name: "standby", region: "nyc3", size: "s-1vcpu-2gb", image: "debian-13-x64" };
const ssh = { protocol: "tcp", ports: "22", sources: { addresses: ["203.0.113.0/24"] } };
const anyTcp = { protocol: "tcp", ports: "all", destinations: { addresses: ["0.0.0.0/0", "::/0"] } };

let cloud: TestCloud;
beforeEach(async () => {
  cloud = await openCloud();
});
afterEach(() => cloud.close());

const makeDroplet = async (more: object = {}): Promise<number> =>
  (await cloud.ask("POST", "/v2/droplets", { ...wanted, ...more })).body.droplet.id;
const statusOf = async (id: number) => (await cloud.ask("GET", `/v2/droplets/${id}`)).body.droplet.status;

/** From here on machines take their time, until the function that this returns is called. */
function busy(): (error?: Error) => void {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  cloud.machines.takes = promise;
  return (error) => (error ? reject(error) : resolve());
}

describe("who may come in", () => {
  test.each([
    ["nobody", {}],
    ["a wrong token", { authorization: "Bearer dop_v1_wrong" }],
    ["the right token in the wrong way", { authorization: "Basic dop_v1_sandbox" }],
  ])("not %s", async (_, headers: Record<string, string>) => {
    const { status, body } = await cloud.ask("GET", "/v2/account", undefined, headers);
    expect([status, body]).toEqual([401, { id: "Unauthorized", message: "Unable to authenticate you" }]);
  });

  test("a wrong token learns nothing of what is there, or of what is wrong with the body", async () => {
    const headers = { authorization: "Bearer no" };
    expect((await cloud.ask("GET", "/v2/nonsense", undefined, headers)).status).toBe(401);
    expect((await cloud.ask("POST", "/v2/tags", "{", headers)).status).toBe(401);
    expect(cloud.log).toEqual(["GET /v2/nonsense 401", "POST /v2/tags 401"]);
  });
});

describe("what is not understood", () => {
  test("a body that is no JSON object is a bad request", async () => {
    for (const body of ["{", "[]", '"text"']) {
      const answer = await cloud.ask("POST", "/v2/droplets", body);
      expect([answer.status, answer.body.id]).toEqual([400, "bad_request"]);
    }
  });

  test.each(["/v2/nonsense", "/v2/droplets/1", "/v2/actions/1", "/v2/tags/none", "/v2/firewalls/none"])(
    "%s is not found",
    async (path) => {
      const { status, body } = await cloud.ask("GET", path);
      expect([status, body.id]).toEqual([404, "not_found"]);
    },
  );

  test("a name that is not UTF-8 is a bad request, and an address of no API is nobody's", async () => {
    expect((await cloud.ask("GET", "/v2/tags/%ff")).status).toBe(400);
    expect((await cloud.ask("GET", "/elsewhere")).status).toBe(404);
    expect((await cloud.ask("GET", "/v2")).status).toBe(404);
  });
});

describe("a droplet", () => {
  test("is new and locked, without an address, until its machine runs", async () => {
    const done = busy();
    const { status, body } = await cloud.ask("POST", "/v2/droplets", wanted);
    expect(status).toBe(202);
    expect(body.droplet).toMatchObject({
      ...wanted,
      size: { slug: wanted.size },
      image: { slug: wanted.image },
      region: { slug: wanted.region },
      status: "new",
      locked: true,
      networks: { v4: [] },
    });
    const href = body.links.actions[0]!.href;
    expect((await cloud.ask("GET", href)).body.action).toMatchObject({ status: "in-progress", completed_at: null });
    done();
    const { droplet } = (await cloud.ask("GET", `/v2/droplets/${body.droplet.id}`)).body;
    expect(droplet).toMatchObject({ status: "active", locked: false });
    expect(droplet.networks.v4).toMatchObject([{ ip_address: "198.51.100.100", type: "public" }]);
    expect((await cloud.ask("GET", href)).body.action).toMatchObject({ type: "create", status: "completed" });
  });

  test("is behind its firewalls before its first second", async () => {
    const id = await makeDroplet();
    expect(cloud.machines.told).toEqual([`create d${id} as standby`, "enforce", `start d${id}`]);
  });

  test("that cannot be made stays new, with an action that says so, and can be deleted", async () => {
    const said = vi.spyOn(console, "error").mockImplementation(() => {});
    const done = busy();
    const id = await makeDroplet();
    done(new Error("no disk left"));
    const { actions } = (await cloud.ask("GET", `/v2/droplets/${id}/actions`)).body;
    expect(actions).toMatchObject([{ type: "create", status: "errored" }]);
    expect(await statusOf(id)).toBe("new");
    expect(said).toHaveBeenCalledWith(expect.stringContaining("no disk left"));
    said.mockRestore();
    cloud.machines.takes = Promise.resolve();
    expect((await cloud.ask("DELETE", `/v2/droplets/${id}`)).status).toBe(204);
  });

  test("takes the keys of the account by fingerprint and by id", async () => {
    const { id, fingerprint } = (await cloud.ask("POST", "/v2/account/keys", { name: "k", public_key: publicKey })).body
      .ssh_key;
    await makeDroplet({ ssh_keys: [fingerprint, id] });
    expect(cloud.machines.told[0]).toMatch(`${publicKey} ${publicKey}`);
  });

  test("is not there any more once it is deleted", async () => {
    const id = await makeDroplet();
    expect(await cloud.ask("DELETE", `/v2/droplets/${id}`)).toEqual({ status: 204, body: undefined });
    expect((await cloud.ask("GET", `/v2/droplets/${id}`)).status).toBe(404);
    expect((await cloud.ask("DELETE", `/v2/droplets/${id}`)).status).toBe(404);
    expect((await cloud.ask("GET", "/v2/droplets")).body).toEqual({ droplets: [], links: {}, meta: { total: 0 } });
  });

  test.each([
    ["name", { name: "a b" }],
    ["name", { name: undefined }],
    ["region", { region: "mars1" }],
    ["size", { size: "s-1vcpu-2tb" }],
    ["size", { size: "constructor" }],
    ["image", { image: "debian-1-x64" }],
    ["ssh_keys", { ssh_keys: ["00:11"] }],
    ["tags", { tags: ["no spaces"] }],
    ["user data", { user_data: "x".repeat(64 * 1024 + 1) }],
  ])("with a bad %s is refused, and nothing is made", async (_, wrong) => {
    const { status, body } = await cloud.ask("POST", "/v2/droplets", { ...wanted, ...wrong });
    expect([status, body.id]).toEqual([422, "unprocessable_entity"]);
    expect([cloud.state.droplets, cloud.machines.told]).toEqual([[], []]);
  });

  test("is refused when no address is left", async () => {
    for (let i = 0; i < 3; i++) await makeDroplet();
    expect((await cloud.ask("POST", "/v2/droplets", wanted)).status).toBe(422);
  });
});

describe("an action", () => {
  test("is taken at once, and done later", async () => {
    const id = await makeDroplet();
    const done = busy();
    const { status, body } = await cloud.ask("POST", `/v2/droplets/${id}/actions`, { type: "power_off" });
    expect([status, body.action]).toEqual([
      201,
      expect.objectContaining({ type: "power_off", status: "in-progress", resource_id: id, region_slug: "nyc3" }),
    ]);
    expect(await statusOf(id)).toBe("active");
    done();
    expect((await cloud.ask("GET", `/v2/droplets/${id}/actions/${body.action.id}`)).body.action.status).toBe(
      "completed",
    );
    expect(await statusOf(id)).toBe("off");
  });

  test("keeps its droplet from every other, and from being deleted", async () => {
    const done = busy();
    const id = await makeDroplet();
    const pending = { id: "unprocessable_entity", message: "Droplet already has a pending event." };
    expect(await cloud.ask("DELETE", `/v2/droplets/${id}`)).toEqual({ status: 422, body: pending });
    const again = await cloud.ask("POST", `/v2/droplets/${id}/actions`, { type: "reboot" });
    expect(again).toEqual({ status: 422, body: pending });
    done();
    expect((await cloud.ask("DELETE", `/v2/droplets/${id}`)).status).toBe(204);
  });

  test("renames, resizes once it is off, powers on and reboots", async () => {
    const id = await makeDroplet();
    const act = async (body: object) => (await cloud.ask("POST", `/v2/droplets/${id}/actions`, body)).status;
    expect(await act({ type: "resize", size: "s-2vcpu-4gb" })).toBe(422);
    expect(await act({ type: "power_off" })).toBe(201);
    expect(await act({ type: "resize", size: "s-2vcpu-4gb" })).toBe(201);
    expect(await act({ type: "power_on" })).toBe(201);
    expect(await act({ type: "rename", name: "other" })).toBe(201);
    expect(await act({ type: "reboot" })).toBe(201);
    const { droplet } = (await cloud.ask("GET", `/v2/droplets/${id}`)).body;
    expect(droplet).toMatchObject({ name: "other", size_slug: "s-2vcpu-4gb", memory: 4096, status: "active" });
    expect(cloud.machines.told.slice(3)).toEqual([`power off d${id}`, `start d${id}`, `reboot d${id}`]);
  });

  test.each([
    { type: "explode" },
    { type: "constructor" },
    {},
    { type: "rename", name: "a b" },
    { type: "resize", size: "huge" },
  ])("%j is refused", async (body) => {
    const id = await makeDroplet();
    expect((await cloud.ask("POST", `/v2/droplets/${id}/actions`, body)).status).toBe(422);
  });

  test("is looked up under its own droplet only", async () => {
    const [one, other] = [await makeDroplet(), await makeDroplet()];
    const { id } = (await cloud.ask("POST", `/v2/droplets/${one}/actions`, { type: "reboot" })).body.action;
    expect((await cloud.ask("GET", `/v2/droplets/${other}/actions/${id}`)).status).toBe(404);
  });
});

describe("a key", () => {
  const create = (body: object) => cloud.ask("POST", "/v2/account/keys", body);

  test("is made, renamed, found by id and by fingerprint, and deleted", async () => {
    const { status, body } = await create({ name: "one", public_key: publicKey });
    expect([status, body.ssh_key.fingerprint]).toEqual([201, expect.stringMatching(/^([0-9a-f]{2}:){15}[0-9a-f]{2}$/)]);
    const path = `/v2/account/keys/${body.ssh_key.id}`;
    expect((await cloud.ask("PUT", path, { name: "two" })).body.ssh_key.name).toBe("two");
    expect((await cloud.ask("GET", `/v2/account/keys/${body.ssh_key.fingerprint}`)).body.ssh_key.name).toBe("two");
    expect((await cloud.ask("DELETE", path)).status).toBe(204);
    expect((await cloud.ask("GET", path)).status).toBe(404);
  });

  test("is refused when it is none, has no name, or is there already", async () => {
    expect((await create({ name: "k", public_key: "not a key" })).status).toBe(422);
    expect((await create({ public_key: publicKey })).status).toBe(422);
    await create({ name: "k", public_key: publicKey });
    expect((await create({ name: "other", public_key: publicKey })).body.message).toMatch(/already in use/);
  });
});

describe("a list", () => {
  const list = async (query: string) => (await cloud.ask("GET", `/v2/account/keys${query}`)).body;

  beforeEach(() => {
    for (let id = 1; id <= 45; id++) cloud.state.sshKeys.push({ id, name: `k${id}`, publicKey, fingerprint: `${id}` });
  });

  test("comes in pages of twenty, with addresses of the pages around it", async () => {
    const { ssh_keys, links, meta } = await list("?page=2");
    expect([ssh_keys.length, ssh_keys[0]?.id, meta]).toEqual([20, 21, { total: 45 }]);
    const at = (page: number) => `${cloud.url}/v2/account/keys?page=${page}&per_page=20`;
    expect(links.pages).toEqual({ first: at(1), prev: at(1), next: at(3), last: at(3) });
  });

  test("is walked to its end by its links", async () => {
    const seen: number[] = [];
    for (let path: string | undefined = "/v2/account/keys?per_page=7"; path; ) {
      const { body } = await cloud.ask("GET", path);
      seen.push(...body.ssh_keys.map((k) => k.id));
      path = body.links.pages?.next?.slice(cloud.url.length);
    }
    expect(seen).toEqual(Array.from({ length: 45 }, (_, i) => i + 1));
  });

  test.each([
    ["?per_page=200", 45],
    ["?per_page=0", 20],
    ["?per_page=-3&page=-1", 1],
    ["?page=x", 20],
    ["?page=9", 0],
  ])("%s has %i entries", async (query, length) => {
    expect((await list(query)).ssh_keys).toHaveLength(length);
  });

  test("of droplets can be one tag's, and its links still are", async () => {
    await makeDroplet({ tags: ["a"] });
    await makeDroplet({ tags: ["a"] });
    await makeDroplet({ tags: ["b"] });
    const { body } = await cloud.ask("GET", "/v2/droplets?tag_name=a&per_page=1");
    expect([body.meta.total, body.links.pages.next]).toEqual([2, expect.stringContaining("tag_name=a")]);
  });
});

describe("a tag", () => {
  test("is made once, counts its droplets, and leaves them when it is deleted", async () => {
    expect((await cloud.ask("POST", "/v2/tags", { name: "standby:a" })).status).toBe(201);
    expect((await cloud.ask("POST", "/v2/tags", { name: "standby:a" })).status).toBe(201);
    expect(cloud.state.tags).toEqual(["standby:a"]);
    const id = await makeDroplet({ tags: ["standby:a"] });
    expect((await cloud.ask("GET", "/v2/tags/standby%3Aa")).body.tag.resources.droplets.count).toBe(1);
    expect((await cloud.ask("DELETE", "/v2/tags/standby:a")).status).toBe(204);
    expect((await cloud.ask("GET", `/v2/droplets/${id}`)).body.droplet.tags).toEqual([]);
    expect((await cloud.ask("GET", "/v2/tags/standby:a")).status).toBe(404);
  });

  test("of a droplet is made with it", async () => {
    await makeDroplet({ tags: ["fresh"] });
    expect((await cloud.ask("GET", "/v2/tags/fresh")).status).toBe(200);
  });

  test("is put on droplets and taken off, and their firewalls with it", async () => {
    const id = await makeDroplet();
    await cloud.ask("POST", "/v2/tags", { name: "web" });
    await cloud.ask("POST", "/v2/firewalls", { name: "web", tags: ["web"], inbound_rules: [ssh] });
    const resources = [{ resource_id: String(id), resource_type: "droplet" }];
    expect((await cloud.ask("POST", "/v2/tags/web/resources", { resources })).status).toBe(204);
    expect(cloud.machines.guarded).toMatchObject([{ machine: `d${id}` }]);
    expect((await cloud.ask("DELETE", "/v2/tags/web/resources", { resources })).status).toBe(204);
    expect(cloud.machines.guarded).toEqual([]);
    const none = { resources: [{ resource_id: "1", resource_type: "droplet" }] };
    expect((await cloud.ask("POST", "/v2/tags/web/resources", none)).status).toBe(422);
  });

  test.each(["", "two words", "ü"])("called %j is refused", async (name) => {
    expect((await cloud.ask("POST", "/v2/tags", { name })).status).toBe(422);
  });
});

describe("a firewall", () => {
  const create = (body: object) => cloud.ask("POST", "/v2/firewalls", { name: "fw", inbound_rules: [ssh], ...body });

  test("is made, read, changed as a whole, and deleted", async () => {
    const { status, body } = await create({ outbound_rules: [anyTcp] });
    expect([status, body.firewall]).toEqual([
      202,
      expect.objectContaining({ name: "fw", status: "succeeded", inbound_rules: [ssh], pending_changes: [] }),
    ]);
    const path = `/v2/firewalls/${body.firewall.id}`;
    expect((await cloud.ask("GET", path)).body).toEqual(body);
    const changed = await cloud.ask("PUT", path, { name: "fw", outbound_rules: [anyTcp] });
    expect([changed.status, changed.body.firewall.inbound_rules]).toEqual([200, []]);
    expect((await cloud.ask("DELETE", path)).status).toBe(204);
    expect((await cloud.ask("GET", path)).status).toBe(404);
    expect((await cloud.ask("PUT", path, {})).status).toBe(404);
  });

  test('says "0" where all ports are meant, as DigitalOcean does', async () => {
    const ping = { protocol: "icmp", sources: { addresses: ["0.0.0.0/0"] } };
    const { firewall } = (await create({ inbound_rules: [ping], outbound_rules: [anyTcp] })).body;
    expect([firewall.inbound_rules[0]?.ports, firewall.outbound_rules[0]?.ports]).toEqual(["0", "0"]);
  });

  test("holds for the droplets of its tag and those it names, and for no other", async () => {
    const [tagged, named] = [await makeDroplet({ tags: ["web"] }), await makeDroplet()];
    await makeDroplet();
    await create({ tags: ["web"], droplet_ids: [named], outbound_rules: [anyTcp] });
    const rules = {
      inbound: [{ protocol: "tcp", ports: "22", peers: ["203.0.113.0/24"] }],
      outbound: [{ protocol: "tcp", ports: "0", peers: ["0.0.0.0/0"] }],
    };
    expect(cloud.machines.guarded).toEqual([
      { machine: `d${tagged}`, ...rules },
      { machine: `d${named}`, ...rules },
    ]);
  });

  test("lets in droplets by tag and by id, as they come and go", async () => {
    const [web, friend] = [await makeDroplet({ tags: ["web"] }), await makeDroplet({ tags: ["friends"] })];
    const from = (sources: object) => ({ inbound_rules: [{ ...ssh, sources }], tags: ["web"] });
    const { id } = (await create(from({ tags: ["friends"] }))).body.firewall;
    expect(cloud.machines.guarded[0]?.inbound[0]?.peers).toEqual(["198.51.100.101"]);
    await cloud.ask("PUT", `/v2/firewalls/${id}`, { name: "fw", ...from({ droplet_ids: [friend, web] }) });
    expect(cloud.machines.guarded[0]?.inbound[0]?.peers).toEqual(["198.51.100.100", "198.51.100.101"]);
    await cloud.ask("DELETE", `/v2/droplets/${friend}`);
    expect(cloud.machines.guarded[0]?.inbound[0]?.peers).toEqual(["198.51.100.100"]);
  });

  const rule = (change: object) => ({ inbound_rules: [{ ...ssh, ...change }] });
  test.each([
    ["without a name", { name: "" }],
    ["without a rule", { inbound_rules: [] }],
    ["with a tag that is not there", { tags: ["none"] }],
    ["with a droplet that is not there", { droplet_ids: [1] }],
    ["with an unknown protocol", rule({ protocol: "sctp" })],
    ["without ports", rule({ ports: undefined })],
    ["with ports the wrong way round", rule({ ports: "90-80" })],
    ["with a port that is too high", rule({ ports: "70000" })],
    ["with sources that are a list", rule({ sources: [{ addresses: ["203.0.113.1"] }] })],
    ["without sources", rule({ sources: undefined })],
    ["with sources that are empty", rule({ sources: { addresses: [] } })],
    ["with an address that is none", rule({ sources: { addresses: ["203.0.113.1; flush ruleset"] } })],
    ["with a prefix that is too long", rule({ sources: { addresses: ["203.0.113.0/33"] } })],
    ["with a load balancer, which the sandbox has not", rule({ sources: { load_balancer_uids: ["x"] } })],
  ])("%s is refused, and nothing changes", async (_, wrong) => {
    const { status, body } = await create(wrong);
    expect([status, body.id]).toEqual([422, "unprocessable_entity"]);
    expect([cloud.state.firewalls, cloud.machines.told]).toEqual([[], []]);
  });

  test("of a name that is taken is a conflict, but may keep its own", async () => {
    const { id } = (await create({})).body.firewall;
    expect((await create({})).status).toBe(409);
    expect((await cloud.ask("PUT", `/v2/firewalls/${id}`, { name: "fw", inbound_rules: [ssh] })).status).toBe(200);
  });
});

test("what the cloud knows outlives its daemon; an action it was in the middle of has failed", async () => {
  const dir = await mkdtemp(join(tmpdir(), "cloud-state-"));
  try {
    const before = openState(join(dir, "state.json"));
    const droplet = { id: 7, region: "nyc3" } as Parameters<typeof begin>[2];
    const half = { ...before, nextId: () => 8 } as unknown as Cloud;
    begin(half, "create", droplet, () => new Promise(() => {}));
    const after = openState(join(dir, "state.json")).state;
    expect(after.actions).toMatchObject([{ id: 8, resourceId: 7, status: "errored" }]);
  } finally {
    await rm(dir, { recursive: true });
  }
});

test("what is for sale has prices and ids", async () => {
  const { sizes } = (await cloud.ask("GET", "/v2/sizes")).body;
  expect(sizes.find((s) => s.slug === wanted.size)).toMatchObject({
    price_monthly: 12,
    memory: 2048,
  });
  const { images } = (await cloud.ask("GET", "/v2/images")).body;
  expect((await cloud.ask("POST", "/v2/droplets", { ...wanted, image: images[0]?.id })).status).toBe(202);
});
