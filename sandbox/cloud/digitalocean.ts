/** The part of DigitalOcean's API v2 that a stack with one droplet uses, as its public reference describes it. */
import { createHash, randomUUID } from "node:crypto";
import type { Allowed, Guarded } from "./firewall.ts";
import type { Api, Request, Response, Route } from "./http.ts";
import type { Action, CloudState, Droplet, Firewall, FirewallRule } from "./state.ts";

/** What the cloud does to machines. The daemon wires the real one; tests bring their own. */
export interface Hypervisor {
  create(droplet: Droplet, publicKeys: string[]): Promise<void>;
  start(machine: string): Promise<void>;
  powerOff(machine: string): Promise<void>;
  reboot(machine: string): Promise<void>;
  destroy(machine: string): Promise<void>;
  /** Makes the firewalls hold for exactly these machines; all others are open. */
  enforce(machines: Guarded[]): Promise<void>;
}

export interface DigitalOceanConfig {
  readonly token: string;
  /** Image slug -> layers of a machine. */
  readonly images: Readonly<Record<string, readonly string[]>>;
  /** First address for droplets, and how many there are. */
  readonly addresses: { readonly first: string; readonly count: number };
}

interface Size {
  readonly memory: number;
  readonly vcpus: number;
  readonly disk: number;
  readonly price: number;
}
/** Sizes as DigitalOcean sells them: MiB, cores, GB, US dollars a month. */
export const sizes: Readonly<Record<string, Size>> = {
  "s-1vcpu-1gb": { memory: 1024, vcpus: 1, disk: 25, price: 6 },
  "s-1vcpu-2gb": { memory: 2048, vcpus: 1, disk: 50, price: 12 },
  "s-2vcpu-2gb": { memory: 2048, vcpus: 2, disk: 60, price: 18 },
  "s-2vcpu-4gb": { memory: 4096, vcpus: 2, disk: 80, price: 24 },
};
const regions = ["nyc1", "nyc3", "ams3", "sfo3", "sgp1", "lon1", "fra1", "tor1", "blr1", "syd1"];

const ok = (json: unknown, status = 200): Response => ({ status, json });
const gone: Response = { status: 204 };
const notFound: Response = ok({ id: "not_found", message: "The resource you were accessing could not be found." }, 404);
const invalid = (message: string): Response => ok({ id: "unprocessable_entity", message }, 422);
const strings = (v: unknown): string[] => (Array.isArray(v) ? v.map(String) : []);

/** DigitalOcean's API over a state and a hypervisor. `save` is called after each change. */
export function digitalOcean(
  config: DigitalOceanConfig,
  state: CloudState,
  save: () => void,
  hypervisor: Hypervisor,
): Api {
  const nextId = () => state.nextId++;
  const droplet = (id: string | undefined) => state.droplets.find((d) => String(d.id) === id);
  const key = (id: string | undefined) => state.sshKeys.find((k) => String(k.id) === id || k.fingerprint === id);
  const addTags = (names: string[]) => {
    for (const name of names) if (!state.tags.includes(name)) state.tags.push(name);
  };
  const enforce = async () => {
    save();
    await hypervisor.enforce(state.droplets.flatMap((d) => guarded(state, d)));
  };
  const act = (type: string, resourceId: number, work: () => Promise<void>): Action => {
    const action: Action = {
      id: nextId(),
      type,
      resourceId,
      startedAt: new Date().toISOString(),
      status: "in-progress",
    };
    state.actions.push(action);
    void work().then(
      () => finish(action, "completed"),
      (error: unknown) => {
        console.error(`droplet ${resourceId}: ${type}: ${String(error)}`);
        finish(action, "errored");
      },
    );
    return action;
  };
  const finish = (action: Action, status: Action["status"]) => {
    action.status = status;
    save();
  };

  const createDroplet = ({ body }: Request): Response => {
    const { name, region, size, image } = body as Record<string, string>;
    if (!name || !/^[A-Za-z0-9.-]+$/.test(name))
      return invalid("Only valid hostname characters are allowed. (a-z, A-Z, 0-9, . and -)");
    if (!regions.includes(region ?? "")) return invalid("You specified an invalid region for Droplet creation.");
    if (!sizes[size ?? ""]) return invalid("You specified an invalid size for Droplet creation.");
    if (!config.images[image ?? ""]) return invalid("You specified an invalid image for Droplet creation.");
    const userData = typeof body.user_data === "string" ? body.user_data : "";
    if (Buffer.byteLength(userData) > 64 * 1024) return invalid("User data must be no larger than 64KB.");
    const keys = (Array.isArray(body.ssh_keys) ? body.ssh_keys : []).map((k) => key(String(k)));
    if (keys.some((k) => !k)) return invalid("One or more ssh_keys are invalid.");
    const ipv4 = freeAddress(config.addresses, state.droplets);
    if (!ipv4) return invalid("You have no address left for another Droplet.");
    const id = nextId();
    const made: Droplet = {
      id,
      name,
      machine: `d${id}`,
      ipv4,
      region: region!,
      size: size!,
      image: image!,
      status: "new",
      tags: strings(body.tags),
      monitoring: body.monitoring === true,
      createdAt: new Date().toISOString(),
      userData,
    };
    addTags(made.tags);
    state.droplets.push(made);
    const action = act("create", id, async () => {
      await hypervisor.create(
        made,
        keys.map((k) => k!.publicKey),
      );
      await enforce(); // before its first second
      await hypervisor.start(made.machine);
      made.status = "active";
    });
    save();
    return ok(
      {
        droplet: dropletJson(made),
        links: { actions: [{ id: action.id, rel: "create", href: `/v2/actions/${action.id}` }] },
      },
      202,
    );
  };

  const deleteDroplet = async (found: Droplet | undefined): Promise<Response> => {
    if (!found) return notFound;
    await hypervisor.destroy(found.machine);
    state.droplets = state.droplets.filter((d) => d !== found);
    await enforce();
    return gone;
  };

  const dropletAction = ({ path, body }: Request): Response => {
    const found = droplet(path.id);
    if (!found) return notFound;
    const become = (status: Droplet["status"]) => () => {
      found.status = status;
    };
    const off = () => hypervisor.powerOff(found.machine).then(become("off"));
    const work: Record<string, () => Promise<void>> = {
      power_off: off,
      shutdown: off,
      power_on: () => hypervisor.start(found.machine).then(become("active")),
      reboot: () => hypervisor.reboot(found.machine),
      rename: async () => {
        found.name = String(body.name);
      },
      resize: async () => {
        found.size = String(body.size);
      },
    };
    const type = String(body.type);
    if (!work[type]) return invalid("You specified an invalid action type.");
    if (type === "resize" && !sizes[String(body.size)]) return invalid("You specified an invalid size.");
    const action = act(type, found.id, work[type]);
    save();
    return ok({ action: actionJson(action) }, 201);
  };

  const saveFirewall = async (firewall: Firewall, body: Request["body"], status: number): Promise<Response> => {
    const problem = firewallProblem(state, firewall, body);
    if (problem) return problem;
    firewall.name = String(body.name);
    firewall.tags = strings(body.tags);
    firewall.dropletIds = strings(body.droplet_ids).map(Number);
    firewall.inbound = (body.inbound_rules ?? []) as FirewallRule[];
    firewall.outbound = (body.outbound_rules ?? []) as FirewallRule[];
    if (!state.firewalls.includes(firewall)) state.firewalls.push(firewall);
    await enforce();
    return ok({ firewall: firewallJson(firewall) }, status);
  };

  const createKey = ({ body }: Request): Response => {
    const publicKey = String(body.public_key ?? "").trim();
    const blob = /^(?:ssh-(?:ed25519|rsa)|ecdsa-\S+) (AAAA[A-Za-z0-9+/]+=*)/.exec(publicKey)?.[1];
    if (!body.name || !blob) return invalid("Key invalid, key should be of the format `ssh-rsa [KEY]`");
    const fingerprint = (createHash("md5").update(Buffer.from(blob, "base64")).digest("hex").match(/../g) ?? []).join(
      ":",
    );
    if (key(fingerprint)) return invalid("SSH Key is already in use on your account");
    const made = { id: nextId(), name: String(body.name), publicKey, fingerprint };
    state.sshKeys.push(made);
    save();
    return ok({ ssh_key: keyJson(made) }, 201);
  };

  const routes: Route[] = [
    get(/^\/account$/, () =>
      ok({
        account: {
          status: "active",
          email: "owner@sandbox.invalid",
          uuid: "sandbox",
          droplet_limit: 10,
          email_verified: true,
        },
      }),
    ),
    get(/^\/regions$/, (r) =>
      page(
        r,
        "regions",
        regions.map((slug) => ({
          slug,
          name: slug,
          available: true,
          features: ["metadata", "monitoring"],
          sizes: Object.keys(sizes),
        })),
      ),
    ),
    get(/^\/sizes$/, (r) => page(r, "sizes", Object.keys(sizes).map(sizeJson))),
    get(/^\/images$/, (r) => page(r, "images", Object.keys(config.images).map(imageJson))),
    get(/^\/account\/keys$/, (r) => page(r, "ssh_keys", state.sshKeys.map(keyJson))),
    { method: "POST", pattern: /^\/account\/keys$/, handle: createKey },
    get(/^\/account\/keys\/(?<id>[^/]+)$/, ({ path }) =>
      key(path.id) ? ok({ ssh_key: keyJson(key(path.id)!) }) : notFound,
    ),
    {
      method: "PUT",
      pattern: /^\/account\/keys\/(?<id>[^/]+)$/,
      handle: ({ path, body }) => {
        const found = key(path.id);
        if (!found) return notFound;
        found.name = String(body.name);
        save();
        return ok({ ssh_key: keyJson(found) });
      },
    },
    {
      method: "DELETE",
      pattern: /^\/account\/keys\/(?<id>[^/]+)$/,
      handle: ({ path }) => {
        const found = key(path.id);
        if (!found) return notFound;
        state.sshKeys = state.sshKeys.filter((k) => k !== found);
        save();
        return gone;
      },
    },
    get(/^\/tags$/, (r) =>
      page(
        r,
        "tags",
        state.tags.map((t) => tagJson(state, t)),
      ),
    ),
    {
      method: "POST",
      pattern: /^\/tags$/,
      handle: ({ body }) => {
        const name = String(body.name ?? "");
        if (!/^[A-Za-z0-9:_-]{1,255}$/.test(name)) return invalid("Tag name is invalid.");
        addTags([name]);
        save();
        return ok({ tag: tagJson(state, name) }, 201);
      },
    },
    get(/^\/tags\/(?<name>[^/]+)$/, ({ path }) =>
      state.tags.includes(path.name!) ? ok({ tag: tagJson(state, path.name!) }) : notFound,
    ),
    {
      method: "DELETE",
      pattern: /^\/tags\/(?<name>[^/]+)$/,
      handle: async ({ path }) => {
        if (!state.tags.includes(path.name!)) return notFound;
        state.tags = state.tags.filter((t) => t !== path.name);
        for (const d of state.droplets) d.tags = d.tags.filter((t) => t !== path.name);
        for (const f of state.firewalls) f.tags = f.tags.filter((t) => t !== path.name);
        await enforce();
        return gone;
      },
    },
    get(/^\/droplets$/, (r) => {
      const tag = r.query.get("tag_name");
      const name = r.query.get("name");
      return page(
        r,
        "droplets",
        state.droplets.filter((d) => (!tag || d.tags.includes(tag)) && (!name || d.name === name)).map(dropletJson),
      );
    }),
    { method: "POST", pattern: /^\/droplets$/, handle: createDroplet },
    get(/^\/droplets\/(?<id>\d+)$/, ({ path }) =>
      droplet(path.id) ? ok({ droplet: dropletJson(droplet(path.id)!) }) : notFound,
    ),
    { method: "DELETE", pattern: /^\/droplets\/(?<id>\d+)$/, handle: ({ path }) => deleteDroplet(droplet(path.id)) },
    { method: "POST", pattern: /^\/droplets\/(?<id>\d+)\/actions$/, handle: dropletAction },
    get(/^\/droplets\/(?<id>\d+)\/actions$/, (r) =>
      page(r, "actions", state.actions.filter((a) => String(a.resourceId) === r.path.id).map(actionJson)),
    ),
    get(/^\/(?:droplets\/\d+\/)?actions\/(?<id>\d+)$/, ({ path }) => {
      const found = state.actions.find((a) => String(a.id) === path.id);
      return found ? ok({ action: actionJson(found) }) : notFound;
    }),
    get(/^\/firewalls$/, (r) => page(r, "firewalls", state.firewalls.map(firewallJson))),
    {
      method: "POST",
      pattern: /^\/firewalls$/,
      handle: ({ body }) =>
        saveFirewall(
          {
            id: randomUUID(),
            createdAt: new Date().toISOString(),
            name: "",
            tags: [],
            dropletIds: [],
            inbound: [],
            outbound: [],
          },
          body,
          202,
        ),
    },
    get(/^\/firewalls\/(?<id>[^/]+)$/, ({ path }) => {
      const found = state.firewalls.find((f) => f.id === path.id);
      return found ? ok({ firewall: firewallJson(found) }) : notFound;
    }),
    {
      method: "PUT",
      pattern: /^\/firewalls\/(?<id>[^/]+)$/,
      handle: ({ path, body }) => {
        const found = state.firewalls.find((f) => f.id === path.id);
        return found ? saveFirewall(found, body, 200) : notFound;
      },
    },
    {
      method: "DELETE",
      pattern: /^\/firewalls\/(?<id>[^/]+)$/,
      handle: async ({ path }) => {
        const found = state.firewalls.find((f) => f.id === path.id);
        if (!found) return notFound;
        state.firewalls = state.firewalls.filter((f) => f !== found);
        await enforce();
        return gone;
      },
    },
  ];
  return {
    prefix: "/v2",
    routes,
    refuse: ({ headers }) =>
      headers.authorization === `Bearer ${config.token}`
        ? undefined
        : ok({ id: "Unauthorized", message: "Unable to authenticate you" }, 401),
    notFound,
    malformed: ok({ id: "bad_request", message: "error parsing request body" }, 400),
  };
}

/** What the firewalls bound to a droplet allow together; nothing when none is bound, and it is open. */
function guarded(state: CloudState, droplet: Droplet): Guarded[] {
  const bound = state.firewalls.filter(
    (f) => f.dropletIds.includes(droplet.id) || f.tags.some((t) => droplet.tags.includes(t)),
  );
  const allowed = (rules: FirewallRule[], side: "sources" | "destinations"): Allowed[] =>
    rules.map((rule) => ({
      protocol: rule.protocol,
      ports: rule.ports === "all" || !rule.ports ? "0" : rule.ports,
      peers: (rule[side]?.addresses ?? []).filter((a) => !a.includes(":")),
    }));
  if (bound.length === 0) return [];
  return [
    {
      machine: droplet.machine,
      inbound: bound.flatMap((f) => allowed(f.inbound, "sources")),
      outbound: bound.flatMap((f) => allowed(f.outbound, "destinations")),
    },
  ];
}

function firewallProblem(state: CloudState, firewall: Firewall, body: Request["body"]): Response | undefined {
  if (!body.name) return invalid("name is required");
  if (state.firewalls.some((f) => f !== firewall && f.name === body.name))
    return ok({ id: "conflict", message: "duplicate name" }, 409);
  for (const tag of strings(body.tags)) if (!state.tags.includes(tag)) return invalid(`invalid tag: ${tag}`);
  const rules = [...((body.inbound_rules ?? []) as FirewallRule[]), ...((body.outbound_rules ?? []) as FirewallRule[])];
  if (rules.length === 0) return invalid("must specify at least one rule");
  for (const rule of rules) {
    if (!["tcp", "udp", "icmp"].includes(rule.protocol)) return invalid(`invalid protocol: ${String(rule.protocol)}`);
    if (rule.protocol !== "icmp" && !/^(0|all|\d{1,5}(-\d{1,5})?)$/.test(rule.ports ?? ""))
      return invalid(`invalid ports: ${String(rule.ports)}`);
  }
  return undefined;
}

function freeAddress(
  { first, count }: DigitalOceanConfig["addresses"],
  droplets: readonly Droplet[],
): string | undefined {
  const [a, b, c, d] = first.split(".").map(Number);
  return Array.from({ length: count }, (_, i) => `${a}.${b}.${c}.${d! + i}`).find(
    (ip) => !droplets.some((x) => x.ipv4 === ip),
  );
}

const get = (pattern: RegExp, handle: Route["handle"]): Route => ({ method: "GET", pattern, handle });

function page({ query }: Request, name: string, all: readonly unknown[]): Response {
  const size = Math.min(Math.max(Number(query.get("per_page") ?? 20) || 20, 1), 200);
  const number = Math.max(Number(query.get("page") ?? 1) || 1, 1);
  const last = Math.max(Math.ceil(all.length / size), 1);
  const link = (n: number) => `/v2/${name}?page=${n}&per_page=${size}`;
  const pages = {
    ...(number > 1 && { first: link(1), prev: link(number - 1) }),
    ...(number < last && { next: link(number + 1), last: link(last) }),
  };
  return ok({
    [name]: all.slice((number - 1) * size, number * size),
    links: Object.keys(pages).length > 0 ? { pages } : {},
    meta: { total: all.length },
  });
}

const sizeJson = (slug: string) => {
  const s = sizes[slug]!;
  return {
    slug,
    memory: s.memory,
    vcpus: s.vcpus,
    disk: s.disk,
    transfer: 1,
    price_monthly: s.price,
    price_hourly: Number((s.price / 672).toFixed(5)),
    regions,
    available: true,
    description: "Basic",
  };
};
const imageJson = (slug: string) => ({
  id: 1,
  name: slug,
  slug,
  distribution: slug.split("-")[0],
  public: true,
  regions,
  type: "base",
  min_disk_size: 7,
  status: "available",
});
const keyJson = (k: CloudState["sshKeys"][number]) => ({
  id: k.id,
  fingerprint: k.fingerprint,
  public_key: k.publicKey,
  name: k.name,
});
const actionJson = (a: Action) => ({
  id: a.id,
  status: a.status,
  type: a.type,
  started_at: a.startedAt,
  completed_at: a.status === "in-progress" ? null : a.startedAt,
  resource_id: a.resourceId,
  resource_type: "droplet",
  region_slug: "nyc3",
});
const tagJson = (state: CloudState, name: string) => {
  const count = state.droplets.filter((d) => d.tags.includes(name)).length;
  return { name, resources: { count, droplets: { count } } };
};
const firewallJson = (f: Firewall) => ({
  id: f.id,
  name: f.name,
  status: "succeeded",
  created_at: f.createdAt,
  pending_changes: [],
  tags: f.tags,
  droplet_ids: f.dropletIds,
  inbound_rules: f.inbound,
  outbound_rules: f.outbound,
});
const dropletJson = (d: Droplet) => ({
  id: d.id,
  name: d.name,
  memory: sizes[d.size]!.memory,
  vcpus: sizes[d.size]!.vcpus,
  disk: sizes[d.size]!.disk,
  locked: d.status === "new",
  status: d.status,
  created_at: d.createdAt,
  features: ["droplet_agent", ...(d.monitoring ? ["monitoring"] : [])],
  backup_ids: [],
  snapshot_ids: [],
  volume_ids: [],
  vpc_uuid: "",
  image: imageJson(d.image),
  size: sizeJson(d.size),
  size_slug: d.size,
  region: { slug: d.region, name: d.region, available: true, features: [], sizes: [] },
  tags: d.tags,
  networks: {
    v4:
      d.status === "new"
        ? []
        : [{ ip_address: d.ipv4, netmask: "255.255.255.0", gateway: "198.51.100.1", type: "public" }],
    v6: [],
  },
});
