/** Machines: systemd-nspawn containers that behave like a VPS, from power-on to pulled plug. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, openSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { execa } from "execa";
import { endGroup, freeze } from "./cgroups.ts";
import { hostResolver } from "./host.ts";
import { unmountBelow } from "./mounts.ts";
import { machineDir, machinesDir } from "./names.ts";
import { healMachine } from "./network.ts";
import { writeSeed } from "./seed.ts";

export { cutMachine, healMachine } from "./network.ts";

export interface MachineSpec {
  /** At most 11 characters: it names a network device, too. */
  readonly name: string;
  /** What the machine calls itself; its name unless told otherwise. */
  readonly hostname?: string;
  readonly ipv4: string;
  /** Images that its disk starts from, topmost first. */
  readonly layers: readonly string[];
  readonly memoryMiB: number;
  readonly userData?: string;
  /** `authorized_keys` lines that the cloud gives to cloud-init. */
  readonly publicKeys?: readonly string[];
  readonly metadata?: { readonly instanceId: string };
}

export type MachineState = "running" | "off" | "absent";

export interface ExecResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

const number = (file: string): number | undefined => {
  try {
    return Number(readFileSync(file, "utf8")) || undefined;
  } catch {
    return undefined;
  }
};

const alive = (pid: number | undefined): boolean => {
  if (!pid) return false;
  try {
    process.kill(pid, 0);
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
};

/** Makes a machine's disk and what it is told at boot. It is off. @throws if the name is taken, or too long. */
export async function createMachine(spec: MachineSpec): Promise<void> {
  if (!/^[a-z0-9-]{1,11}$/.test(spec.name))
    throw new Error(`Machine name "${spec.name}": 1 to 11 of a-z, 0-9 and "-".`);
  const dir = machineDir(spec.name);
  if (existsSync(dir)) throw new Error(`There is a machine "${spec.name}" already.`);
  await mkdir(machinesDir, { recursive: true, mode: 0o700 });
  for (const part of ["upper/etc", "work", "root"]) await mkdir(join(dir, part), { recursive: true });
  await writeFile(join(dir, "spec.json"), JSON.stringify(spec, null, 2), { mode: 0o600 });
  await writeFile(join(dir, "upper/etc/resolv.conf"), `nameserver ${hostResolver()}\n`);
  await writeSeed(join(dir, "upper"), spec);
}

/** What a machine was made from. @throws if there is none of that name. */
export function machineSpec(name: string): MachineSpec {
  try {
    return JSON.parse(readFileSync(join(machineDir(name), "spec.json"), "utf8")) as MachineSpec;
  } catch {
    throw new Error(
      `There is no machine "${name}". There are: ${
        listMachines()
          .map((m) => m.name)
          .join(", ") || "none"
      }.`,
    );
  }
}

export function machineState(name: string): MachineState {
  if (!existsSync(join(machineDir(name), "spec.json"))) return "absent";
  return alive(number(join(machineDir(name), "supervisor.pid"))) ? "running" : "off";
}

export function listMachines(): { name: string; ipv4: string; state: MachineState }[] {
  if (!existsSync(machinesDir)) return [];
  return readdirSync(machinesDir)
    .filter((name) => existsSync(join(machineDir(name), "spec.json")))
    .map((name) => ({ name, ipv4: machineSpec(name).ipv4, state: machineState(name) }));
}

/** Process id of a running machine's init, on the host. */
const leader = (name: string): number | undefined => number(join(machineDir(name), "leader.pid"));

/** Powers on; resolves when its init runs. */
export async function startMachine(name: string): Promise<void> {
  machineSpec(name);
  if (machineState(name) === "running") throw new Error(`Machine "${name}" is on already.`);
  const dir = machineDir(name);
  await rm(join(dir, "leader.pid"), { force: true });
  const log = openSync(join(dir, "supervisor.log"), "a");
  const child: ChildProcess = spawn(process.execPath, [join(import.meta.dirname, "supervise.ts"), name], {
    detached: true,
    stdio: ["ignore", log, log],
  });
  child.unref();
  await writeFile(join(dir, "supervisor.pid"), String(child.pid));
  const deadline = Date.now() + 20_000;
  while (!leader(name)) {
    if (machineState(name) !== "running" || Date.now() > deadline)
      throw new Error(`Machine "${name}" did not start; see ${dir}/supervisor.log and ${dir}/console.log.`);
    await wait(50);
  }
}

async function untilOff(name: string, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (machineState(name) === "running") {
    if (Date.now() > deadline) return false;
    await wait(50);
  }
  return true;
}

const signalInit = (name: string, signal: number | "SIGKILL"): void => {
  const pid = leader(name);
  if (!pid || machineState(name) !== "running") throw new Error(`Machine "${name}" is off.`);
  process.kill(pid, signal);
};

const realtime = (n: number): number => 34 + n; // SIGRTMIN of glibc

/** The power button: the machine shuts down in order, and is off when this resolves. */
export async function powerOff(name: string, timeoutMs = 90_000): Promise<void> {
  if (machineState(name) !== "running") return;
  signalInit(name, realtime(4));
  if (!(await untilOff(name, timeoutMs))) await pullPlug(name);
}

export async function rebootMachine(name: string): Promise<void> {
  const before = leader(name);
  signalInit(name, realtime(5));
  const deadline = Date.now() + 120_000;
  while (leader(name) === before || !leader(name)) {
    if (Date.now() > deadline) throw new Error(`Machine "${name}" did not come back from its reboot within 2 minutes.`);
    await wait(50);
  }
}

/** The plug is pulled: every process gone at once, nothing said to anyone. */
export async function pullPlug(name: string): Promise<void> {
  if (machineState(name) !== "running") return;
  signalInit(name, "SIGKILL");
  if (!(await untilOff(name, 20_000))) throw new Error(`Machine "${name}" still runs 20 s after its plug was pulled.`);
}

/** Every process stops where it is: the machine is there, and answers nothing. */
export const pauseMachine = (name: string): void => freeze(name, true);
export const unpauseMachine = (name: string): void => freeze(name, false);

/** Takes a machine away with all that it has; none of that name is fine. */
export async function destroyMachine(name: string): Promise<void> {
  await pullPlug(name).catch(() => {});
  await endGroup(name);
  await healMachine(name).catch(() => {}); // it was not cut, then
  await unmountBelow(machineDir(name));
  await rm(machineDir(name), { recursive: true, force: true });
}

/**
 * Runs a command in a machine, as a unit of its own systemd: with its limits, not with the host's capabilities.
 * @throws if the machine is off, or if it takes longer than `timeoutMs` (2 minutes unless told otherwise).
 */
export async function exec(
  name: string,
  argv: string[],
  opts: { stdin?: string; timeoutMs?: number; user?: string } = {},
): Promise<ExecResult> {
  const { program, args } = execCommand(name, argv, opts.user, "--pipe");
  const result = await execa(program, args, {
    input: opts.stdin ?? "",
    timeout: opts.timeoutMs ?? 120_000,
    reject: false,
    stripFinalNewline: false,
    maxBuffer: 64 * 1024 * 1024,
  });
  if (result.timedOut)
    throw new Error(`${name}: "${argv.join(" ").slice(0, 200)}" took longer than ${opts.timeoutMs ?? 120_000} ms.`);
  return { stdout: result.stdout, stderr: result.stderr, exitCode: result.exitCode ?? 128 };
}

/** The command of the host that runs a command in a machine; `io` is systemd-run's way to connect it (--pipe or --pty). */
export function execCommand(
  name: string,
  argv: string[],
  user: string | undefined,
  io: "--pipe" | "--pty",
): { program: string; args: string[] } {
  const pid = leader(name);
  if (!pid || machineState(name) !== "running") throw new Error(`Machine "${name}" is off.`);
  const path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  const enter = ["-t", String(pid), "-m", "-u", "-i", "-n", "-p", "-C", "--", "/usr/bin/env", "-i", path];
  const run = ["/usr/bin/systemd-run", "--quiet", io, "--wait", "--collect", "-E", path, "-E", "LANG=C.UTF-8"];
  const who =
    user && user !== "root"
      ? [`--uid=${user}`, "-E", `HOME=/home/${user}`, "-p", "WorkingDirectory=-~"]
      : ["-E", "HOME=/root"];
  return { program: "nsenter", args: [...enter, ...run, ...who, "--", ...argv] };
}

/** Resolves when the machine's SSH server greets. */
export async function waitForSsh(name: string, timeoutMs: number): Promise<void> {
  const { ipv4 } = machineSpec(name);
  const deadline = Date.now() + timeoutMs;
  while (!(await greets(ipv4))) {
    if (Date.now() > deadline) throw new Error(`${name} (${ipv4}): no SSH within ${Math.round(timeoutMs / 1000)} s.`);
    await wait(100);
  }
}

const greets = (address: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: address, port: 22, timeout: 1000 });
    const done = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("data", (data) => done(data.toString("latin1").startsWith("SSH-")));
    socket
      .once("error", () => done(false))
      .once("timeout", () => done(false))
      .once("close", () => done(false));
  });
