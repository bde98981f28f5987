/** The part of Tailscale's API v2 that a stack uses: auth keys and devices, kept by a real headscale. */
import { type HeadscaleConfig, headscale, type Node, type PreAuthKey } from "./headscale.ts";
import type { Api, Request, Response, Route } from "./http.ts";
import type { AuthKey, CloudState } from "./state.ts";
import { authKeyId, deviceJson, keyJson, nodeId } from "./tailscale-json.ts";

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
  readonly tags?: string[] | null;
}

const ok = (json: unknown, status = 200): Response => ({ status, json });
const fail = (status: number, message: string): Response => ok({ message }, status);
const notFound = fail(404, "404 page not found");
const noKey = fail(404, "key not found");
const noDevice = fail(404, "no manageable device matching this ID found");
const unauthorized = fail(401, "API token invalid");

const longestSeconds = 90 * 86_400;

/** Tailscale's API over a headscale. */
export function tailscale(config: TailscaleConfig, state: CloudState, save: () => void): Api {
  const bearers = new Map<string, number>();
  const call = <T>(method: string, path: string, body?: unknown) => headscale<T>(config.headscale, method, path, body);
  const nodes = async () => (await call<{ nodes: Node[] }>("GET", "/node"))?.nodes ?? [];
  const preAuthKeys = async () =>
    (await call<{ preAuthKeys: PreAuthKey[] }>("GET", `/preauthkey?user=${config.headscale.ownerId}`))?.preAuthKeys ??
    [];

  const isOAuth = ({ headers }: Request): boolean => {
    const bearer = /^Bearer (.+)$/.exec(headers.authorization ?? "")?.[1] ?? "";
    return (bearers.get(bearer) ?? 0) > Date.now();
  };

  const createKey = async (request: Request): Promise<Response> => {
    const { body } = request;
    const devices = (body.capabilities as { devices?: { create?: DeviceCreate } } | undefined)?.devices;
    if (!devices) return fail(400, "capabilities.devices is required");
    const { reusable = false, ephemeral = false, preauthorized = false, tags } = devices.create ?? {};
    const wanted = tags ?? [];
    if (wanted.some((t) => !/^tag:[a-z][a-z0-9-]*$/.test(t)))
      return fail(400, `requested tags [${wanted.join(" ")}] are invalid or not permitted`);
    if (wanted.length === 0 && isOAuth(request)) return fail(400, "tailnet-owned auth key must have tags set");
    const description = String(body.description ?? "");
    if (!/^[A-Za-z0-9 -]{0,50}$/.test(description))
      return fail(400, "description may have 50 alphanumeric characters, hyphens and spaces");
    const seconds = Number(body.expirySeconds ?? 0) || longestSeconds; // the official client says 0 for "as usual"
    if (!(seconds > 0 && seconds <= longestSeconds))
      return fail(400, "expirySeconds must be between 1 second and 90 days");
    const made = await call<{ preAuthKey: PreAuthKey }>("POST", "/preauthkey", {
      user: config.headscale.ownerId,
      reusable,
      ephemeral,
      expiration: new Date(Date.now() + seconds * 1000).toISOString(),
      aclTags: wanted,
    });
    if (!made) return fail(500, "headscale knows no such user");
    const { id, key, expiration } = made.preAuthKey;
    const kept: AuthKey = {
      id: authKeyId(id),
      description,
      created: new Date().toISOString(),
      expires: expiration,
      reusable,
      ephemeral,
      preauthorized,
      tags: wanted,
    };
    state.authKeys.push(kept);
    save();
    return ok({ ...keyJson(kept, false), key });
  };

  const invalid = async (key: AuthKey): Promise<boolean> => {
    const found = (await preAuthKeys()).find((k) => authKeyId(k.id) === key.id);
    return !found || (found.used && !found.reusable) || Date.parse(found.expiration) < Date.now();
  };

  const getKey = async ({ path }: Request): Promise<Response> => {
    const found = state.authKeys.find((k) => k.id === path.id);
    return found ? ok(keyJson(found, found.revoked !== undefined || (await invalid(found)))) : noKey;
  };

  const deleteKey = async ({ path }: Request): Promise<Response> => {
    const found = state.authKeys.find((k) => k.id === path.id && !k.revoked);
    if (!found) return noKey;
    const { key } = (await preAuthKeys()).find((k) => authKeyId(k.id) === found.id) ?? {};
    if (key) await call("POST", "/preauthkey/expire", { user: config.headscale.ownerId, key });
    found.revoked = new Date().toISOString();
    save();
    return ok({});
  };

  /** Keys that are spent are still listed: they are there until they are deleted or expire. */
  const listKeys = (): Response => {
    const there = state.authKeys.filter((k) => !k.revoked && Date.parse(k.expires) > Date.now());
    return ok({ keys: there.map(({ id }) => ({ id })) });
  };

  const token = ({ body, headers }: Request): Response => {
    const { clientId, clientSecret } = config.oauth;
    const inHeader = headers.authorization === basic(clientId, clientSecret);
    const inBody = body.client_id === clientId && body.client_secret === clientSecret;
    if (!inHeader && !inBody) return unauthorized;
    const bearer = `tskey-api-${crypto.randomUUID()}`;
    bearers.set(bearer, Date.now() + 3_600_000);
    return ok({ access_token: bearer, token_type: "Bearer", expires_in: 3600, scope: "all" });
  };

  /** For a device by either of its ids. */
  const one =
    (handle: (node: Node, request: Request) => Response | Promise<Response>) =>
    async (request: Request): Promise<Response> => {
      const found = (await nodes()).find((n) => n.id === request.path.id || nodeId(n) === request.path.id);
      return found ? handle(found, request) : noDevice;
    };

  /** Every parameter but `fields` is a filter: one of its values must be the device's, or among them. */
  const listDevices = async ({ query }: Request): Promise<Response> => {
    const filters = [...new Set(query.keys())].filter((name) => name !== "fields");
    const devices = (await nodes()).map((n) => deviceJson(n, config.domain, query.get("fields") === "all"));
    const matches = (device: Record<string, unknown>, name: string) =>
      [device[name]].flat().some((value) => query.getAll(name).includes(String(value)));
    return ok({ devices: devices.filter((d) => filters.every((name) => matches(d, name))) });
  };

  const routes: Route[] = [
    { method: "POST", pattern: /^\/oauth\/token$/, handle: token },
    { method: "POST", pattern: /^\/tailnet\/[^/]+\/keys$/, handle: createKey },
    { method: "GET", pattern: /^\/tailnet\/[^/]+\/keys$/, handle: listKeys },
    { method: "GET", pattern: /^\/tailnet\/[^/]+\/keys\/(?<id>[^/]+)$/, handle: getKey },
    { method: "DELETE", pattern: /^\/tailnet\/[^/]+\/keys\/(?<id>[^/]+)$/, handle: deleteKey },
    { method: "GET", pattern: /^\/tailnet\/[^/]+\/devices$/, handle: listDevices },
    {
      method: "GET",
      pattern: /^\/device\/(?<id>[^/]+)$/,
      handle: one((found, { query }) => ok(deviceJson(found, config.domain, query.get("fields") === "all"))),
    },
    {
      method: "DELETE",
      pattern: /^\/device\/(?<id>[^/]+)$/,
      handle: one(async ({ id }) => {
        await call("DELETE", `/node/${id}`);
        return { status: 200 };
      }),
    },
    {
      method: "POST",
      pattern: /^\/device\/(?<id>[^/]+)\/tags$/,
      handle: one(async ({ id }, { body }) => {
        await call("POST", `/node/${id}/tags`, { tags: body.tags });
        return ok({});
      }),
    },
  ];
  return {
    prefix: "/api/v2",
    routes,
    refuse: (request, pathname) => {
      const given = request.headers.authorization;
      const known = given === basic(config.apiKey, "") || given === `Bearer ${config.apiKey}` || isOAuth(request);
      return known || pathname === "/oauth/token" ? undefined : unauthorized;
    },
    notFound,
    malformed: fail(400, "invalid JSON"),
  };
}

const basic = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
