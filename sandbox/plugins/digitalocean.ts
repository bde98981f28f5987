/** Stand-in for the digitalocean plugin: the resources that this program uses, over DigitalOcean's API. */
import { setTimeout as wait } from "node:timers/promises";
import { callJson } from "./http.ts";
import { type Config, type ResourceType, serve, type Values } from "./plugin.ts";

const call = <T>(config: Config, method: string, path: string, body?: unknown) => {
  const token = config.token ?? process.env.DIGITALOCEAN_TOKEN;
  if (!token)
    throw new Error("digitalocean:token is not set for this stack: `pulumi config set --secret digitalocean:token`");
  return callJson<T>(
    method,
    `${config.apiEndpoint ?? "https://api.digitalocean.com"}/v2${path}`,
    `Bearer ${token}`,
    body,
  );
};

const limitMs = 10 * 60_000;

interface ApiDroplet {
  readonly id: number;
  readonly name: string;
  readonly status: string;
  readonly created_at: string;
  readonly memory: number;
  readonly vcpus: number;
  readonly disk: number;
  readonly locked: boolean;
  readonly size: { readonly price_monthly: number; readonly price_hourly: number };
  readonly networks: { readonly v4: readonly { ip_address: string; type: string }[] };
}

interface Created {
  readonly droplet: ApiDroplet;
  readonly links: { readonly actions: readonly { id: number }[] };
}

const publicAddress = (d: ApiDroplet) => d.networks.v4.find((n) => n.type === "public")?.ip_address;

const dropletOutputs = (d: ApiDroplet): Values => ({
  name: d.name,
  status: d.status,
  createdAt: d.created_at,
  dropletUrn: `do:droplet:${d.id}`,
  ipv4Address: publicAddress(d),
  memory: d.memory,
  vcpus: d.vcpus,
  disk: d.disk,
  locked: d.locked,
  priceMonthly: d.size.price_monthly,
  priceHourly: d.size.price_hourly,
});

async function poll<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${limitMs / 60_000} minutes`);
    await wait(500);
  }
}

async function action(config: Config, id: string, body: Values): Promise<void> {
  const { body: made } = await call<{ action: { id: number } }>(config, "POST", `/droplets/${id}/actions`, body);
  await completed(config, `droplet ${id}: ${String(body.type)}`, made.action.id);
}

async function completed(config: Config, what: string, actionId: number): Promise<void> {
  await poll(what, async () => {
    const { body } = await call<{ action: { status: string } }>(config, "GET", `/actions/${actionId}`);
    if (body.action.status === "errored") throw new Error(`${what} failed`);
    return body.action.status === "completed" ? true : undefined;
  });
}

/** Tags are put on a droplet and taken off one by one. A tag that is gone has let go of it already. */
async function retag(config: Config, id: string, olds: readonly string[], news: readonly string[]): Promise<void> {
  const resources = [{ resource_id: id, resource_type: "droplet" }];
  const path = (name: string) => `/tags/${encodeURIComponent(name)}/resources`;
  for (const name of news.filter((n) => !olds.includes(n))) {
    await call(config, "POST", "/tags", { name });
    await call(config, "POST", path(name), { resources });
  }
  for (const name of olds.filter((n) => !news.includes(n))) await call(config, "DELETE", path(name), { resources });
}

const droplet: ResourceType = {
  inputs: [
    "name",
    "region",
    "size",
    "image",
    "sshKeys",
    "tags",
    "monitoring",
    "dropletAgent",
    "userData",
    "resizeDisk",
  ],
  required: ["size", "image"],
  replaceOn: ["region", "image", "sshKeys", "userData", "monitoring"],
  create: async (inputs, config) => {
    const { body } = await call<Created>(config, "POST", "/droplets", {
      name: inputs.name,
      region: inputs.region,
      size: inputs.size,
      image: inputs.image,
      ssh_keys: inputs.sshKeys ?? [],
      tags: inputs.tags ?? [],
      monitoring: inputs.monitoring ?? false,
      with_droplet_agent: inputs.dropletAgent,
      user_data: inputs.userData,
    });
    const id = String(body.droplet.id);
    const active = async () => {
      await completed(config, `creation of droplet ${id}`, body.links.actions[0]!.id);
      return poll(`droplet ${id}`, async () => {
        const { status, body: now } = await call<{ droplet: ApiDroplet }>(config, "GET", `/droplets/${id}`);
        if (status === 404) throw new Error(`droplet ${id} is gone before it was active`);
        return now.droplet.status === "active" && publicAddress(now.droplet) ? now.droplet : undefined;
      });
    };
    const made = await active().catch(async (error: unknown) => {
      await call(config, "DELETE", `/droplets/${id}`).catch(() => {}); // the engine will not know of it
      throw error;
    });
    return { id, outputs: dropletOutputs(made) };
  },
  read: async (id, _known, config) => {
    const { status, body } = await call<{ droplet: ApiDroplet }>(config, "GET", `/droplets/${id}`);
    return status === 404 ? undefined : dropletOutputs(body.droplet);
  },
  update: async (id, olds, news, config) => {
    if (olds.name !== news.name) await action(config, id, { type: "rename", name: news.name });
    if (olds.size !== news.size) {
      await action(config, id, { type: "power_off" });
      await action(config, id, { type: "resize", size: news.size, disk: news.resizeDisk ?? true });
      await action(config, id, { type: "power_on" });
    }
    await retag(config, id, (olds.tags ?? []) as string[], (news.tags ?? []) as string[]);
    return dropletOutputs((await call<{ droplet: ApiDroplet }>(config, "GET", `/droplets/${id}`)).body.droplet);
  },
  delete: async (id, _known, config) => {
    await poll(`droplet ${id}, to be unlocked`, async () => {
      const { status, body } = await call<{ droplet: ApiDroplet }>(config, "GET", `/droplets/${id}`);
      return status === 404 || !body.droplet.locked ? true : undefined;
    });
    await call(config, "DELETE", `/droplets/${id}`); // gone already is as good
    await poll(`deletion of droplet ${id}`, async () =>
      (await call(config, "GET", `/droplets/${id}`)).status === 404 ? true : undefined,
    );
  },
};

const tag: ResourceType = {
  inputs: ["name"],
  required: ["name"],
  replaceOn: ["name"],
  create: async ({ name }, config) => {
    await call(config, "POST", "/tags", { name });
    return { id: String(name), outputs: {} };
  },
  read: async (id, known, config) => ((await call(config, "GET", `/tags/${id}`)).status === 404 ? undefined : known),
  delete: async (id, _known, config) => void (await call(config, "DELETE", `/tags/${id}`)),
};

const sshKey: ResourceType = {
  inputs: ["name", "publicKey"],
  required: ["name", "publicKey"],
  replaceOn: ["publicKey"],
  create: async ({ name, publicKey }, config) => {
    const { body } = await call<{ ssh_key: { id: number; fingerprint: string } }>(config, "POST", "/account/keys", {
      name,
      public_key: publicKey,
    });
    return { id: String(body.ssh_key.id), outputs: { fingerprint: body.ssh_key.fingerprint } };
  },
  read: async (id, known, config) =>
    (await call(config, "GET", `/account/keys/${id}`)).status === 404 ? undefined : known,
  update: async (id, olds, news, config) => {
    await call(config, "PUT", `/account/keys/${id}`, { name: news.name });
    return { fingerprint: olds.fingerprint };
  },
  delete: async (id, _known, config) => void (await call(config, "DELETE", `/account/keys/${id}`)),
};

interface Rule {
  readonly protocol: string;
  readonly portRange?: string;
  readonly sourceAddresses?: string[];
  readonly destinationAddresses?: string[];
}

const firewallBody = (inputs: Values) => ({
  name: inputs.name,
  tags: inputs.tags ?? [],
  droplet_ids: inputs.dropletIds ?? [],
  inbound_rules: ((inputs.inboundRules ?? []) as Rule[]).map((r) => ({
    protocol: r.protocol,
    ports: r.portRange,
    sources: { addresses: r.sourceAddresses ?? [] },
  })),
  outbound_rules: ((inputs.outboundRules ?? []) as Rule[]).map((r) => ({
    protocol: r.protocol,
    ports: r.portRange,
    destinations: { addresses: r.destinationAddresses ?? [] },
  })),
});

const firewall: ResourceType = {
  inputs: ["name", "tags", "dropletIds", "inboundRules", "outboundRules"],
  fields: {
    inboundRules: ["protocol", "portRange", "sourceAddresses"],
    outboundRules: ["protocol", "portRange", "destinationAddresses"],
  },
  required: ["name"],
  create: async (inputs, config) => {
    const { body } = await call<{ firewall: { id: string; status: string; created_at: string } }>(
      config,
      "POST",
      "/firewalls",
      firewallBody(inputs),
    );
    return { id: body.firewall.id, outputs: { status: body.firewall.status, createdAt: body.firewall.created_at } };
  },
  read: async (id, known, config) =>
    (await call(config, "GET", `/firewalls/${id}`)).status === 404 ? undefined : known,
  update: async (id, _olds, news, config) => {
    await call(config, "PUT", `/firewalls/${id}`, firewallBody(news));
    return {};
  },
  delete: async (id, _known, config) => void (await call(config, "DELETE", `/firewalls/${id}`)),
};

export const types = {
  "digitalocean:index/droplet:Droplet": droplet,
  "digitalocean:index/tag:Tag": tag,
  "digitalocean:index/sshKey:SshKey": sshKey,
  "digitalocean:index/firewall:Firewall": firewall,
};

if (import.meta.main) await serve("digitalocean", types);
