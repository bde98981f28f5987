import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { oauth, openCloud, type TestCloud, tailscaleApiKey } from "./cloud.ts";
import { type FakeHeadscale, openHeadscale } from "./headscale.ts";

const basic = (user: string, password = "") => `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
const create = { reusable: false, ephemeral: false, preauthorized: true, tags: ["tag:standby"] };
const wanted = { capabilities: { devices: { create } }, description: "openclaw-standby standby", expirySeconds: 1800 };

let cloud: TestCloud;
let headscale: FakeHeadscale;
let as: string;
beforeEach(async () => {
  headscale = await openHeadscale();
  cloud = await openCloud(headscale.config);
  as = basic(tailscaleApiKey);
});
afterEach(async () => {
  await cloud.close();
  await headscale.close();
});

const ask = (method: string, path: string, body?: unknown) =>
  cloud.ask(method, `/api/v2${path}`, body, { authorization: as });
const createKey = (body: object = wanted) => ask("POST", "/tailnet/-/keys", body);
const join = async (hostname: string, online = true) => headscale.join(hostname, (await createKey()).body.key, online);

describe("who may come in", () => {
  test.each([
    ["nobody", {}],
    ["a wrong key", { authorization: basic("tskey-api-wrong") }],
    ["a wrong bearer", { authorization: "Bearer tskey-api-wrong" }],
    ["an empty bearer", { authorization: "Bearer " }],
  ])("not %s", async (_, headers: Record<string, string>) => {
    const answer = await cloud.ask("GET", "/api/v2/tailnet/-/devices", undefined, headers);
    expect(answer).toEqual({ status: 401, body: { message: "API token invalid" } });
  });

  test.each([basic(tailscaleApiKey), `Bearer ${tailscaleApiKey}`])("%s", async (header) => {
    as = header;
    expect((await ask("GET", "/tailnet/-/devices")).status).toBe(200);
  });

  test.each([
    ["in the body", {}, new URLSearchParams({ client_id: oauth.clientId, client_secret: oauth.clientSecret })],
    [
      "in the header",
      { authorization: basic(oauth.clientId, oauth.clientSecret) },
      new URLSearchParams({ grant_type: "client_credentials" }),
    ],
  ])("an OAuth client that says its secret %s, with the token that it gets", async (_, headers, form) => {
    const type = { "content-type": "application/x-www-form-urlencoded" };
    const { status, body } = await cloud.ask("POST", "/api/v2/oauth/token", form.toString(), { ...headers, ...type });
    expect([status, body.token_type, body.expires_in]).toEqual([200, "Bearer", 3600]);
    as = `Bearer ${body.access_token}`;
    expect((await ask("GET", "/tailnet/-/devices")).status).toBe(200);
    const untagged = await createKey({ capabilities: { devices: {} } });
    expect([untagged.status, untagged.body.message]).toEqual([400, expect.stringContaining("must have tags")]);
  });

  test("not an OAuth client with a wrong secret", async () => {
    const answer = await ask("POST", "/oauth/token", { client_id: oauth.clientId, client_secret: "wrong" });
    expect(answer.status).toBe(401);
  });
});

describe("an auth key", () => {
  test("is made in headscale, with its secret told once", async () => {
    const { status, body } = await createKey();
    expect([status, body]).toEqual([
      200,
      expect.objectContaining({ id: "k1CNTRL", key: headscale.keys[0]?.key, keyType: "auth", expirySeconds: 1800 }),
    ]);
    expect(headscale.keys[0]).toMatchObject({ reusable: false, aclTags: ["tag:standby"], user: "1" });
    const again = (await ask("GET", "/tailnet/-/keys/k1CNTRL")).body;
    expect(again).toEqual({ ...body, key: undefined });
    expect((await ask("GET", "/tailnet/example.com/keys")).body).toEqual({ keys: [{ id: "k1CNTRL" }] });
  });

  test("lasts 90 days unless told otherwise, also for the official client, which says 0 then", async () => {
    for (const expirySeconds of [undefined, 0]) {
      const { body } = await createKey({ capabilities: { devices: { create: { tags: null } } }, expirySeconds });
      expect(body.expirySeconds).toBe(90 * 86_400);
    }
  });

  test("is of no use once it has let a machine in, unless it is reusable", async () => {
    await join("standby");
    expect((await ask("GET", "/tailnet/-/keys/k1CNTRL")).body.invalid).toBe(true);
    const { body } = await createKey({ capabilities: { devices: { create: { ...create, reusable: true } } } });
    headscale.join("other", body.key);
    expect((await ask("GET", `/tailnet/-/keys/${body.id}`)).body.invalid).toBe(false);
  });

  test("that is deleted lets nobody in, is not listed, and can be looked at as revoked", async () => {
    await createKey();
    expect((await ask("DELETE", "/tailnet/-/keys/k1CNTRL")).status).toBe(200);
    expect(Date.parse(headscale.keys[0]!.expiration)).toBeLessThanOrEqual(Date.now());
    expect((await ask("GET", "/tailnet/-/keys")).body).toEqual({ keys: [] });
    const { status, body } = await ask("GET", "/tailnet/-/keys/k1CNTRL");
    expect([status, body.invalid, body.revoked]).toEqual([200, true, expect.stringMatching(/Z$/)]);
    expect((await ask("DELETE", "/tailnet/-/keys/k1CNTRL")).status).toBe(404);
  });

  const device = (change: object) => ({ ...wanted, capabilities: { devices: { create: { ...create, ...change } } } });
  test.each([
    ["capabilities", { description: "none" }],
    ["a tag", device({ tags: ["standby"] })],
    ["an expiry of 91 days", { ...wanted, expirySeconds: 91 * 86_400 }],
    ["an expiry that is over", { ...wanted, expirySeconds: -1 }],
    ["a description with a dot", { ...wanted, description: "standby.example" }],
    ["a description of 51 letters", { ...wanted, description: "x".repeat(51) }],
  ])("with bad %s is refused with a message", async (_, body) => {
    const answer = await createKey(body);
    expect(answer).toEqual({ status: 400, body: { message: expect.any(String) } });
    expect(headscale.keys).toEqual([]);
  });
});

describe("a device", () => {
  test("is listed with its tags, its names and both its ids", async () => {
    await join("standby");
    const { devices } = (await ask("GET", "/tailnet/-/devices")).body;
    expect(devices).toEqual([
      expect.objectContaining({
        id: "1",
        nodeId: "n1CNTRL",
        name: "standby.tailnet.internal",
        hostname: "standby",
        addresses: ["100.64.0.1", "fd7a:115c:a1e0::1"],
        tags: ["tag:standby"],
        authorized: true,
        keyExpiryDisabled: true,
      }),
    ]);
    for (const id of ["1", "n1CNTRL"]) expect((await ask("GET", `/device/${id}`)).body).toEqual(devices[0]);
  });

  test("was last seen only when it is not here", async () => {
    await join("here");
    await join("away", false);
    const { devices } = (await ask("GET", "/tailnet/-/devices")).body;
    expect(devices[0]).toMatchObject({ connectedToControl: true });
    expect(devices[0]).not.toHaveProperty("lastSeen");
    expect(devices[1]).toMatchObject({ connectedToControl: false, lastSeen: "2026-11-24T03:00:00Z" });
  });

  test("has its routes only among all fields", async () => {
    await join("standby");
    expect((await ask("GET", "/device/1")).body).not.toHaveProperty("enabledRoutes");
    expect((await ask("GET", "/device/1?fields=all")).body).toMatchObject({ enabledRoutes: [], advertisedRoutes: [] });
  });

  test("is found by filters, all of which must hold", async () => {
    await join("standby");
    await join("other");
    const found = async (query: string) =>
      (await ask("GET", `/tailnet/-/devices?${query}`)).body.devices.map((d) => d.hostname);
    expect(await found("hostname=other&fields=default")).toEqual(["other"]);
    expect(await found("tags=tag:standby&hostname=other")).toEqual(["other"]);
    expect(await found("hostname=standby&hostname=other")).toEqual(["standby", "other"]);
    expect(await found("tags=tag:none")).toEqual([]);
  });

  test("takes new tags", async () => {
    await join("standby");
    expect((await ask("POST", "/device/n1CNTRL/tags", { tags: ["tag:primary"] })).status).toBe(200);
    expect((await ask("GET", "/device/1")).body.tags).toContain("tag:primary");
  });

  test("is gone when it is deleted, and its second deletion says so", async () => {
    await join("standby");
    expect(await ask("DELETE", "/device/n1CNTRL")).toEqual({ status: 200, body: undefined });
    expect(headscale.nodes).toEqual([]);
    const gone = { status: 404, body: { message: "no manageable device matching this ID found" } };
    expect(await ask("DELETE", "/device/n1CNTRL")).toEqual(gone);
    expect(await ask("GET", "/device/n1CNTRL")).toEqual(gone);
  });
});

test("what is not understood is told in Tailscale's way", async () => {
  expect(await ask("POST", "/tailnet/-/keys", "{")).toEqual({ status: 400, body: { message: "invalid JSON" } });
  expect(await ask("GET", "/nonsense")).toEqual({ status: 404, body: { message: "404 page not found" } });
});

test("a headscale that cannot be reached is a server error with its cause, and the cloud lives on", async () => {
  await headscale.close();
  const { status, body } = await ask("GET", "/tailnet/-/devices");
  expect([status, body.message]).toEqual([500, expect.stringContaining("ECONNREFUSED")]);
  expect((await cloud.ask("GET", "/v2/account")).status).toBe(200);
});
