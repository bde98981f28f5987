/** A machine's control groups. Everything a machine runs is in them, so that ending it ends all of it. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { cgroupName } from "./names.ts";

const root = "/sys/fs/cgroup";

/**
 * The hierarchies of this host: v1 controllers with cgroup2 beside them ("hybrid"), or cgroup2 alone.
 * (cgroup2 alone follows the same steps, but was never tried here.)
 */
const unifiedOnly = existsSync(join(root, "cgroup.controllers"));
const hierarchies: readonly string[] = unifiedOnly
  ? [root]
  : ["unified", "systemd", "cpu", "cpuacct", "memory", "pids", "blkio", "freezer", "devices"]
      .map((h) => join(root, h))
      .filter((h) => existsSync(h));

const groups = (...below: string[]): string[] => hierarchies.map((h) => join(h, cgroupName, ...below));

/** Devices a machine may open, as `type major:minor access`: none of the host's disks. Making nodes is allowed, opening is not. */
const devices = [
  "c *:* m",
  "b *:* m",
  "c 1:3 rwm",
  "c 1:5 rwm",
  "c 1:7 rwm",
  "c 1:8 rwm",
  "c 1:9 rwm",
  "c 5:0 rwm",
  "c 5:1 rwm",
  "c 5:2 rwm",
  "c 136:* rwm",
  "c 10:200 rwm",
];

/** Makes a machine's groups. @returns the files that a process writes its id to, to be in them. */
export function makeGroups(name: string, memoryMiB: number): string[] {
  for (const group of groups(name)) mkdirSync(group, { recursive: true });
  if (unifiedOnly) {
    writeFileSync(join(root, cgroupName, "cgroup.subtree_control"), "+memory +pids");
    writeFileSync(join(root, cgroupName, name, "memory.max"), String(memoryMiB * 1024 * 1024));
  } else {
    writeFileSync(join(root, "memory", cgroupName, name, "memory.limit_in_bytes"), String(memoryMiB * 1024 * 1024));
    const group = join(root, "devices", cgroupName, name);
    writeFileSync(join(group, "devices.deny"), "a");
    for (const device of devices) writeFileSync(join(group, "devices.allow"), device);
  }
  return groups(name).map((group) => join(group, "cgroup.procs"));
}

/** Puts a process into a group beside the machines, where the sweep finds it. */
export function adopt(pid: number, name: string): void {
  for (const group of groups(name)) {
    mkdirSync(group, { recursive: true });
    writeFileSync(join(group, "cgroup.procs"), String(pid));
  }
}

/** Stops every process of a machine where it is, or lets it go on. */
export function freeze(name: string, frozen: boolean): void {
  if (unifiedOnly) writeFileSync(join(root, cgroupName, name, "cgroup.freeze"), frozen ? "1" : "0");
  else writeFileSync(join(root, "freezer", cgroupName, name, "freezer.state"), frozen ? "FROZEN" : "THAWED");
}

/** Names of the groups that exist. */
export const groupNames = (): string[] => [
  ...new Set(
    groups().flatMap((g) =>
      existsSync(g)
        ? readdirSync(g, { withFileTypes: true })
            .filter((e) => e.isDirectory())
            .map((e) => e.name)
        : [],
    ),
  ),
];

function below(group: string): string[] {
  if (!existsSync(group)) return [];
  const children = readdirSync(group, { withFileTypes: true }).filter((e) => e.isDirectory());
  return [...children.flatMap((c) => below(join(group, c.name))), group];
}

/** Ends whatever runs in a group and removes it, or with no name, in all of them. A killed task lingers some ms: so try again. */
export async function endGroup(name = ""): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const left = groups(name).filter((g) => existsSync(g));
    if (left.length === 0) return;
    if (!unifiedOnly && name && existsSync(join(root, "freezer", cgroupName, name))) freeze(name, false);
    for (const group of left.flatMap(below)) {
      for (const pid of tryRead(join(group, "cgroup.procs")))
        if (pid > 1 && pid !== process.pid) tryDo(() => process.kill(pid, "SIGKILL"));
      tryDo(() => rmdirSync(group));
    }
    await wait(50);
  }
  throw new Error(
    `The control group ${cgroupName}/${name} could not be emptied in 10 s; see ${groups(name)[0]}/cgroup.procs.`,
  );
}

function tryRead(file: string): number[] {
  try {
    return readFileSync(file, "utf8").split("\n").filter(Boolean).map(Number);
  } catch {
    return []; // gone meanwhile
  }
}

function tryDo(what: () => void): void {
  try {
    what();
  } catch {
    // gone meanwhile, or not yet empty: the next round sees
  }
}
