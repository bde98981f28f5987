import { existsSync, readFileSync } from "node:fs";
import { execa } from "execa";
import type { Log } from "../build/log.ts";

/** Program on the host -> Debian package that brings it. */
const needed: Readonly<Record<string, string>> = {
  "systemd-nspawn": "systemd-container",
  mmdebstrap: "mmdebstrap",
  nft: "nftables",
  ip: "iproute2",
  "ssh-keygen": "openssh-client",
  "apt-ftparchive": "apt-utils",
  "dpkg-deb": "dpkg",
  gpg: "gnupg",
  openssl: "openssl",
  git: "git",
  zstd: "zstd",
  unzip: "unzip",
  rsync: "rsync",
  flock: "util-linux",
  python3: "python3",
  // For the tests, which look at the standby from outside.
  nmap: "nmap",
};

/**
 * Installs what the sandbox needs of the host, where it is missing.
 * @throws when not root, or where there is no apt, saying which programs to install.
 */
export async function ensureHostPackages(log: Log): Promise<void> {
  if (process.getuid?.() !== 0)
    throw new Error(
      "The sandbox boots machines of its own and needs root. Run it as root, in a VM if you prefer: sudo npm run sandbox",
    );
  const missing = Object.entries(needed).filter(([program]) => !onPath(program));
  if (missing.length === 0) return;
  const packages = missing.map(([, name]) => name).join(" ");
  if (!onPath("apt-get"))
    throw new Error(
      `The sandbox needs ${missing.map(([p]) => p).join(", ")}; install them with this system's package manager (in Debian: apt-get install ${packages}).`,
    );
  log(`host: installing ${packages}`);
  const environment = { DEBIAN_FRONTEND: "noninteractive" };
  await execa("apt-get", ["update", "-q"], { env: environment });
  await execa("apt-get", ["install", "-yq", "--no-install-recommends", ...packages.split(" ")], { env: environment });
}

const onPath = (program: string): boolean =>
  [...(process.env.PATH ?? "").split(":"), "/usr/sbin", "/sbin"].some((dir) => dir && existsSync(`${dir}/${program}`));

/** The resolver that the host uses; machines use the same one. */
export function hostResolver(): string {
  const server = /^nameserver\s+(\S+)/m.exec(readFileSync("/etc/resolv.conf", "utf8"))?.[1];
  if (!server) throw new Error("/etc/resolv.conf names no nameserver: the machines could not look up any name.");
  return server;
}

/** Runs a program of the host that has to succeed. @returns its output, trimmed. */
export async function host(program: string, args: string[], input = ""): Promise<string> {
  return (await execa(program, args, { input })).stdout.trim();
}
