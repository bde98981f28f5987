/**
 * The device that a machine becomes on the tailnet, as a resource of its own.
 *
 * Tailscale's provider can look a device up but not delete it, so destroyed machines stay in the tailnet and rebuilt
 * ones become "name-1" (tailscale/terraform-provider-tailscale#68, open since 2022). This dynamic resource waits for the
 * machine to join, and deletes the device over Tailscale's API, which needs nothing of the machine.
 *
 * The provider is serialized by Pulumi into the state: it must be self-contained, and it takes the API's credentials
 * from the stack's configuration each time (the same `tailscale:` keys as the provider), never from its inputs.
 */
import * as pulumi from "@pulumi/pulumi";

export interface TailnetDeviceArgs {
  /** The short host name that the machine joins with. */
  readonly hostname: pulumi.Input<string>;
  /** Tags that the device must carry: another device of that name is not ours. */
  readonly tags: pulumi.Input<string[]>;
  /** Changes when the machine is another one; the device is then deleted and waited for anew. */
  readonly machineId: pulumi.Input<string>;
}

/** The plain inputs, as the provider sees them. */
export interface DeviceInputs {
  readonly hostname: string;
  readonly tags: string[];
  readonly machineId: string;
}

interface Device {
  readonly nodeId: string;
  readonly hostname: string;
  readonly name: string;
  readonly addresses: string[];
  readonly tags?: string[];
}

/** How long a machine may take from its creation to its place on the tailnet: image boot, upgrades, packages. */
const joinLimitMs = 9 * 60_000;

/** The dynamic provider; a factory, so that nothing of this module but what it names is serialized. */
export function tailnetDeviceProvider(pollMs = 2000, limitMs = joinLimitMs): pulumi.dynamic.ResourceProvider {
  // One object, filled in place: the serializer gives each function variables of its own, but shares objects.
  const api: { base: string; tailnet: string; apiKey?: string; clientId?: string; clientSecret?: string } = {
    base: "https://api.tailscale.com",
    tailnet: "-",
  };

  const authorization = async (): Promise<string> => {
    if (api.apiKey) return `Basic ${Buffer.from(`${api.apiKey}:`).toString("base64")}`;
    if (!api.clientId || !api.clientSecret)
      throw new Error(
        "tailscale:apiKey, or tailscale:oauthClientId and tailscale:oauthClientSecret, is not set for this stack",
      );
    const response = await fetch(`${api.base}/api/v2/oauth/token`, {
      method: "POST",
      body: new URLSearchParams({ client_id: api.clientId, client_secret: api.clientSecret }),
      signal: AbortSignal.timeout(30_000),
    });
    if (!response.ok)
      throw new Error(`Tailscale refused the OAuth client: ${response.status} ${await response.text()}`);
    return `Bearer ${((await response.json()) as { access_token: string }).access_token}`;
  };

  const call = async (method: string, path: string): Promise<Response> => {
    const response = await fetch(`${api.base}/api/v2${path}`, {
      method,
      headers: { authorization: await authorization() },
      signal: AbortSignal.timeout(30_000),
    });
    if (!response.ok && response.status !== 404)
      throw new Error(`${method} ${api.base}/api/v2${path}: ${response.status} ${await response.text()}`);
    return response;
  };

  const outputs = (inputs: DeviceInputs, device: Device) => ({
    ...inputs,
    address: device.addresses.find((a) => a.includes(".")) ?? device.addresses[0] ?? "",
    fqdn: device.name,
  });

  return {
    configure: async (request) => {
      const some = (key: string, variable: string) => request.config.get(`tailscale:${key}`) ?? process.env[variable];
      const given = {
        base: some("baseUrl", "TAILSCALE_BASE_URL")?.replace(/\/$/, ""),
        tailnet: some("tailnet", "TAILSCALE_TAILNET"),
        apiKey: some("apiKey", "TAILSCALE_API_KEY"),
        clientId: some("oauthClientId", "TAILSCALE_OAUTH_CLIENT_ID"),
        clientSecret: some("oauthClientSecret", "TAILSCALE_OAUTH_CLIENT_SECRET"),
      };
      Object.assign(api, Object.fromEntries(Object.entries(given).filter(([, value]) => value)));
    },
    create: async (inputs: DeviceInputs) => {
      const deadline = Date.now() + limitMs;
      for (;;) {
        const { devices } = (await (await call("GET", `/tailnet/${api.tailnet}/devices`)).json()) as {
          devices: Device[];
        };
        const named = devices.filter(
          (d) => d.hostname === inputs.hostname && inputs.tags.every((t) => d.tags?.includes(t)),
        );
        if (named.length > 1)
          throw new Error(
            `the tailnet has ${named.length} devices called ${inputs.hostname} (${named.map((d) => d.nodeId).join(", ")}): ` +
              "remove the old ones in Tailscale's console, or give this stack another hostname, then run `pulumi up` again",
          );
        if (named[0]) return { id: named[0].nodeId, outs: outputs(inputs, named[0]) };
        if (Date.now() > deadline)
          throw new Error(
            `${inputs.hostname} has not joined the tailnet within ${Math.round(limitMs / 60_000)} minutes. Its log is /var/log/cloud-init-output.log ` +
              "(DigitalOcean's recovery console shows it); a key that was used up or expired needs a new machine: raise machineGeneration by one",
          );
        await new Promise((resolve) => setTimeout(resolve, pollMs));
      }
    },
    read: async (id, props) => {
      const response = await call("GET", `/device/${id}`);
      if (response.status === 404) return {}; // gone: the next `up` looks for it anew
      return { id, props: outputs(props as DeviceInputs, (await response.json()) as Device) };
    },
    diff: async (_id, olds: DeviceInputs, news: DeviceInputs) => {
      const replaces = (["hostname", "machineId"] as const).filter((key) => olds[key] !== news[key]);
      return {
        changes: replaces.length > 0 || olds.tags.join() !== news.tags.join(),
        replaces,
        deleteBeforeReplace: true,
      };
    },
    update: async (id, _olds, news: DeviceInputs) => ({
      outs: outputs(news, (await (await call("GET", `/device/${id}`)).json()) as Device),
    }),
    delete: async (id) => {
      await call("DELETE", `/device/${id}`); // 404 is as good
    },
  };
}

export class TailnetDevice extends pulumi.dynamic.Resource {
  /** IPv4 address on the tailnet. */
  declare readonly address: pulumi.Output<string>;
  /** Full name on the tailnet, host.tailnet.ts.net. */
  declare readonly fqdn: pulumi.Output<string>;

  constructor(name: string, args: TailnetDeviceArgs, opts?: pulumi.CustomResourceOptions) {
    super(tailnetDeviceProvider(), name, { ...args, address: undefined, fqdn: undefined }, opts);
  }
}
