import { join } from "node:path";
import { execa } from "execa";

export const repoDir = join(import.meta.dirname, "../..");

const run = (args: string[], io: { stdin: "ignore" } | { input: string }) =>
  execa("npm", ["run", "--silent", "sandbox", "--", ...args], { cwd: repoDir, reject: false, all: true, ...io });

/** `npm run sandbox -- ...`, as a person would type it. A command that fails is a result, not an exception. */
export const sandbox = (...args: string[]) => run(args, { stdin: "ignore" });

/** Sets a secret of the stack as the README says: over stdin. */
export const setSecret = (key: string, value: string) =>
  run(["pulumi", "config", "set", "--secret", key], { input: value });
