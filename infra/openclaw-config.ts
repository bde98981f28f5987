import type { Settings } from "./config.ts";

/** Where the secrets of the gateway lie on the machine: a JSON object, mode 0600, the gateway's own. */
export const secretsFile = "/home/openclaw/.openclaw/standby-secrets.json";
export const workspace = "/home/openclaw/.openclaw/workspace";

/** A reference to one entry of `secretsFile`, in OpenClaw's words. */
const secret = (name: "channelToken" | "modelKey" | "gatewayToken") => ({
  source: "file",
  provider: "standby",
  id: `/${name}`,
});

/**
 * The gateway's configuration, `openclaw.json`: the standby's one channel, the owner's model, no crons, nothing that
 * listens but on loopback. It holds references to secrets, not secrets.
 */
export function openclawConfig(
  settings: Pick<Settings, "channel" | "model" | "modelFallbacks" | "modelProvider">,
): Record<string, unknown> {
  const { channel, model } = settings;
  return {
    secrets: { providers: { standby: { source: "file", path: secretsFile, mode: "json" } } },
    gateway: { mode: "local", port: 18789, bind: "loopback", auth: { mode: "token", token: secret("gatewayToken") } },
    agents: {
      defaults: {
        workspace,
        // Bootstrap files in the workspace would keep `git pull --ff-only` from working.
        skipBootstrap: true,
        model: { primary: model, fallbacks: settings.modelFallbacks },
      },
      entries: { main: {} },
    },
    models: { providers: { [model.split("/")[0]!]: { ...settings.modelProvider, apiKey: secret("modelKey") } } },
    channels: { [channel.name]: { ...channel.settings, enabled: true, [channel.tokenField]: secret("channelToken") } },
    ...(channel.plugin && { plugins: { entries: { [pluginId(channel)]: { enabled: true } } } }),
    cron: { enabled: false }, // recovery mode: the primary's jobs are the primary's
    discovery: { mdns: { mode: "off" } },
  };
}

/** OpenClaw's id of a channel's plugin: the package's name without scope and version. */
const pluginId = (channel: Settings["channel"]): string =>
  channel.plugin.replace(/^@[^/]+\//, "").replace(/@[^@]*$/, "");
