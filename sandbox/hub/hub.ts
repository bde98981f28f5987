import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { ensureAptRepository } from "../build/apt.ts";
import { writeFileAtomically } from "../build/artifact.ts";
import type { Log } from "../build/log.ts";
import { type Exec, run, shell, waitForBoot, waitUntil, writeFile } from "../guest/exec.ts";
import { createMachine, exec as execIn, startMachine } from "../machines/machine.ts";
import { stateDir } from "../paths.ts";
import { aptUrl, gitUrl, headscaleUrl, hubIpv4, hubName, ircPort, modelBaseUrl } from "./addresses.ts";
import { createAuthority } from "./authority.ts";
import { ensureHubLayer } from "./layer.ts";

/** An SSH key pair: OpenSSH's own private format, and one `authorized_keys` line. */
export interface SshKeyPair {
  privateKey: string;
  publicKey: string;
}

/** A running hub: where everything is, and what proves or opens it. Kept in STATE/hub.json, mode 0600. */
export interface Hub {
  ipv4: string;
  tailnet: { url: string; caPem: string; apiKey: string /** headscale's id of the user "owner" */; ownerId: string };
  apt: { url: string; keyAsc: string; fingerprint: string };
  git: { url: string /** `ssh-ed25519 AAAA...` */; hostKey: string; deployKey: SshKeyPair };
  irc: { host: string; port: number /** Of the server: whoever connects has to know it. */; password: string };
  model: { baseUrl: string; id: string };
}

const hubFile = join(stateDir, "hub.json");
const exec: Exec = (argv, options) => execIn(hubName, argv, options);

/** Makes the hub's layer, ahead of time: the slow part of the first `startHub`. */
export const ensureHub = ensureHubLayer;

/**
 * Makes the machine "hub" from its layer, starts it, and gives it an identity: a new authority, a deploy key, the
 * tailnet's owner and an API key of it. The sandbox's network has to be up.
 */
export async function startHub(log: Log): Promise<Hub> {
  await ensureHubLayer(log);
  const apt = await ensureAptRepository(log);
  const authority = await createAuthority(hubIpv4);
  const deployKey = await createSshKeyPair("workspace deploy key");
  log("hub: starting the machine");
  await createMachine({ name: hubName, ipv4: hubIpv4, layers: ["hub", "debian-13"], memoryMiB: 768 });
  await startMachine(hubName);
  await waitForBoot(exec, 60_000);
  const secret = { mode: "0640", group: "headscale" };
  await writeFile(exec, "/etc/headscale/hub.crt", authority.certificatePem, secret);
  await writeFile(exec, "/etc/headscale/hub.key", authority.privateKeyPem, secret);
  const ircPassword = randomBytes(16).toString("hex");
  const ircOnly = { mode: "0640", group: "irc" };
  await writeFile(exec, "/etc/ngircd/ngircd.conf.d/password.conf", `[Global]\nPassword = ${ircPassword}\n`, ircOnly);
  const gitOnly = { mode: "0600", owner: "git" };
  await writeFile(exec, "/srv/git/.ssh/authorized_keys", `restrict ${deployKey.publicKey}\n`, gitOnly);
  await shell(
    exec,
    "chown git:git /srv/git/.ssh && chmod 0700 /srv/git/.ssh && systemctl enable --now headscale.service && systemctl restart ngircd.service",
  );
  log("hub: waiting for its services");
  const { apiKey, ownerId } = await openTailnet();
  await waitForServices();
  const hub: Hub = {
    ipv4: hubIpv4,
    tailnet: { url: headscaleUrl, caPem: authority.caPem, apiKey, ownerId },
    apt: { url: aptUrl, keyAsc: apt.keyAsc, fingerprint: apt.fingerprint },
    git: { url: gitUrl, hostKey: await sshHostKey(), deployKey },
    irc: { host: hubIpv4, port: ircPort, password: ircPassword },
    model: { baseUrl: modelBaseUrl, id: "echo" },
  };
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  await writeFileAtomically(hubFile, `${JSON.stringify(hub, null, 2)}\n`, 0o600);
  return hub;
}

/** The hub that `startHub` left in STATE. @throws when none was started. */
export async function readHub(): Promise<Hub> {
  const text = await readFile(hubFile, "utf8").catch(() => {
    throw new Error(`${hubFile} is not there: start the sandbox first.`);
  });
  return JSON.parse(text) as Hub;
}

/** How a machine joins the tailnet under `tag`: a key for one use within ten minutes. */
export async function createJoinKey(hub: Hub, tag: "tag:primary" | "tag:standby"): Promise<string> {
  const output = await headscale("preauthkeys", "create", "--user", hub.tailnet.ownerId, "--tags", tag, "-e", "10m");
  return (JSON.parse(output) as { key: string }).key;
}

/** Runs headscale's own command line on the hub. @returns its JSON output. */
export function headscale(...args: string[]): Promise<string> {
  return run(exec, ["/usr/local/bin/headscale", ...args, "--output", "json"], { timeoutMs: 20_000 });
}

async function openTailnet(): Promise<{ apiKey: string; ownerId: string }> {
  const isUp = async () => (await exec(["/usr/local/bin/headscale", "users", "list"])).exitCode === 0;
  await waitUntil("hub: headscale answers", isUp, { timeoutMs: 30_000 });
  const owner = JSON.parse(await headscale("users", "create", "owner")) as { id: number | string };
  const apiKey = JSON.parse(await headscale("apikeys", "create", "--expiration", "720h")) as string;
  return { apiKey, ownerId: String(owner.id) };
}

async function waitForServices(): Promise<void> {
  const checks = {
    packages: `curl -fsS -m 2 -o /dev/null ${aptUrl}/tailscale/dists/trixie/InRelease`,
    model: `curl -fsS -m 2 -o /dev/null ${modelBaseUrl}/models`,
    irc: `bash -c 'exec 3<>/dev/tcp/${hubIpv4}/${ircPort}'`,
    ssh: `bash -c 'exec 3<>/dev/tcp/${hubIpv4}/22'`,
    headscale: `curl -kfsS -m 2 -o /dev/null ${headscaleUrl}/health`,
  };
  for (const [name, command] of Object.entries(checks)) {
    const answers = async () => (await exec(["/bin/bash", "-c", command])).exitCode === 0;
    await waitUntil(`hub: ${name} answers`, answers, { timeoutMs: 30_000 });
  }
}

async function sshHostKey(): Promise<string> {
  const line = await run(exec, ["/bin/cat", "/etc/ssh/ssh_host_ed25519_key.pub"]);
  return line.split(" ").slice(0, 2).join(" ");
}

async function createSshKeyPair(comment: string): Promise<SshKeyPair> {
  const dir = await mkdtemp(join(tmpdir(), "hub-key-"));
  try {
    await execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", join(dir, "key")]);
    return {
      privateKey: await readFile(join(dir, "key"), "utf8"),
      publicKey: (await readFile(join(dir, "key.pub"), "utf8")).trim(),
    };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
