/** The program, run by the real engine against the sandbox: its environment, its configuration, its commands. */
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { execa, type Result } from "execa";
import { parseDocument, stringify } from "yaml";
import { type Engine, ensureEngine } from "./build/engine.ts";
import type { Hub } from "./hub/hub.ts";
import { repoDir, stateDir } from "./paths.ts";
import { installPlugins } from "./plugins/install.ts";

const pulumiDir = join(stateDir, "pulumi");
/** The sandbox's copy of Pulumi.dev.yaml, with what is made anew each time. */
export const stackFile = join(pulumiDir, "Pulumi.dev.yaml");

/** What the sandbox makes up for a stack. */
export interface StackSecrets {
  readonly digitalOceanToken: string;
  readonly tailscaleApiKey: string;
}

const environment = (engine: Engine): Record<string, string> => ({
  // Node 24 first: the program and the plugins run on it.
  PATH: `${join(repoDir, "node_modules/.bin")}:${engine.binDir}:${process.env.PATH ?? ""}`,
  PULUMI_HOME: join(pulumiDir, "home"),
  PULUMI_BACKEND_URL: `file://${join(pulumiDir, "backend")}`,
  PULUMI_CONFIG_PASSPHRASE: "sandbox",
  PULUMI_SKIP_UPDATE_CHECK: "true",
  PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
});

/** Commands that take the stack's configuration file. */
const withConfig = new Set(["up", "preview", "destroy", "refresh", "config", "watch"]);

/**
 * Runs the engine with the sandbox's environment. Its output is in the result, and given to `onLine` as it comes;
 * `inherit` shows it on this terminal instead.
 */
export async function pulumi(
  args: readonly string[],
  options: { inherit?: boolean; input?: string; onLine?: (line: string) => void } = {},
): Promise<Result> {
  const engine = await ensureEngine(() => {});
  const stack =
    ["login", "plugin", "version", "about"].includes(args[0] ?? "") || args.includes("--stack")
      ? []
      : ["--stack", "dev"];
  const config = withConfig.has(args[0] ?? "") && !args.includes("--config-file") ? ["--config-file", stackFile] : [];
  const argv = [...args, ...stack, ...config];
  const shared = { cwd: repoDir, env: environment(engine) };
  if (options.inherit) return execa(engine.pulumi, argv, { ...shared, stdio: "inherit" });
  const running = execa(engine.pulumi, argv, { ...shared, input: options.input ?? "", all: true });
  if (options.onLine) createInterface({ input: running.all }).on("line", options.onLine);
  return running;
}

/** Makes the stack "dev" with the sandbox's configuration. */
export async function makeStack(hub: Hub, made: StackSecrets): Promise<void> {
  for (const dir of ["home", "backend"]) await mkdir(join(pulumiDir, dir), { recursive: true, mode: 0o700 });
  await installPlugins(join(pulumiDir, "home"));
  const document = parseDocument(await readFile(join(repoDir, "Pulumi.dev.yaml"), "utf8"));
  const set = (key: string, value: unknown) => document.setIn(["config", key], value);
  const apt = (folder: string, suite: string) => ({ uri: `${hub.apt.url}/${folder}`, suite, key: hub.apt.keyAsc });
  set("openclaw-standby:workspaceHostKey", hub.git.hostKey);
  set("openclaw-standby:tailscaleApt", apt("tailscale", "trixie"));
  set("openclaw-standby:nodeApt", apt("node", "nodistro"));
  set("openclaw-standby:extraCertificateAuthorities", [hub.tailnet.caPem, ...hostAuthorities()]);
  await writeFile(stackFile, stringify(document.toJS()), { mode: 0o600 });
  // The engine writes the new stack's salt into its own file beside Pulumi.yaml; ours takes its place.
  const own = await readFile(join(repoDir, "Pulumi.dev.yaml"), "utf8");
  try {
    await pulumi(["stack", "init", "--stack", "dev", "--no-select"]);
    const salt = /^encryptionsalt: .*$/m.exec(await readFile(join(repoDir, "Pulumi.dev.yaml"), "utf8"))?.[0];
    if (salt) await writeFile(stackFile, `${salt}\n${await readFile(stackFile, "utf8")}`, { mode: 0o600 });
  } finally {
    await writeFile(join(repoDir, "Pulumi.dev.yaml"), own);
  }
  const secrets: Record<string, string> = {
    "digitalocean:token": made.digitalOceanToken,
    "tailscale:apiKey": made.tailscaleApiKey,
    workspaceDeployKey: hub.git.deployKey.privateKey,
    channelToken: hub.irc.password,
    modelKey: randomBytes(16).toString("hex"),
  };
  for (const [key, value] of Object.entries(secrets))
    await pulumi(["config", "set", "--secret", key], { input: value });
}

/** Authorities that this host trusts besides its distribution's: of an inspecting proxy, say. */
function hostAuthorities(): string[] {
  const dir = "/usr/local/share/ca-certificates";
  return existsSync(dir)
    ? readdirSync(dir)
        .filter((f) => f.endsWith(".crt"))
        .map((f) => readFileSync(join(dir, f), "utf8"))
    : [];
}

/** The stack's outputs, secrets in plain. */
export async function stackOutputs(): Promise<Record<string, unknown>> {
  return JSON.parse(String((await pulumi(["stack", "output", "--json", "--show-secrets"])).stdout)) as Record<
    string,
    unknown
  >;
}
