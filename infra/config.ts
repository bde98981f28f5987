/**
 * The configuration: read once, checked once, every mistake told at once.
 *
 * The keys, their types, defaults and descriptions are declared in `Pulumi.yaml`; this file says what makes a value
 * acceptable. `checkSettings` is pure, so that each message can be tested without an engine.
 */
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { aptRepositories, aptRepository } from "./apt.ts";
import {
  cidr,
  gitSshUrl,
  hostAndPort,
  openCidr,
  opensshPrivateKey,
  opensshPublicKey,
  sshGitHost,
  tailnetHost,
} from "./formats.ts";

/** Public host keys of the git hosts that most workspaces live on, as those hosts publish them. */
const knownGitHostKeys: Readonly<Record<string, string>> = {
  "github.com": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl",
  "gitlab.com": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAfuCHKVTjquxvt6CM6tdG4SLp1Btn/nOeHHE5UOzRdf",
};

const port = z.coerce.number().int().min(1, "a port is 1 to 65535").max(65535, "a port is 1 to 65535");
const between = (low: number, high: number, unit: string) =>
  z.coerce.number().int().min(low, `${low} to ${high} ${unit}`).max(high, `${low} to ${high} ${unit}`);
const needed = (what: string) => z.string().min(1, `is needed: ${what}`);

/** The standby's channel, as OpenClaw names its parts. */
const channel = z.strictObject({
  /** OpenClaw's name of the channel: the key under `channels`. */
  name: z
    .string("is needed: OpenClaw's name of the standby's own channel, such as discord")
    .regex(/^[a-z][a-z0-9-]*$/, "OpenClaw's name of the channel, such as discord"),
  /** npm package of the channel's plugin with an exact version, or "" when OpenClaw brings the channel itself. */
  plugin: z
    .string()
    .regex(
      /^$|^(@[a-z0-9-]+\/)?[a-z0-9-]+@\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/,
      "an exact npm version: @openclaw/discord@2026.9.6",
    )
    .default(""),
  /** The setting that takes the channel's token: as a SecretRef, or as the path of a file where its name ends in "File". */
  tokenField: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9]*$/, "the name of one setting, such as token")
    .default("token"),
  /** The other settings of the channel, as in OpenClaw's configuration. No secrets here. */
  settings: z.record(z.string(), z.unknown()).default({}),
});

const modelProvider = z.strictObject({
  baseUrl: z.url("a URL").optional(),
  api: z.string().min(1).optional(),
  models: z.array(z.record(z.string(), z.unknown())).optional(),
});

const secretsSource = z
  .string()
  .regex(/^$|^[a-z_][a-z0-9_-]*@[A-Za-z0-9.:-]+:\/?[A-Za-z0-9._/~-]+$/, "user@host:path, a host on the tailnet");

const webUrl = z.union([z.literal(""), z.url({ protocol: /^https?$/, error: "an http(s) URL" })]);

const schema = z
  .strictObject({
    primaryHost: needed("the primary's tailnet address, such as 100.64.0.1, or its tailnet name").pipe(tailnetHost),
    primaryPort: port,
    hostname: z
      .string()
      .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, "a host name: lower-case letters, digits and hyphens"),
    region: z.string().regex(/^[a-z]{3}[0-9]$/, "a DigitalOcean region, three letters and a digit, such as nyc3"),
    size: z.string().regex(/^[a-z0-9]+(-[a-z0-9_]+)+$/, "a DigitalOcean size, such as s-1vcpu-2gb"),
    image: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)+$/, "a DigitalOcean image, such as ubuntu-24-04-x64"),
    machineGeneration: between(1, 1_000_000, "(a count)"),
    adminKeyGeneration: between(1, 1_000_000, "(a count)"),
    tailnetTags: z
      .array(z.string().regex(/^tag:[a-z][a-z0-9-]*$/, "tag:name"))
      .min(1, "name at least one tag: untagged devices expire"),
    tailscaleLoginServer: z.union([z.literal(""), z.url({ protocol: /^https$/, error: "an https:// URL" })]),
    deployOver: z.enum(["tailnet", "public"], "`tailnet` or `public`"),
    sshAllowFrom: z.array(cidr),
    sshOpenToWorld: z.stringbool("true or false").or(z.boolean()),
    workspaceRepository: needed("the workspace's SSH git URL, such as git@github.com:you/workspace.git").pipe(
      gitSshUrl,
    ),
    workspaceBranch: z.string().regex(/^(?!-)(?!.*\.\.)[A-Za-z0-9._/-]+$/, "the name of a branch"),
    workspaceDeployKey: needed("the private key that may read and write the workspace").pipe(opensshPrivateKey),
    workspaceHostKey: z.union([z.literal(""), opensshPublicKey]),
    channel,
    channelToken: needed(
      "the token of the standby's own channel; set it with `pulumi config set --secret channelToken`",
    ),
    model: z.string().regex(/^[^/\s]+\/\S+$/, "provider/model"),
    modelFallbacks: z.array(z.string().regex(/^[^/\s]+\/\S+$/, "provider/model")),
    modelKey: needed("the API key of the model's provider; set it with `pulumi config set --secret modelKey`"),
    modelProvider,
    openclawVersion: z.string().regex(/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/, "one exact version, such as 2026.9.6"),
    probeIntervalSeconds: between(1, 60, "seconds"),
    probeTimeoutSeconds: between(5, 30, "seconds (a healthy gateway can block for 3)"),
    failThreshold: between(1, 20, "misses"),
    recoverThreshold: between(1, 100, "healthy answers"),
    recoverMinimumSeconds: between(0, 3600, "seconds"),
    promotionMode: z.enum(["cold", "eager", "warm"], "`cold`, `eager` or `warm`"),
    witnesses: z.array(hostAndPort()),
    standbysBefore: z.array(hostAndPort(18790)),
    drillSchedule: z.string().regex(/^[A-Za-z0-9 *:.,/~-]*$/, "a calendar event of systemd, such as monthly"),
    secretsSource,
    secretsSourceHostKey: z.union([z.literal(""), opensshPublicKey]),
    secretsSourceKey: z.union([z.literal(""), opensshPrivateKey]),
    webhookUrl: webUrl,
    webhookShape: z.enum(["auto", "ntfy", "slack", "discord", "json"], "auto, ntfy, slack, discord or json"),
    pingUrl: webUrl,
    tailscaleApt: aptRepository(aptRepositories.tailscale),
    nodeApt: aptRepository(aptRepositories.node),
    extraCertificateAuthorities: z.array(
      z.string().regex(/^-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----\s*$/, "one PEM certificate each"),
    ),
  })
  .superRefine((s, told) => {
    const mistake = (key: keyof typeof s, message: string) => told.addIssue({ code: "custom", path: [key], message });
    if (s.sshAllowFrom.some(openCidr) && !s.sshOpenToWorld)
      mistake(
        "sshAllowFrom",
        "opens SSH to the whole world; name your own addresses, or set sshOpenToWorld to true to mean it",
      );
    if (s.deployOver === "public" && s.sshAllowFrom.length === 0)
      mistake(
        "sshAllowFrom",
        "is empty, but deployOver is public: name the address you deploy from, such as 203.0.113.7/32",
      );
    const gitHost = sshGitHost(s.workspaceRepository);
    if (gitHost && !s.workspaceHostKey && !(gitHost in knownGitHostKeys))
      mistake(
        "workspaceHostKey",
        `is needed for ${gitHost}: the line that \`ssh-keyscan -t ed25519 ${gitHost}\` prints, without the host's name, checked with its operator`,
      );
    if (s.secretsSource && !s.secretsSourceHostKey) mistake("secretsSourceHostKey", "is needed with secretsSource");
    if (s.secretsSource && !s.secretsSourceKey) mistake("secretsSourceKey", "is needed with secretsSource");
    if (s.channel.tokenField in s.channel.settings)
      mistake(
        "channel",
        `has its token in plain settings (${s.channel.tokenField}): move it to the secret channelToken`,
      );
  })
  .transform((s) => ({
    ...s,
    workspaceHostKey: s.workspaceHostKey || (knownGitHostKeys[sshGitHost(s.workspaceRepository) ?? ""] ?? ""),
  }));

/** The checked configuration. Durations are whole seconds, as their names say; "" means not set. */
export type Settings = z.infer<typeof schema>;

/** Keys whose values are lists or objects, written as JSON in a stack's configuration. */
const structured = new Set([
  "tailnetTags",
  "sshAllowFrom",
  "channel",
  "modelFallbacks",
  "modelProvider",
  "witnesses",
  "standbysBefore",
  "tailscaleApt",
  "nodeApt",
  "extraCertificateAuthorities",
]);
/** Keys whose values must be stored encrypted. */
export const secretKeys = [
  "workspaceDeployKey",
  "channelToken",
  "modelKey",
  "secretsSourceKey",
  "webhookUrl",
  "pingUrl",
] as const;

/** All that is wrong with the configuration, in one error: a line a mistake, each with its key. */
export class ConfigurationError extends pulumi.RunError {
  constructor(mistakes: readonly string[]) {
    super(
      `The configuration of this stack has ${mistakes.length === 1 ? "a mistake" : `${mistakes.length} mistakes`}; nothing was created.\n` +
        `${mistakes.map((m) => `  - ${m}`).join("\n")}\nSet a key with \`pulumi config set <key> <value>\` (add --secret for a secret); docs/configuration.md tells them all.`,
    );
  }
}

/**
 * Checks a stack's configuration.
 * @param raw every key of the project's namespace without its prefix, each value as the engine hands it over: a string,
 *   JSON in it for lists and objects.
 * @param isSecret whether the stack stores the value of this key encrypted.
 * @throws ConfigurationError naming every key that is wrong and what was expected of it.
 */
export function checkSettings(raw: Readonly<Record<string, string>>, isSecret: (key: string) => boolean): Settings {
  const mistakes = secretKeys
    .filter((key) => raw[key] && !isSecret(key))
    .map(
      (key) =>
        `${key}: is stored in plain text; set it again with \`pulumi config set --secret ${key}\`, and make a new one, as this one was readable`,
    );
  const values: Record<string, unknown> = {};
  for (const [key, text] of Object.entries(raw)) {
    if (!structured.has(key)) values[key] = text;
    else {
      try {
        values[key] = JSON.parse(text);
      } catch {
        mistakes.push(`${key}: is not JSON; set it with \`pulumi config set --path\``);
        values[key] = undefined;
      }
    }
  }
  const checked = schema.safeParse(values);
  if (checked.success && mistakes.length === 0) return checked.data;
  for (const issue of checked.error?.issues ?? []) {
    const key = issue.path.join(".");
    if (issue.code === "unrecognized_keys")
      mistakes.push(
        ...issue.keys.map((k) => `${[...issue.path, k].join(".")}: is not a key of this program; mistyped?`),
      );
    else if (!mistakes.some((m) => m.startsWith(`${issue.path[0] as string}: is not JSON`)))
      mistakes.push(`${key}: ${issue.message}`);
  }
  throw new ConfigurationError(mistakes);
}
