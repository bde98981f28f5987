/** Finding and taking away whatever a sandbox left on this host, of this checkout or another, however it ended. */
import { existsSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { execa } from "execa";
import { cacheDir, stateDir } from "../paths.ts";
import { endGroup, groupNames } from "./cgroups.ts";
import { mountsBelow, unmountBelow } from "./mounts.ts";
import { bridge, cgroupName, machinesDir, namespacePrefix, nftTable } from "./names.ts";
import { networkDown } from "./network.ts";

const lines = async (program: string, args: string[]): Promise<string[]> =>
  (await execa(program, args, { reject: false })).stdout.split("\n").filter(Boolean);

async function namespaces(): Promise<string[]> {
  return existsSync("/run/netns") ? (await readdir("/run/netns")).filter((n) => n.startsWith(namespacePrefix)) : [];
}
const devices = async (): Promise<string[]> =>
  (await lines("ip", ["-o", "link"]))
    .map((line) => /^\d+: ([^:@]+)/.exec(line)?.[1] ?? "")
    .filter((n) => n === bridge || n.startsWith(namespacePrefix));
const tables = async (): Promise<string[]> =>
  (await lines("nft", ["list", "tables"])).filter((t) => new RegExp(` ${nftTable}(_\\w+)?$`).test(t));

/** Everything of a sandbox that is on this host, in words; empty when it is clean. Looks only. */
export async function leftovers(): Promise<string[]> {
  return [
    ...groupNames().map((n) => `control group ${cgroupName}/${n}`),
    ...(await namespaces()).map((n) => `network namespace ${n}`),
    ...(await devices()).map((n) => `network device ${n}`),
    ...(await tables()).map((t) => `nft ${t}`),
    ...[stateDir, cacheDir].flatMap(mountsBelow).map((m) => `mount ${m}`),
    ...(existsSync(machinesDir) ? (await readdir(machinesDir)).map((n) => `disk of machine ${n}`) : []),
  ];
}

/** Ends and removes all of it. @returns what was found. */
export async function sweep(): Promise<string[]> {
  const found = await leftovers();
  for (const name of groupNames()) if (name !== "supervisors") await endGroup(name);
  if (groupNames().includes("supervisors")) await endGroup("supervisors");
  for (const name of groupNames()) await endGroup(name);
  await endGroup();
  for (const name of await namespaces()) await execa("ip", ["netns", "delete", name], { reject: false });
  for (const name of await devices()) await execa("ip", ["link", "delete", name], { reject: false });
  for (const table of await tables()) await execa("nft", ["delete", ...table.split(" ")], { reject: false });
  await networkDown();
  for (const folder of [stateDir, cacheDir]) await unmountBelow(folder);
  await rm(machinesDir, { recursive: true, force: true });
  return found;
}
