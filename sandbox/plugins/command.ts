/** Stand-in for the command plugin: commands over real SSH, the host key checked. */
import { randomUUID } from "node:crypto";
import { type ResourceType, serve, type Values } from "./plugin.ts";
import { type Connection, runOverSsh } from "./ssh.ts";

const run = async (inputs: Values, command: unknown): Promise<Values> => {
  if (typeof command !== "string" || command === "") return { stdout: "", stderr: "" };
  const result = await runOverSsh(inputs.connection as Connection, command, String(inputs.stdin ?? ""));
  return { stdout: result.stdout.replace(/\n$/, ""), stderr: result.stderr.replace(/\n$/, "") };
};

const remoteCommand: ResourceType = {
  inputs: ["connection", "create", "update", "delete", "stdin", "triggers", "logging", "addPreviousOutputInEnv"],
  fields: {
    connection: ["host", "user", "port", "privateKey", "hostKey", "dialErrorLimit", "perDialTimeout"],
  },
  required: ["connection"],
  replaceOn: ["triggers"],
  create: async (inputs) => ({ id: `command-${randomUUID()}`, outputs: await run(inputs, inputs.create) }),
  update: (_id, _olds, news) => run(news, news.update ?? news.create),
  delete: async (_id, known) => void (await run(known, known.delete)),
};

export const types = { "command:remote:Command": remoteCommand };

if (import.meta.main) await serve("command", types);
