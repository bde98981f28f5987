import { join } from "node:path";
import { execa } from "execa";

export const repoDir = join(import.meta.dirname, "../..");

/** `npm run sandbox -- ...`, as a person would type it. A command that fails is a result, not an exception. */
export const sandbox = (...args: string[]) =>
  execa("npm", ["run", "--silent", "sandbox", "--", ...args], {
    cwd: repoDir,
    reject: false,
    all: true,
    stdin: "ignore",
  });
