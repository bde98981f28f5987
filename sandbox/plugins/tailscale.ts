/** Stand-in for the tailscale plugin: auth keys, over Tailscale's API. */
import { callJson } from "./http.ts";
import { type Config, type ResourceType, serve } from "./plugin.ts";

async function call<T>(config: Config, method: string, path: string, body?: unknown) {
  const base = `${(config.baseUrl ?? process.env.TAILSCALE_BASE_URL ?? "https://api.tailscale.com").replace(/\/$/, "")}/api/v2`;
  const apiKey = config.apiKey ?? process.env.TAILSCALE_API_KEY;
  if (!apiKey)
    throw new Error("tailscale:apiKey is not set for this stack: `pulumi config set --secret tailscale:apiKey`");
  const authorization = `Basic ${Buffer.from(`${apiKey}:`).toString("base64")}`;
  return callJson<T>(method, `${base}/tailnet/${config.tailnet ?? "-"}${path}`, authorization, body);
}

interface ApiKey {
  readonly id: string;
  readonly key?: string;
  readonly created: string;
  readonly expires: string;
  readonly invalid?: boolean;
}

const tailnetKey: ResourceType = {
  inputs: ["description", "ephemeral", "expiry", "preauthorized", "recreateIfInvalid", "reusable", "tags"],
  replaceOn: ["description", "ephemeral", "expiry", "preauthorized", "reusable", "tags"],
  secret: ["key"],
  create: async (inputs, config) => {
    const { body } = await call<ApiKey>(config, "POST", "/keys", {
      description: inputs.description,
      expirySeconds: inputs.expiry,
      capabilities: {
        devices: {
          create: {
            reusable: inputs.reusable ?? false,
            ephemeral: inputs.ephemeral ?? false,
            preauthorized: inputs.preauthorized ?? false,
            tags: inputs.tags ?? [],
          },
        },
      },
    });
    return {
      id: body.id,
      outputs: { key: body.key, createdAt: body.created, expiresAt: body.expires, invalid: false },
    };
  },
  // A key that is used up, expired or deleted was good for its purpose: "gone" only for a stack that wants it anew.
  read: async (id, known, config) => {
    const { status, body } = await call<ApiKey>(config, "GET", `/keys/${id}`);
    const invalid = status === 404 || body.invalid === true;
    const again =
      known.recreateIfInvalid === "always" || (known.recreateIfInvalid !== "never" && known.reusable === true);
    return invalid && again ? undefined : { invalid };
  },
  update: async () => ({}),
  delete: async (id, _known, config) => void (await call(config, "DELETE", `/keys/${id}`)),
};

export const types = { "tailscale:index/tailnetKey:TailnetKey": tailnetKey };

if (import.meta.main) await serve("tailscale", types);
