import { setTimeout as wait } from "node:timers/promises";
import { Client } from "ssh2";

export interface Connection {
  readonly host: string;
  readonly user?: string;
  readonly port?: number;
  readonly privateKey?: string;
  /** The public key that the host must have, `type base64`. */
  readonly hostKey?: string;
  /** Attempts before giving up; 10 unless told otherwise, negative: for ever. */
  readonly dialErrorLimit?: number;
  /** Seconds for one attempt. */
  readonly perDialTimeout?: number;
}

export class HostKeyMismatch extends Error {}

/**
 * Runs a command over SSH.
 * @throws HostKeyMismatch when the host is not the one that was pinned, before anything is sent to it; or an error with
 *   the exit status and what the command said last.
 */
export async function runOverSsh(
  connection: Connection,
  command: string,
  stdin: string,
): Promise<{ stdout: string; stderr: string }> {
  const client = await dial(connection);
  try {
    return await execute(client, command, stdin);
  } finally {
    client.end();
  }
}

/** Connects, trying again: a machine that was just made needs a while until it answers. */
async function dial(connection: Connection): Promise<Client> {
  const limit = connection.dialErrorLimit ?? 10;
  const most = limit < 0 ? Number.POSITIVE_INFINITY : limit;
  for (let attempt = 1; ; attempt++) {
    try {
      return await dialOnce(connection);
    } catch (error) {
      // The daemon may still be taking up its new key: look a second time, but not for long.
      if (attempt >= (error instanceof HostKeyMismatch ? Math.min(3, most) : most)) throw error;
      await wait(Math.min(1000 * attempt, 5000));
    }
  }
}

function dialOnce({
  host,
  port = 22,
  user = "root",
  privateKey,
  hostKey,
  perDialTimeout = 15,
}: Connection): Promise<Client> {
  const client = new Client();
  const [keyType = "", keyBlob = ""] = hostKey?.trim().split(" ") ?? [];
  let seen = "";
  return new Promise((resolve, reject) => {
    client.once("connect", () => client.setNoDelay(true)); // all packets are small, and each waits for the last
    client.once("ready", () => resolve(client));
    client.once("error", (error) => {
      client.end();
      reject(
        hostKey && seen && seen !== keyBlob
          ? new HostKeyMismatch(
              `${host}: the host key is ${seen.slice(0, 48)}..., pinned is ${keyBlob.slice(0, 48)}...: this is not the machine that was made, nothing was sent to it`,
            )
          : new Error(`SSH to ${user}@${host}:${port}: ${error.message}`),
      );
    });
    client.connect({
      host,
      port,
      username: user,
      ...(privateKey !== undefined && { privateKey }),
      readyTimeout: perDialTimeout * 1000,
      keepaliveInterval: 15_000,
      ...(hostKey && { algorithms: { serverHostKey: [keyType as "ssh-ed25519"] } }),
      hostVerifier: (key: Buffer) => {
        seen = key.toString("base64");
        return !hostKey || seen === keyBlob;
      },
    });
  });
}

function execute(client: Client, command: string, stdin: string): Promise<{ stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const lost = (error?: Error) =>
      reject(new Error(`the SSH connection was lost while the command ran${error ? `: ${error.message}` : ""}`));
    client.once("error", lost).once("close", () => lost());
    client.exec(command, (error, channel) => {
      if (error) {
        reject(error);
        return;
      }
      let stdout = "";
      let stderr = "";
      channel.setEncoding("utf8").on("data", (part: string) => {
        stdout += part;
      });
      channel.stderr.setEncoding("utf8").on("data", (part: string) => {
        stderr += part;
      });
      channel.once("close", (code: number | null, signal?: string) => {
        if (code === 0) resolve({ stdout, stderr });
        else
          reject(new Error(`the command ended with ${signal ?? code}:\n${`${stdout}\n${stderr}`.trim().slice(-4000)}`));
      });
      channel.end(stdin);
    });
  });
}
