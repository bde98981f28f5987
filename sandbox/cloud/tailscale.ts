/** The part of Tailscale's API v2 that a stack uses: auth keys and devices, kept by a real headscale. */

import { type HeadscaleConfig, headscale, type Node, type PreAuthKey } from "./headscale.ts";
import type { Api, Request, Response, Route } from "./http.ts";
import type { AuthKey, CloudState } from "./state.ts";

export interface TailscaleConfig {
  readonly apiKey: string;
  /** What `POST /oauth/token` takes; the token it gives is good for an hour. */
  readonly oauth: { readonly clientId: string; readonly clientSecret: string };
  readonly headscale: HeadscaleConfig;
  /** Domain of the tailnet: devices are called host.domain. */
  readonly domain: string;
}

interface DeviceCreate {
  readonly reusable?: boolean;
  readonly ephemeral?: boolean;
  readonly preauthorized?: boolean;
  readonly tags?: string[];
}

const ok = (json: unknown, status = 200): Response => ({ status, json });
const fail = (status: number, message: string): Response => ok({ message }, status);
const notFound = fail(404, "not found");

/** Tailscale's API over a headscale. */
export function tailscale(config: TailscaleConfig, state: CloudState, save: () => void): Api {
  const bearers = new Map<string, number>();
  const call = <T>(method: string, path: string, body?: unknown) => headscale<T>(config.headscale, method, path, body);
  const nodes = async () => (await call<{ nodes: Node[] }>("GET", "/node"))?.nodes ?? [];
  const node = async (id: string | undefined) => (await nodes()).find((n) => n.id === id || nodeId(n) === id);
  const preAuthKeys = async () =>
    (await call<{ preAuthKeys: PreAuthKey[] }>("GET", `/preauthkey?user=${config.headscale.ownerId}`))?.preAuthKeys ??
    [];

  const createKey = async ({ body }: Request): Promise<Response> => {
    const create = (body.capabilities as { devices?: { create?: DeviceCreate } } | undefined)?.devices?.create;
    if (!create) return fail(400, "capabilities.devices.create is required");
    const tags = create.tags ?? [];
    if (tags.some((t) => !/^tag:[a-z][a-z0-9-]*$/.test(t)))
      return fail(400, "requested tags are invalid or not permitted");
    const seconds = Number(body.expirySeconds ?? 90 * 86_400);
    if (!(seconds > 0 && seconds <= 90 * 86_400))
      return fail(400, "expirySeconds must be between 1 second and 90 days");
    const made = await call<{ preAuthKey: PreAuthKey }>("POST", "/preauthkey", {
      user: config.headscale.ownerId,
      reusable: create.reusable === true,
      ephemeral: create.ephemeral === true,
      expiration: new Date(Date.now() + seconds * 1000).toISOString(),
      aclTags: tags,
    });
    if (!made) return fail(500, "headscale knows no such user");
    const { id, key, expiration } = made.preAuthKey;
    const kept: AuthKey = {
      id: `k${id}CNTRL`,
      description: String(body.description ?? ""),
      created: new Date().toISOString(),
      expires: expiration,
      reusable: create.reusable === true,
      ephemeral: create.ephemeral === true,
      preauthorized: create.preauthorized === true,
      tags,
    };
    state.authKeys.push(kept);
    save();
    return ok({ ...keyJson(kept, false), key });
  };

  const invalid = async (key: AuthKey): Promise<boolean> => {
    const found = (await preAuthKeys()).find((k) => `k${k.id}CNTRL` === key.id);
    return !found || (found.used && !found.reusable) || Date.parse(found.expiration) < Date.now();
  };

  const deleteKey = async ({ path }: Request): Promise<Response> => {
    const found = state.authKeys.find((k) => k.id === path.id);
    if (!found) return notFound;
    const { key } = (await preAuthKeys()).find((k) => `k${k.id}CNTRL` === found.id) ?? {};
    if (key) await call("POST", "/preauthkey/expire", { user: config.headscale.ownerId, key });
    state.authKeys = state.authKeys.filter((k) => k !== found);
    save();
    return ok({});
  };

  const token = ({ body }: Request): Response => {
    if (body.client_id !== config.oauth.clientId || body.client_secret !== config.oauth.clientSecret)
      return fail(401, "API token invalid");
    const bearer = `tskey-api-${crypto.randomUUID()}`;
    bearers.set(bearer, Date.now() + 3_600_000);
    return ok({ access_token: bearer, token_type: "Bearer", expires_in: 3600, scope: "all" });
  };

  const oneDevice = async ({ path }: Request): Promise<Response> => {
    const found = await node(path.id);
    return found ? ok(deviceJson(found, config.domain)) : notFound;
  };

  const routes: Route[] = [
    { method: "POST", pattern: /^\/oauth\/token$/, handle: token },
    { method: "POST", pattern: /^\/tailnet\/[^/]+\/keys$/, handle: createKey },
    {
      method: "GET",
      pattern: /^\/tailnet\/[^/]+\/keys$/,
      handle: () => ok({ keys: state.authKeys.map((k) => ({ id: k.id })) }),
    },
    {
      method: "GET",
      pattern: /^\/tailnet\/[^/]+\/keys\/(?<id>[^/]+)$/,
      handle: async ({ path }) => {
        const found = state.authKeys.find((k) => k.id === path.id);
        return found ? ok(keyJson(found, await invalid(found))) : notFound;
      },
    },
    { method: "DELETE", pattern: /^\/tailnet\/[^/]+\/keys\/(?<id>[^/]+)$/, handle: deleteKey },
    {
      method: "GET",
      pattern: /^\/tailnet\/[^/]+\/devices$/,
      handle: async () => ok({ devices: (await nodes()).map((n) => deviceJson(n, config.domain)) }),
    },
    { method: "GET", pattern: /^\/device\/(?<id>[^/]+)$/, handle: oneDevice },
    {
      method: "DELETE",
      pattern: /^\/device\/(?<id>[^/]+)$/,
      handle: async ({ path }) => {
        const found = await node(path.id);
        if (!found) return notFound;
        await call("DELETE", `/node/${found.id}`);
        return { status: 200 };
      },
    },
    {
      method: "POST",
      pattern: /^\/device\/(?<id>[^/]+)\/tags$/,
      handle: async ({ path, body }) => {
        const found = await node(path.id);
        if (!found) return notFound;
        await call("POST", `/node/${found.id}/tags`, { tags: body.tags });
        return { status: 200 };
      },
    },
  ];
  const basic = `Basic ${Buffer.from(`${config.apiKey}:`).toString("base64")}`;
  return {
    prefix: "/api/v2",
    routes,
    refuse: ({ headers }, pathname) => {
      const given = headers.authorization ?? "";
      const bearer = given.replace(/^Bearer /, "");
      const known = given === basic || bearer === config.apiKey || (bearers.get(bearer) ?? 0) > Date.now();
      return known || pathname === "/oauth/token" ? undefined : fail(401, "API token invalid");
    },
    notFound,
    malformed: fail(400, "invalid JSON"),
  };
}

const nodeId = (n: Node): string => `n${n.id}CNTRL`;

const keyJson = (k: AuthKey, invalid: boolean) => ({
  id: k.id,
  keyType: "auth",
  description: k.description,
  created: k.created,
  expires: k.expires,
  expirySeconds: Math.round((Date.parse(k.expires) - Date.parse(k.created)) / 1000),
  invalid,
  capabilities: {
    devices: { create: { reusable: k.reusable, ephemeral: k.ephemeral, preauthorized: k.preauthorized, tags: k.tags } },
  },
});

function deviceJson(n: Node, domain: string) {
  const tags = [...new Set([...n.forcedTags, ...n.validTags])];
  return {
    id: n.id,
    nodeId: nodeId(n),
    addresses: n.ipAddresses,
    name: `${n.givenName}.${domain}`,
    hostname: n.name,
    user: n.user.name,
    tags,
    authorized: true,
    keyExpiryDisabled: tags.length > 0,
    expires: n.expiry ?? "0001-01-01T00:00:00Z",
    created: n.createdAt,
    lastSeen: n.lastSeen ?? n.createdAt,
    machineKey: n.machineKey,
    nodeKey: n.nodeKey,
    os: "linux",
    clientVersion: "",
    updateAvailable: false,
    isExternal: false,
    blocksIncomingConnections: false,
    tailnetLockError: "",
    tailnetLockKey: "",
    enabledRoutes: [],
    advertisedRoutes: [],
  };
}
