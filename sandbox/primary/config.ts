import { ownerMask } from "../ask.ts";
import type { Hub } from "../hub/hub.ts";

/** Port of the gateway, on the primary's tailnet address only. */
export const gatewayPort = 18789;

/** The name under which the primary is in IRC. */
export const primaryNick = "primary";

/** Whoever cannot be reached must not be asked: no updates, catalogs, statistics or multicast from a sandbox. */
const keepsToItself = {
  discovery: { mdns: { mode: "off" } },
  update: { checkOnStart: false },
  telemetry: { enabled: false },
};

/** The primary's `openclaw.json`: the hub's model, the hub's IRC, and its gateway open to the tailnet with a token. */
export function primaryConfig(hub: Pick<Hub, "irc" | "model">, token: string): Record<string, unknown> {
  return {
    gateway: { mode: "local", bind: "tailnet", port: gatewayPort, auth: { mode: "token", token } },
    agents: { defaults: { skipBootstrap: true, model: { primary: `mock/${hub.model.id}` } } },
    models: { catalogRefresh: { enabled: false }, providers: { mock: mockProvider(hub) } },
    channels: { irc: ircChannel(hub, primaryNick) },
    plugins: { entries: { irc: { enabled: true } } },
    cron: { enabled: false },
    ...keepsToItself,
  };
}

/** Settings of `models.providers.<id>` that make the hub's model usable. */
export function mockProvider(hub: Pick<Hub, "model">): Record<string, unknown> {
  return {
    baseUrl: hub.model.baseUrl,
    apiKey: "sandbox",
    api: "openai-completions",
    models: [
      {
        id: hub.model.id,
        name: "Echo",
        reasoning: false,
        input: ["text"],
        cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
        contextWindow: 131_072,
        maxTokens: 4096,
      },
    ],
  };
}

/** Settings of `channels.irc`: this gateway's own nick, and nobody but the owner may talk to it. */
export function ircChannel(hub: Pick<Hub, "irc">, nick: string): Record<string, unknown> {
  return {
    enabled: true,
    ...hub.irc,
    tls: false,
    nick,
    username: "openclaw",
    dmPolicy: "allowlist",
    allowFrom: [ownerMask],
    groupPolicy: "disabled",
  };
}
