/** A real headscale, and a real tailscaled without a network device: both on loopback, with all they have in one folder. */
import { type ChildProcess, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { openSync } from "node:fs";
import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { parse, stringify } from "yaml";
import { ensureTailnetBinaries } from "../../../sandbox/build/tailnet.ts";
import type { HeadscaleConfig } from "../../../sandbox/cloud/headscale.ts";
import { waitUntil } from "../../../sandbox/guest/exec.ts";
import { createAuthority } from "../../../sandbox/hub/authority.ts";
import { repoDir } from "../../../sandbox/paths.ts";

export interface Tailnet {
  readonly headscale: HeadscaleConfig;
  /** Joins as a machine of that name would. @throws with what tailscale said. */
  join(hostname: string, authKey: string): Promise<void>;
  /** Ends all of it, and leaves no file. */
  close(): Promise<void>;
}

/** Starts headscale, configured as the hub's is but for its addresses. Compiles it first when it is not in the cache. */
export async function startTailnet(): Promise<Tailnet> {
  const binaries = await ensureTailnetBinaries(console.log);
  const dir = await mkdtemp(join(tmpdir(), "tailnet-"));
  const file = (name: string) => join(dir, name);
  const children: ChildProcess[] = [];
  const run = (name: string, program: string, args: string[], env: Record<string, string> = {}) => {
    const log = openSync(file(`${name}.log`), "w");
    children.push(spawn(program, args, { cwd: dir, env: { ...process.env, ...env }, stdio: ["ignore", log, log] }));
  };
  const close = async () => {
    for (const child of children) {
      if (child.exitCode === null && child.signalCode === null && child.kill()) await once(child, "exit");
    }
    await rm(dir, { recursive: true, force: true });
  };
  try {
    const { url, caPem } = await configure(dir);
    run("headscale", binaries.headscale, ["serve", "--config", file("headscale.yaml")]);
    const control = async (...args: string[]): Promise<unknown> => {
      const options = ["--config", file("headscale.yaml"), "--output", "json"];
      return JSON.parse((await execa(binaries.headscale, [...args, ...options])).stdout);
    };
    const answers = () => control("users", "list").then(...([() => true, () => false] as const));
    await waitUntil("headscale answers", answers, { timeoutMs: 20_000, everyMs: 100 }).catch(async (error: unknown) => {
      throw new Error(`${String(error)}\n${await readFile(file("headscale.log"), "utf8")}`);
    });
    const owner = (await control("users", "create", "owner")) as { id: number };
    const apiKey = (await control("apikeys", "create", "--expiration", "1h")) as string;
    return {
      headscale: { url, apiKey, caPem, ownerId: String(owner.id) },
      async join(hostname, authKey) {
        const socket = file(`${hostname}.sock`);
        const state = ["--statedir", file(hostname), "--socket", socket, "--port", "0"];
        const quiet = ["--tun", "userspace-networking", "--no-logs-no-support"];
        run(hostname, binaries.tailscaled, [...state, ...quiet], { SSL_CERT_FILE: file("ca.crt") });
        const cli = (...args: string[]) => execa(binaries.tailscale, ["--socket", socket, ...args], { reject: false });
        const runs = async () => /Logged out|NeedsLogin/i.test((await cli("status")).stdout);
        await waitUntil(`tailscaled of ${hostname} answers`, runs, { timeoutMs: 20_000, everyMs: 100 });
        const how = [`--login-server=${url}`, `--auth-key=${authKey}`, `--hostname=${hostname}`, "--timeout=30s"];
        const joined = await cli("up", ...how);
        if (joined.exitCode !== 0) throw new Error(`${hostname} did not join: ${joined.stderr}`);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Writes what headscale reads. */
async function configure(dir: string): Promise<{ url: string; caPem: string }> {
  const guest = join(repoDir, "sandbox/hub/guest");
  const file = (name: string) => join(dir, name);
  const [https, metrics, grpc, stun] = [await freePort(), await freePort(), await freePort(), await freeUdpPort()];
  const authority = await createAuthority("127.0.0.1");
  const url = `https://127.0.0.1:${https}`;
  const config = parse(await readFile(join(guest, "headscale.yaml"), "utf8")) as Record<string, object>;
  await writeFile(file("ca.crt"), authority.caPem);
  await writeFile(file("hub.crt"), authority.certificatePem);
  await writeFile(file("hub.key"), authority.privateKeyPem, { mode: 0o600 });
  await copyFile(join(guest, "policy.hujson"), file("policy.hujson"));
  const derp = (config.derp as { server: object }).server;
  const stunAddress = `127.0.0.1:${stun}`;
  const changes = {
    server_url: url,
    listen_addr: `127.0.0.1:${https}`,
    metrics_listen_addr: `127.0.0.1:${metrics}`,
    grpc_listen_addr: `127.0.0.1:${grpc}`,
    unix_socket: file("headscale.sock"),
    tls_cert_path: file("hub.crt"),
    tls_key_path: file("hub.key"),
    noise: { private_key_path: file("noise.key") },
    derp: {
      ...config.derp,
      server: { ...derp, stun_listen_addr: stunAddress, private_key_path: file("derp.key"), ipv4: "127.0.0.1" },
    },
    database: { type: "sqlite", sqlite: { path: file("db.sqlite"), write_ahead_log: true } },
    policy: { mode: "file", path: file("policy.hujson") },
  };
  await writeFile(file("headscale.yaml"), stringify({ ...config, ...changes }));
  return { url, caPem: authority.caPem };
}

/** A port that nobody listens on at this moment. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function freeUdpPort(): Promise<number> {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  await once(socket, "close");
  return port;
}
