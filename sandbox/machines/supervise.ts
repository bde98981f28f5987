/**
 * The hypervisor of one machine: `node supervise.ts NAME`, a process of its own, so that the machine outlives the command
 * that started it. Each power-on has fresh control groups and a fresh network namespace (netfilter's state is lost, as in
 * a real reboot). A reboot of the guest ends nspawn with 133, and boots again; anything else is power-off.
 */

import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { execa } from "execa";
import { adopt, endGroup, makeGroups } from "./cgroups.ts";
import { host } from "./host.ts";
import { type MachineSpec, machineSpec } from "./machine.ts";
import { bridge, bridgePort, imagesDir, machineDir, namespace } from "./names.ts";
import { hardwareAddress } from "./seed.ts";

const rebootCode = 133;
const name = process.argv[2] ?? "";
const dir = machineDir(name);
const spec = machineSpec(name);
const machineId = randomUUID();

process.on("SIGHUP", () => {});
adopt(process.pid, "supervisors");
try {
  do await cleanUp();
  while ((await boot(spec)) === rebootCode);
} finally {
  await cleanUp();
  for (const file of ["leader.pid", "supervisor.pid"]) rmSync(join(dir, file), { force: true });
}

async function boot(spec: MachineSpec): Promise<number> {
  await host("ip", ["netns", "add", namespace(name)]);
  await host("ip", [
    "link",
    "add",
    bridgePort(name),
    "type",
    "veth",
    "peer",
    "name",
    "eth0",
    "address",
    hardwareAddress(spec.ipv4),
    "netns",
    namespace(name),
  ]);
  await host("ip", ["link", "set", bridgePort(name), "master", bridge, "up"]);
  const groupFiles = makeGroups(name, spec.memoryMiB);
  const layers = spec.layers.map((layer) => join(imagesDir, layer)).join(":");
  const overlay = `lowerdir=${layers},upperdir=${join(dir, "upper")},workdir=${join(dir, "work")}`;
  // The overlay is mounted in a mount namespace of its own, so that it goes with the machine, however that ends.
  const script = `for f in ${groupFiles.join(" ")}; do echo $$ > "$f"; done; mount -t overlay ocs-${name} -o '${overlay}' '${join(dir, "root")}'; exec "$@"`;
  const console = openSync(join(dir, "console.log"), "a");
  const child = spawn("unshare", ["--mount", "--propagation", "slave", "sh", "-euc", script, "sh", ...nspawn(spec)], {
    stdio: ["ignore", console, console],
    env: {
      PATH: process.env.PATH ?? "/usr/sbin:/usr/bin:/sbin:/bin",
      SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: "1", // systemd 257 refuses to boot on v1
      SYSTEMD_NSPAWN_API_VFS_WRITABLE: "network",
      SYSTEMD_NSPAWN_TMPFS_TMP: "0",
      SYSTEMD_SECCOMP: "0", // the guest's units filter for themselves
      SYSTEMD_NSPAWN_LOCK: "0",
    },
  });
  const ended = new Promise<number>((resolve) => child.once("exit", (code) => resolve(code ?? 1)));
  void findLeader(child.pid ?? 0);
  return ended;
}

function nspawn(spec: MachineSpec): string[] {
  return [
    "systemd-nspawn",
    "--quiet",
    "--register=no",
    "--keep-unit",
    `--machine=${spec.name}`,
    `--hostname=${spec.hostname ?? spec.name}`,
    `--uuid=${machineId.replaceAll("-", "")}`,
    `--directory=${join(dir, "root")}`,
    `--network-namespace-path=/run/netns/${namespace(spec.name)}`,
    "--capability=CAP_NET_ADMIN,CAP_IPC_LOCK,CAP_BPF,CAP_PERFMON",
    "--drop-capability=CAP_SYS_TIME", // or a guest moves the host's clock
    "--bind=/dev/net/tun",
    "--resolv-conf=off",
    "--timezone=off",
    "--link-journal=no",
    "--kill-signal=SIGRTMIN+3",
    "--console=read-only",
    "--",
    "/lib/systemd/systemd",
  ];
}

/** Writes down the guest's init as soon as it is systemd: the power button, the plug and exec all need it. */
async function findLeader(nspawnPid: number): Promise<void> {
  for (let i = 0; i < 400; i++) {
    try {
      const [pid] = readFileSync(`/proc/${nspawnPid}/task/${nspawnPid}/children`, "utf8").trim().split(" ");
      if (pid && readFileSync(`/proc/${pid}/comm`, "utf8").trim() === "systemd") {
        writeFileSync(join(dir, "leader.pid"), pid);
        return;
      }
    } catch {
      return; // it has ended already
    }
    await wait(25);
  }
}

async function cleanUp(): Promise<void> {
  rmSync(join(dir, "leader.pid"), { force: true });
  await endGroup(name);
  await execa("ip", ["link", "delete", bridgePort(name)], { reject: false });
  await execa("ip", ["netns", "delete", namespace(name)], { reject: false });
}
