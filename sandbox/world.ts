/** Everything around the program: from a bare host to a cloud, a tailnet, and a primary that answers. */
import { randomBytes } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ensureAptRepository } from "./build/apt.ts";
import { ensureEngine } from "./build/engine.ts";
import type { Log } from "./build/log.ts";
import { ensureTailnetBinaries } from "./build/tailnet.ts";
import { startCloud } from "./cloud/start.ts";
import { ensureHub, type Hub, startHub } from "./hub/hub.ts";
import { ensureHostPackages } from "./machines/host.ts";
import { ensureImage } from "./machines/image.ts";
import { networkUp } from "./machines/network.ts";
import { leftovers, sweep } from "./machines/sweep.ts";
import { stateDir } from "./paths.ts";
import { ensurePrimary, startPrimary } from "./primary/primary.ts";
import { makeStack, pulumi, type StackSecrets } from "./stack.ts";

/** One thing to do, with the words that a person sees. */
export interface Step {
  readonly title: string;
  readonly run: (log: Log) => Promise<unknown>;
}

/** What has to be built once on a host. All of it is reused by later runs. */
export const buildSteps: readonly Step[] = [
  { title: "Host packages", run: ensureHostPackages },
  { title: "What an earlier run left", run: async (log) => log((await clearWorld()).join(", ") || "nothing") },
  { title: "Pulumi engine", run: ensureEngine },
  { title: "Tailscale and headscale", run: ensureTailnetBinaries },
  { title: "Signed apt repository", run: ensureAptRepository },
  {
    title: "Image: Debian 13",
    run: async (log) => {
      await networkUp();
      await ensureImage("debian-13", log);
    },
  },
  { title: "Image: hub", run: ensureHub },
  { title: "Image: primary", run: ensurePrimary },
];

/** From images to a world in which `pulumi up` works. */
export function worldSteps(): Step[] {
  const secrets: StackSecrets = {
    digitalOceanToken: `dop_v1_${randomBytes(32).toString("hex")}`,
    tailscaleApiKey: `tskey-api-${randomBytes(16).toString("hex")}`,
  };
  let hub: Hub;
  return [
    {
      title: "Hub: control server, packages, git, IRC, model",
      run: async (log) => {
        await mkdir(stateDir, { recursive: true, mode: 0o700 });
        hub = await startHub(log);
      },
    },
    { title: "Cloud: DigitalOcean's and Tailscale's APIs", run: () => startCloud(hub, secrets) },
    { title: "Primary: OpenClaw on the tailnet", run: (log) => startPrimary(hub, log) },
    { title: "Stack: Pulumi.dev.yaml and this sandbox's secrets", run: () => makeStack(hub, secrets) },
  ];
}

const unattended = ["--yes", "--skip-preview", "--non-interactive", "--color", "never"];

/** `pulumi up`, told resource by resource. */
export const pulumiUp = (log: Log): Promise<string> => pulumiLines(["up", ...unattended], log);

/** `pulumi destroy`, told likewise. */
export const pulumiDestroy = (log: Log): Promise<string> => pulumiLines(["destroy", ...unattended], log);

/** Runs the engine and tells of each resource that it is at. @throws with the end of its output when it fails. */
export async function pulumiLines(args: string[], log: Log): Promise<string> {
  const onLine = (line: string) => {
    const [, resource, doing] = /^ [-+~]+ +\S+ (\S+) (creating|updating|deleting|replacing)/.exec(line) ?? [];
    if (resource) log(`${doing} ${resource}`);
  };
  try {
    return String((await pulumi(args, { onLine })).all ?? "");
  } catch (error) {
    const all = (error as { all?: string }).all;
    throw all ? new Error(`pulumi ${args[0]} failed:\n${all.split("\n").slice(-60).join("\n")}`) : error;
  }
}

/** What one run keeps in its folder, besides its report. */
const kept = ["pulumi", "hub.json", "cloud.json", "cloud-state.json", "cloud.out", "cloud.log", "standby.key"];

/** Takes away whatever a run has left, however it ended. @returns what was found. */
async function clearWorld(): Promise<string[]> {
  const found = await sweep();
  for (const name of kept) await rm(join(stateDir, name), { recursive: true, force: true });
  return found;
}

/** Takes the world away. @returns what could not be taken away; empty when the host is clean. */
export async function endWorld(): Promise<string[]> {
  await clearWorld();
  return leftovers();
}

export interface CloudKeys {
  readonly digitalOceanToken: string;
  readonly tailscaleApiKey: string;
  readonly url: string;
}

/** How to ask the cloud's APIs, for the checks after a destroy. */
export async function cloudKeys(): Promise<CloudKeys> {
  const config = JSON.parse(await readFile(join(stateDir, "cloud.json"), "utf8")) as {
    listen: { address: string; port: number };
    digitalOcean: { token: string };
    tailscale: { apiKey: string };
  };
  return {
    digitalOceanToken: config.digitalOcean.token,
    tailscaleApiKey: config.tailscale.apiKey,
    url: `http://${config.listen.address}:${config.listen.port}`,
  };
}

/** Writes the figures and checks of a run. */
export const writeReport = (report: unknown): Promise<void> =>
  writeFile(join(stateDir, "report.json"), `${JSON.stringify(report, null, 2)}\n`);
