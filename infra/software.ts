import { readFileSync } from "node:fs";
import * as command from "@pulumi/command";
import type * as digitalocean from "@pulumi/digitalocean";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { bundleMonitor } from "../monitor/bundle.ts";
import type { Settings } from "./config.ts";
import { shellWord, sshGitHost } from "./formats.ts";
import { monitorConfig, pingUrlFile, webhookUrlFile } from "./monitor-config.ts";
import {
  channelTokenFile,
  configurationFile,
  gatewayPort,
  openclawConfig,
  secretsFile,
  takesFile,
} from "./openclaw-config.ts";

export interface SoftwareArgs {
  readonly settings: Settings;
  /** How the machine is reached, its host key pinned. */
  readonly connection: command.types.input.remote.ConnectionArgs;
  /** The machine that all of this lives on, and goes with. */
  readonly droplet: digitalocean.Droplet;
}

/** A file on the machine. `content` may be secret. `null` is a file that must not be there. */
interface RemoteFile {
  readonly content: string | null;
  /** user:group */
  readonly owner: string;
  readonly mode: string;
}

const asset = (name: string) => readFileSync(new URL(`../assets/${name}`, import.meta.url), "utf8");
const root = (content: string, mode = "0644"): RemoteFile => ({ content, owner: "root:root", mode });
const agents = (content: string | null): RemoteFile => ({ content, owner: "openclaw:openclaw", mode: "0600" });

/**
 * What the machine runs: OpenClaw, the workspace, the gateway's configuration and secrets, the monitor, the units.
 *
 * Each step is one SSH command that may run again at any time: it receives its files on stdin, then does its part.
 * Pulumi runs it again when its files or its script have changed, and only then; the machine stays.
 */
export class Software extends pulumi.ComponentResource {
  /** The token of the standby's gateway, secret. */
  readonly gatewayToken: pulumi.Output<string>;
  private readonly step: (name: string, args: StepArgs) => command.remote.Command;

  constructor(name: string, args: SoftwareArgs, opts?: pulumi.ComponentResourceOptions) {
    super("openclaw-standby:infra:Software", name, {}, opts);
    const { settings } = args;
    this.step = (step, { run, files, after = [] }) =>
      new command.remote.Command(
        `${name}-${step}`,
        {
          connection: args.connection,
          create: [...(files ? ["sudo /usr/local/sbin/standby-receive"] : []), ...run].join(" && "),
          ...(files && { stdin: pulumi.secret(pulumi.jsonStringify(files)) }),
          logging: "none", // shown by Pulumi when a step fails; what it prints when it works is in its stdout
          addPreviousOutputInEnv: false,
        },
        { parent: this, dependsOn: after, deletedWith: args.droplet, customTimeouts: { create: "20m", update: "20m" } },
      );

    this.gatewayToken = pulumi.secret(
      new random.RandomPassword(`${name}-gateway-token`, { length: 40, special: false }, { parent: this }).result,
    );
    const firewall = this.step("firewall", {
      run: [asRoot(["/usr/local/sbin/standby-firewall", ...settings.sshAllowFrom].map(shellWord).join(" "))],
    });
    const files = this.step("files", {
      run: [asRoot("systemctl daemon-reload")],
      files: programFiles(settings),
      after: [firewall],
    });
    const openclaw = this.step("openclaw", {
      run: [asRoot(script("gateway-package.sh", settings.openclawVersion))],
      after: [files],
    });
    const clone = this.step("workspace", {
      run: [asAgent(script("workspace.sh", settings.workspaceRepository, settings.workspaceBranch))],
      files: workspaceFiles(settings),
      after: [files],
    });
    const gateway = this.step("gateway", {
      run: [
        // The version is there to have this run again with another OpenClaw: it checks the configuration anew.
        asAgent(script("gateway-configuration.sh", settings.channel.plugin, settings.openclawVersion)),
        // A gateway that runs takes up what is new; it finishes its answers first, and nobody waits for that here.
        asRoot("systemctl try-restart --no-block openclaw.service"),
      ],
      files: this.gatewayToken.apply((gatewayToken) => gatewayFiles(settings, gatewayToken)),
      after: [openclaw, clone],
    });
    this.step("monitor", {
      run: [asRoot(asset("steps/monitor.sh"))],
      files: bundleMonitor().then((bundle) => monitorFiles(settings, bundle)),
      after: [gateway, files],
    });
    this.registerOutputs({});
  }
}

interface StepArgs {
  /** Commands made by `asRoot` or `asAgent`, one after the other; the first that fails ends the step. */
  readonly run: readonly string[];
  /** Written before `run`, each by its owner. */
  readonly files?: pulumi.Input<Record<string, RemoteFile>>;
  readonly after?: pulumi.Resource[];
}

/** A script of assets/steps with its arguments, as one shell command: what runs can be read in the preview. */
function script(name: string, ...args: string[]): string {
  return `sh -c ${shellWord(asset(`steps/${name}`))} ${[name, ...args].map(shellWord).join(" ")}`;
}

/** The environment file holds what every program on the machine needs to know, such as to trust the owner's authorities. */
const inEnvironment = (run: string) =>
  `sh -c ${shellWord(`set -eu; cd; umask 022; if [ -r /etc/openclaw-standby/environment ]; then set -a; . /etc/openclaw-standby/environment; set +a; fi\n${run}`)}`;

const asRoot = (run: string) => `sudo --set-home ${inEnvironment(run)}`;

/**
 * As the agent's user, and held as the agent is: what the agent has written into its home (git's configuration, npm's, a
 * plugin) has a say in what runs here. Nothing of it stays when the step ends.
 */
const asAgent = (run: string) =>
  `sudo systemd-run --quiet --collect --pipe --wait --expand-environment=no --uid=openclaw --gid=openclaw ${[
    "NoNewPrivileges=yes",
    "CapabilityBoundingSet=",
    "ProtectSystem=strict",
    "ReadWritePaths=/home/openclaw",
    "PrivateTmp=yes",
    "PrivateDevices=yes",
    "ProtectProc=invisible",
    "RestrictNamespaces=yes",
  ]
    .map((property) => `--property=${property}`)
    .join(" ")} ${inEnvironment(run)}`;

function programFiles(settings: Settings): Record<string, RemoteFile> {
  const units = [
    "openclaw.service",
    "openclaw-channel.service",
    "openclaw-workspace-pull.service",
    "openclaw-workspace-save.service",
    "openclaw-workspace-save.timer",
    "openclaw-secrets-fetch.service",
  ];
  const scripts = ["channel-door", "workspace", "secrets-fetch"];
  return {
    ...Object.fromEntries(units.map((unit) => [`/etc/systemd/system/${unit}`, root(asset(`systemd/${unit}`))])),
    ...Object.fromEntries(
      scripts.map((script) => [`/usr/lib/openclaw-standby/${script}`, root(asset(`scripts/${script}`), "0755")]),
    ),
    "/etc/openclaw-standby/channel.env": root(
      `CHANNEL=${settings.channel.name}\nGATEWAY_PORT=${gatewayPort}\nSECRETS_FILE=${secretsFile}\n`,
    ),
    "/etc/openclaw-standby/environment": root(
      // Node brings its own list of authorities, and looks at the machine's only when told to.
      settings.extraCertificateAuthorities.length > 0 ? "NODE_USE_SYSTEM_CA=1\n" : "",
    ),
    "/etc/openclaw-standby/secrets-source.env": settings.secretsSource
      ? root(`SECRETS_SOURCE=${settings.secretsSource}\n`)
      : { ...root(""), content: null },
  };
}

function workspaceFiles(settings: Settings): Record<string, RemoteFile> {
  const gitHost = sshGitHost(settings.workspaceRepository) ?? "";
  const sourceHost = settings.secretsSource.replace(/^[^@]*@/, "").replace(/:[^:]*$/, "");
  return {
    "/home/openclaw/.ssh/workspace": agents(ensureNewline(settings.workspaceDeployKey)),
    "/home/openclaw/.ssh/known_hosts": agents(
      `${gitHost} ${settings.workspaceHostKey}\n${settings.secretsSource ? `${sourceHost} ${settings.secretsSourceHostKey}\n` : ""}`,
    ),
    "/home/openclaw/.ssh/config": agents(
      `Host ${gitHost.replace(/^\[(.*)\]:\d+$/, "$1")}\n  IdentityFile ~/.ssh/workspace\n  IdentitiesOnly yes\n` +
        "Host *\n  BatchMode yes\n  StrictHostKeyChecking yes\n  ConnectTimeout 5\n  ServerAliveInterval 5\n  ServerAliveCountMax 2\n",
    ),
    "/home/openclaw/.ssh/secrets_source": agents(
      settings.secretsSource ? ensureNewline(settings.secretsSourceKey) : null,
    ),
  };
}

function gatewayFiles(settings: Settings, gatewayToken: string): Record<string, RemoteFile> {
  return {
    [secretsFile]: agents(
      JSON.stringify({ channelToken: settings.channelToken, modelKey: settings.modelKey, gatewayToken }),
    ),
    [channelTokenFile]: agents(takesFile(settings.channel) ? settings.channelToken : null),
    ...Object.fromEntries(
      (["open", "closed"] as const).map((door) => [
        configurationFile(door),
        agents(`${JSON.stringify(openclawConfig(settings, door), null, 2)}\n`),
      ]),
    ),
  };
}

function monitorFiles(settings: Settings, bundle: string): Record<string, RemoteFile> {
  /** Nothing to say is no file. */
  const monitors = (content: string): RemoteFile => ({
    content: content || null,
    owner: "root:openclaw-monitor",
    mode: "0640",
  });
  return {
    "/usr/lib/openclaw-standby/monitor.mjs": root(bundle),
    "/usr/local/bin/openclaw-standby": root(
      '#!/bin/sh\nexec /usr/bin/node /usr/lib/openclaw-standby/monitor.mjs "$@"\n',
      "0755",
    ),
    "/etc/openclaw-standby/monitor.json": monitors(`${JSON.stringify(monitorConfig(settings), null, 2)}\n`),
    [webhookUrlFile]: monitors(settings.webhookUrl && `${settings.webhookUrl}\n`),
    [pingUrlFile]: monitors(settings.pingUrl && `${settings.pingUrl}\n`),
    "/etc/systemd/system/openclaw-drill.service": root(asset("systemd/openclaw-drill.service")),
    "/etc/systemd/system/openclaw-drill.timer": {
      ...root(asset("systemd/openclaw-drill.timer").replace("$SCHEDULE", settings.drillSchedule)),
      ...(!settings.drillSchedule && { content: null }),
    },
    "/etc/systemd/system/openclaw-health-monitor.service": root(asset("systemd/openclaw-health-monitor.service")),
    "/etc/polkit-1/rules.d/50-openclaw-monitor.rules": root(asset("polkit/50-openclaw-monitor.rules")),
  };
}

const ensureNewline = (text: string) => (text.endsWith("\n") ? text : `${text}\n`);
