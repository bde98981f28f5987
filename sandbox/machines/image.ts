/** Images that machines start from: Debian as a cloud has it, and layers over it that are made once and kept. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { chmod, cp, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import type { Log } from "../build/log.ts";
import { withHeartbeat } from "../build/log.ts";
import { createMachine, destroyMachine, type ExecResult, exec, powerOff, startMachine } from "./machine.ts";
import { imagesDir, machineDir } from "./names.ts";

type Exec = (argv: string[], opts?: { stdin?: string; timeoutMs?: number; user?: string }) => Promise<ExecResult>;

/** Raise it when the recipe below changes. */
const recipe = "4";
const packages =
  "systemd-sysv,dbus,libpam-systemd,udev,cloud-init,openssh-server,sudo,curl,ca-certificates,gnupg,iproute2,iputils-ping," +
  "netbase,ifupdown,net-tools,procps,psmisc,less,vim-tiny,apt-utils,locales,tzdata,python3,kmod,iptables,cron,logrotate";
const authoritiesDir = "/usr/local/share/ca-certificates";
const identity = ["etc/hostname", "etc/machine-id", "var/lib/dbus/machine-id", "etc/apt/apt.conf.d/99mmdebstrap"];

/** Debian 13 as a fresh cloud image, made from Debian's own packages. About a minute, once. */
export async function ensureImage(name: "debian-13", log: Log): Promise<void> {
  const tree = join(imagesDir, name);
  const authorities = existsSync(authoritiesDir) ? readdirSync(authoritiesDir).filter((f) => f.endsWith(".crt")) : [];
  const stamp = [recipe, packages, ...authorities.map((f) => readFileSync(join(authoritiesDir, f), "utf8"))].join("\n");
  if (existsSync(tree) && (await readFile(`${tree}.stamp`, "utf8").catch(() => "")) === stamp) return;
  await mkdir(imagesDir, { recursive: true });
  await rm(`${tree}.new`, { recursive: true, force: true });
  const options = [
    'Acquire::Check-Valid-Until "false"',
    'Acquire::Languages "none"',
    'APT::Install-Recommends "false"',
  ];
  const made = execa("mmdebstrap", [
    "--quiet",
    "--mode=root",
    "--variant=apt",
    `--include=${packages}`,
    ...options.map((o) => `--aptopt=${o}`),
    "trixie",
    `${tree}.new`,
  ]);
  await withHeartbeat(log, "image: Debian 13 from Debian's packages", made);
  for (const file of identity) await rm(join(`${tree}.new`, file), { force: true });
  for (const key of readdirSync(join(`${tree}.new`, "etc/ssh")).filter((f) => f.startsWith("ssh_host_")))
    await rm(join(`${tree}.new`, "etc/ssh", key));
  const put = (path: string, content: string) => writeFile(join(`${tree}.new`, path), content);
  await put("etc/machine-id", "");
  await put("etc/cloud/cloud.cfg.d/90_sandbox.cfg", "datasource_list: [ ConfigDrive, None ]\n");
  if (authorities.length > 0) {
    // This host sits behind an inspecting proxy: its machines need to trust it, as the host does.
    for (const f of authorities) await cp(join(authoritiesDir, f), join(`${tree}.new`, authoritiesDir, f));
    await execa("chroot", [`${tree}.new`, "update-ca-certificates"]);
    await put("etc/environment", "NODE_USE_SYSTEM_CA=1\n");
    await mkdir(join(`${tree}.new`, "etc/systemd/system.conf.d"), { recursive: true });
    await put("etc/systemd/system.conf.d/sandbox.conf", "[Manager]\nDefaultEnvironment=NODE_USE_SYSTEM_CA=1\n");
  }
  await chmod(`${tree}.new`, 0o755); // the root of a machine: its users must be able to enter it
  await rm(tree, { recursive: true, force: true });
  await rename(`${tree}.new`, tree);
  await writeFile(`${tree}.stamp`, stamp);
}

/**
 * A layer: what `provision` changes in a throwaway machine over the layers `below`, without that machine's identity.
 * Kept until `fingerprint`, or what lies below, is another.
 */
export async function ensureLayer(
  name: string,
  below: string[],
  provision: (exec: Exec) => Promise<void>,
  fingerprint: string,
  log: Log,
): Promise<void> {
  const tree = join(imagesDir, name);
  const stamps = await Promise.all(below.map((b) => readFile(join(imagesDir, `${b}.stamp`), "utf8")));
  const stamp = [fingerprint, ...stamps].join("\n---\n");
  if (existsSync(tree) && (await readFile(`${tree}.stamp`, "utf8").catch(() => "")) === stamp) return;
  const machine = `make-${name}`.slice(0, 11);
  await destroyMachine(machine);
  await createMachine({ name: machine, ipv4: "198.51.100.99", layers: below, memoryMiB: 4096 });
  try {
    await startMachine(machine);
    const work = async () => {
      await exec(machine, ["cloud-init", "status", "--wait"]);
      await provision((argv, opts) => exec(machine, argv, opts));
      await exec(machine, ["sh", "-c", "apt-get clean; rm -rf /var/lib/apt/lists/* /root/.npm /tmp/* /var/tmp/*"]);
      await powerOff(machine);
    };
    await withHeartbeat(log, `image: layer ${name}`, work());
    const upper = join(machineDir(machine), "upper");
    const gone = [
      ...identity,
      "etc/resolv.conf",
      "etc/hosts",
      "var/lib/cloud",
      "var/log/journal",
      "var/log/cloud-init.log",
      "var/log/cloud-init-output.log",
      "var/lib/systemd/random-seed",
      "etc/network/interfaces.d",
      "var/lib/tailscale",
    ];
    for (const path of gone) await rm(join(upper, path), { recursive: true, force: true });
    if (existsSync(join(upper, "etc/ssh")))
      for (const key of readdirSync(join(upper, "etc/ssh")).filter((f) => f.startsWith("ssh_host_")))
        await rm(join(upper, "etc/ssh", key));
    await rm(tree, { recursive: true, force: true });
    await rename(upper, tree);
    await writeFile(`${tree}.stamp`, stamp);
  } finally {
    await destroyMachine(machine);
  }
}
