/** What a person can say to the sandbox. */
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { ask } from "./ask.ts";
import { runSteps } from "./cli.ts";
import { readHub } from "./hub/hub.ts";
import { ensureHostPackages } from "./machines/host.ts";
import * as machine from "./machines/machine.ts";
import { leftovers } from "./machines/sweep.ts";
import { stateDir } from "./paths.ts";
import * as gateway from "./primary/gateway.ts";
import { pulumi, stackOutputs } from "./stack.ts";
import { isStandby, type Report, standbyMachine, storySteps } from "./story.ts";
import { tellStory } from "./timeline.ts";
import { buildSteps, endWorld, pulumiDestroy, pulumiUp, worldSteps } from "./world.ts";

/** Somebody asked for what there is not. */
export class UsageError extends Error {}

export interface Verb {
  readonly usage: string;
  readonly help: string;
  /** @returns the exit code. */
  readonly run: (args: string[]) => Promise<number>;
  /** Whether options after the verb are the verb's, not ours. */
  readonly passesOn?: boolean;
}

/** A machine by the name that a person gives it. */
function machineNamed(name: string | undefined): string {
  if (!name) throw new UsageError("Which machine? hub, primary or standby.");
  return name === "standby" ? standbyMachine() : machine.machineSpec(name).name;
}

async function story(): Promise<number> {
  const report: Report = {
    startedAt: new Date().toISOString(),
    checks: [],
    timelineMs: {},
    stepsMs: {},
    passed: false,
  };
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  try {
    await runSteps([...buildSteps, ...worldSteps(), ...storySteps(report)]);
  } finally {
    await writeFile(join(stateDir, "report.json"), `${JSON.stringify(report, null, 2)}\n`);
  }
  console.log(tellStory(report));
  return report.passed ? 0 : 1;
}

async function status(): Promise<number> {
  const machines = machine.listMachines();
  if (machines.length === 0) {
    console.log("No sandbox is up. Start one: npm run sandbox -- up");
    return 1;
  }
  for (const { name, ipv4, state } of machines) {
    const shown = isStandby(name) ? `standby (${name})` : name;
    const doing = state === "running" ? await whatItDoes(name) : "";
    console.log(`${shown.padEnd(22)} ${ipv4.padEnd(16)} ${state.padEnd(8)} ${doing}`.trimEnd());
  }
  return 0;
}

async function whatItDoes(name: string): Promise<string> {
  if (name === "hub") return "";
  const unit = isStandby(name) ? "openclaw-channel.service" : "openclaw.service";
  const { stdout } = await machine.exec(name, ["systemctl", "is-active", unit]);
  const state = stdout.trim();
  if (!isStandby(name)) return `gateway ${state}`;
  return { active: "has taken over", activating: "is taking over", inactive: "standing by" }[state] ?? state;
}

/** SSH as the stack's outputs say: its key, its pinned host key. Other machines: a shell through the hypervisor. */
async function ssh([name, ...command]: string[]): Promise<number> {
  if (name !== "standby") return shell(machineNamed(name), command.length > 0 ? command : ["/bin/bash", "-l"], true);
  const outputs = (await stackOutputs()) as Record<string, string>;
  const key = join(stateDir, "standby.key");
  const knownHosts = join(stateDir, "standby.known_hosts");
  await writeFile(key, outputs.sshPrivateKey!, { mode: 0o600 });
  await writeFile(knownHosts, `${outputs.sshHostKey!}\n`);
  const options = [
    "-i",
    key,
    "-o",
    "IdentitiesOnly=yes",
    "-o",
    `UserKnownHostsFile=${knownHosts}`,
    "-o",
    "StrictHostKeyChecking=yes",
  ];
  const { exitCode } = await execa("ssh", [...options, `admin@${outputs.publicAddress}`, ...command], {
    stdio: "inherit",
    reject: false,
  });
  return exitCode ?? 1;
}

async function shell(name: string, command: string[], interactive: boolean): Promise<number> {
  const { program, args } = machine.execCommand(
    name,
    command,
    undefined,
    interactive && process.stdin.isTTY ? "--pty" : "--pipe",
  );
  const { exitCode } = await execa(program, args, { stdio: "inherit", reject: false });
  return exitCode ?? 1;
}

/** What can be done to a machine, and to its gateway. */
const faults: Record<string, { machine: (name: string) => unknown; gateway?: () => Promise<void> }> = {
  kill: { machine: machine.pullPlug, gateway: gateway.killGateway },
  stop: { machine: machine.powerOff, gateway: gateway.stopGateway },
  start: { machine: machine.startMachine, gateway: gateway.startGateway },
  reboot: { machine: machine.rebootMachine },
  pause: { machine: machine.pauseMachine, gateway: gateway.pauseGateway },
  unpause: { machine: machine.unpauseMachine, gateway: gateway.unpauseGateway },
  cut: { machine: machine.cutMachine },
  heal: { machine: machine.healMachine },
};

const fault = (verb: string, help: string): Verb => ({
  usage: `${verb} MACHINE${faults[verb]!.gateway ? " | gateway" : ""}`,
  help,
  run: async ([what]) => {
    const { machine: onMachine, gateway: onGateway } = faults[verb]!;
    if (what === "gateway" && onGateway) await onGateway();
    else await onMachine(machineNamed(what));
    return 0;
  },
});

export const verbs: Readonly<Record<string, Verb>> = {
  story: { usage: "(none)", help: "the whole story, from nothing to nothing", run: story },
  up: {
    usage: "up",
    help: "build what is missing, bring up the world, and the standby with `pulumi up`",
    run: async () => {
      await runSteps([...buildSteps, ...worldSteps(), { title: "pulumi up: the standby", run: pulumiUp }]);
      return status();
    },
  },
  status: { usage: "status", help: "the machines, and whether their gateways run", run: status },
  ssh: {
    usage: "ssh MACHINE [COMMAND]",
    help: "a shell; on the standby over real SSH, as its owner",
    run: ssh,
    passesOn: true,
  },
  exec: {
    usage: "exec MACHINE -- COMMAND",
    help: "run a command as root",
    run: ([name, ...command]) => shell(machineNamed(name), command[0] === "--" ? command.slice(1) : command, false),
    passesOn: true,
  },
  ask: {
    usage: "ask primary|standby TEXT",
    help: "send a chat message as the owner, and print the answer",
    run: async ([nick, ...words]) => {
      if (nick !== "primary" && nick !== "standby")
        throw new UsageError("Whom? `ask primary TEXT` or `ask standby TEXT`.");
      const answer = await ask(await readHub(), nick, words.join(" ") || "hello", 30_000);
      console.log(`${nick}: ${answer.text}   (after ${(answer.answeredAfterMs / 1000).toFixed(1)} s)`);
      return 0;
    },
  },
  kill: fault("kill", "pull the plug, or SIGKILL the primary's gateway"),
  stop: fault("stop", "press the power button, or stop the primary's gateway in order"),
  start: fault("start", "power on, or start the primary's gateway"),
  reboot: fault("reboot", "restart the machine"),
  pause: fault("pause", "everything stops where it is, and nothing answers"),
  unpause: fault("unpause", "goes on after a pause"),
  cut: fault("cut", "lose every packet, both ways"),
  heal: fault("heal", "undo cut"),
  logs: {
    usage: "logs MACHINE [-f]",
    help: "the journal; on the standby of what is ours there",
    run: ([name, ...rest]) => {
      const units = name === "standby" ? ["--unit=openclaw-health-monitor", "--unit=openclaw*"] : [];
      return shell(machineNamed(name), ["journalctl", "--no-pager", "-n", "200", ...units, ...rest], false);
    },
    passesOn: true,
  },
  pulumi: {
    usage: "pulumi ANYTHING",
    help: "the engine, with the sandbox's environment and stack",
    run: async (args) => {
      if (!existsSync(join(stateDir, "pulumi")))
        throw new UsageError("No sandbox is up. Start one: npm run sandbox -- up");
      return (
        (
          await pulumi(args, { inherit: true }).catch((error: { exitCode?: number }) => ({
            exitCode: error.exitCode ?? 1,
          }))
        ).exitCode ?? 1
      );
    },
    passesOn: true,
  },
  destroy: {
    usage: "destroy",
    help: "`pulumi destroy`, then take the world away",
    run: async () => {
      if (await hasStack()) await runSteps([{ title: "pulumi destroy", run: pulumiDestroy }]);
      const left = await endWorld();
      console.log(left.length > 0 ? `Left: ${left.join(", ")}` : "Nothing is left.");
      return left.length > 0 ? 1 : 0;
    },
  },
  prepare: {
    usage: "prepare",
    help: "install what the sandbox and the tests need of this host",
    run: async () => {
      await ensureHostPackages(console.log);
      return 0;
    },
  },
  leftovers: {
    usage: "leftovers",
    help: "what the sandbox has on this host at the moment",
    run: async () => {
      for (const line of await leftovers()) console.log(line);
      return 0;
    },
  },
};

const hasStack = (): Promise<boolean> =>
  readFile(join(stateDir, "pulumi/Pulumi.dev.yaml"), "utf8").then(
    () => true,
    () => false,
  );
