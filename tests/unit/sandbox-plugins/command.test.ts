/** Commands over real SSH, to servers on loopback that note what reaches them. */
import type { AddressInfo } from "node:net";
import { Server, utils } from "ssh2";
import { afterEach, describe, expect, test } from "vitest";
import { types } from "../../../sandbox/plugins/command.ts";
import { type Connection, HostKeyMismatch, runOverSsh } from "../../../sandbox/plugins/ssh.ts";

const newKey = () => utils.generateKeyPairSync("ed25519");
const [host, stranger, owner] = [newKey(), newKey(), newKey()];
const { create, update, delete: remove } = types["command:remote:Command"];

interface Host {
  readonly port: number;
  /** Attempts to log in, and commands with what they got on stdin. */
  readonly reached: string[];
  readonly connections: () => number;
  close(): void;
}

const open: Host[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

/** A host with that key, where a command writes to both its outputs and then ends as it says: `exit 3`, `kill`, `hang up`. */
async function startHost(key: { private: string }): Promise<Host> {
  const reached: string[] = [];
  let connections = 0;
  const server = new Server({ hostKeys: [key.private] }, (client) => {
    connections++;
    client.on("error", () => {});
    client.on("authentication", (attempt) => {
      reached.push(`login ${attempt.username} by ${attempt.method}`);
      const key = utils.parseKey(owner.public);
      const isOwner =
        attempt.method === "publickey" && !(key instanceof Error) && attempt.key.data.equals(key.getPublicSSH());
      if (isOwner) attempt.accept();
      else attempt.reject(["publickey"]);
    });
    client.on("session", (accept) => {
      accept().on("exec", (acceptExec, _reject, { command }) => {
        const channel = acceptExec();
        let stdin = "";
        channel.on("data", (part: Buffer) => {
          stdin += part.toString();
        });
        channel.on("end", () => {
          reached.push(`${command} < ${stdin}`);
          if (command === "hang up") return client.end();
          channel.write(`heard ${stdin}\n`);
          channel.stderr.write("muttered\n");
          if (command === "kill") channel.exit("KILL");
          else channel.exit(Number(command.split(" ")[1]));
          channel.end();
        });
      });
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const made = {
    port: (server.address() as AddressInfo).port,
    reached,
    connections: () => connections,
    close: () => server.close(),
  };
  open.push(made);
  return made;
}

const connection = (port: number, more: Partial<Connection> = {}): Connection => ({
  host: "127.0.0.1",
  port,
  user: "admin",
  privateKey: owner.private,
  hostKey: host.public,
  dialErrorLimit: 1,
  perDialTimeout: 5,
  ...more,
});

describe("the host key", () => {
  test("of the machine that was made is taken", async () => {
    const { port, reached } = await startHost(host);
    expect((await runOverSsh(connection(port), "exit 0", "secret")).stdout).toBe("heard secret\n");
    expect(reached.at(-1)).toBe("exit 0 < secret");
  });

  test("of another machine is refused before anything is sent to it: no name, no key, no command", async () => {
    const { port, reached, connections } = await startHost(stranger);
    const refused = runOverSsh(connection(port), "exit 0", "secret");
    await expect(refused).rejects.toThrow(HostKeyMismatch);
    await expect(refused).rejects.toThrow(/this is not the machine that was made, nothing was sent to it/);
    expect([connections(), reached]).toEqual([1, []]);
  });

  test("of another kind is refused as well", async () => {
    const { port, reached } = await startHost(utils.generateKeyPairSync("ecdsa", { bits: 256 }));
    await expect(runOverSsh(connection(port), "exit 0", "secret")).rejects.toThrow(/host key/);
    expect(reached).toEqual([]);
  });
});

test("a login that is refused says who was refused where", async () => {
  const { port } = await startHost(host);
  const refused = runOverSsh(connection(port, { privateKey: stranger.private }), "exit 0", "");
  await expect(refused).rejects.toThrow(`SSH to admin@127.0.0.1:${port}: All configured authentication methods failed`);
});

test("a host that does not answer is tried as often as was asked for", async () => {
  const { port, close } = await startHost(host);
  close();
  await expect(runOverSsh(connection(port), "exit 0", "")).rejects.toThrow(/ECONNREFUSED/);
});

describe("a command", () => {
  let port: number;
  let reached: string[];
  const start = async () => {
    ({ port, reached } = await startHost(host));
    return { connection: connection(port) };
  };

  test("that ends well gives its outputs, without the last line break", async () => {
    const inputs = { ...(await start()), create: "exit 0", stdin: "a\nb" };
    const { id, outputs } = await create(inputs, {});
    expect([id, outputs]).toEqual([expect.stringMatching(/^command-/), { stdout: "heard a\nb", stderr: "muttered" }]);
  });

  test.each([
    ["exit 3", /ended with 3:\nheard \n\nmuttered/],
    ["kill", /ended with (SIG)?KILL/],
    ["hang up", /connection was lost while the command ran|ended with/],
  ])("that ends with %s is an error, with what it said", async (command, words) => {
    await expect(create({ ...(await start()), create: command }, {})).rejects.toThrow(words);
  });

  test("has another for updates and for the end; without one the first runs again, or none", async () => {
    const inputs = { ...(await start()), create: "exit 0" };
    const commands = () => reached.filter((line) => line.startsWith("exit"));
    await update!("id", {}, { ...inputs, update: "exit 00" }, {});
    await update!("id", {}, inputs, {});
    await remove!("id", { ...inputs, delete: "exit 000" }, {});
    await remove!("id", inputs, {});
    expect(commands()).toEqual(["exit 00 < ", "exit 0 < ", "exit 000 < "]);
  });
});
