import type { Settings } from "./config.ts";

const home = "/home/openclaw/.openclaw";
/** Where the secrets of the gateway lie on the machine: a JSON object, mode 0600, the gateway's own. */
export const secretsFile = `${home}/standby/secrets.json`;
export const workspace = `${home}/workspace`;
/** The channel's token alone, for a channel that takes the path of a file instead of a reference. */
export const channelTokenFile = `${home}/standby/channel-token`;
/** The two configurations that `channel-door` puts in place, by turns: the channel open, or closed. */
export const configurationFile = (door: Door): string => `${home}/standby/${door}.json`;
export const gatewayPort = 18789;

export type Door = "open" | "closed";

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
  door: Door,
): Record<string, unknown> {
  const { channel, model } = settings;
  return {
    secrets: { providers: { standby: { source: "file", path: secretsFile, mode: "json" } } },
    gateway: {
      mode: "local",
      port: gatewayPort,
      bind: "loopback",
      auth: { mode: "token", token: secret("gatewayToken") },
    },
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
    channels: {
      [channel.name]: {
        ...channel.settings,
        enabled: door === "open",
        [channel.tokenField]: takesFile(channel) ? channelTokenFile : secret("channelToken"),
      },
    },
    ...(channel.plugin && { plugins: { entries: { [pluginId(channel)]: { enabled: true } } } }),
    cron: { enabled: false }, // recovery mode: the primary's jobs are the primary's
    discovery: { mdns: { mode: "off" } },
  };
}

/** Whether the channel reads its token from a file: OpenClaw's name of such a setting ends so (tokenFile, passwordFile). */
export const takesFile = ({ tokenField }: Settings["channel"]): boolean => tokenField.endsWith("File");

/** OpenClaw's id of a channel's plugin: the package's name without scope and version. */
const pluginId = (channel: Settings["channel"]): string =>
  channel.plugin.replace(/^@[^/]+\//, "").replace(/@[^@]*$/, "");
