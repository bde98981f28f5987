import { randomBytes } from "node:crypto";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ExecaError, execa } from "execa";
import { cacheDir } from "../paths.ts";
import type { Go } from "./go.ts";
import { type Log, withHeartbeat } from "./log.ts";

/** Commands of one Go module, to be compiled from the module proxy. */
export interface GoBuild {
  module: string;
  version: string;
  /** Lines for go.mod such as `replace a => b v1.0.0`: a module's own replacements do not count for those who use it. */
  replace?: readonly string[];
  /** Import path of the command to the file to write. */
  commands: Readonly<Record<string, string>>;
  /** Values stamped into string variables of the program, as the project's own release does. */
  stamps?: Readonly<Record<string, string>>;
  /** "static" binaries run in any guest whatever C library the host has. */
  linkage: "static" | "host";
  /** What to tell the one who waits, e.g. "about 4 min the first time". */
  usualTime: string;
}

/**
 * Compiles `build.commands` in a module of its own. The requirement is written into go.mod rather than asked for with
 * `go get`: that would look up module paths which do not exist, and a proxy that answers 403 for those stops it.
 */
export async function buildGoModule(go: Go, build: GoBuild, log: Log): Promise<void> {
  const name = `${build.module.replace(/^github\.com\//, "")} ${build.version}`;
  const workDir = join(cacheDir, "build", `.${randomBytes(4).toString("hex")}`);
  await mkdir(workDir, { recursive: true });
  try {
    await writeFile(join(workDir, "go.mod"), goModOf(build));
    const stamps = Object.entries(build.stamps ?? {}).map(([variable, value]) => `-X ${variable}=${value}`);
    const ldflags = ["-s", "-w", ...stamps].join(" ");
    log(`${name}: compiling, ${build.usualTime}`);
    for (const [command, output] of Object.entries(build.commands)) {
      const job = execa(go.path, ["build", "-mod=mod", "-trimpath", "-ldflags", ldflags, "-o", output, command], {
        cwd: workDir,
        env: { ...go.env, ...(build.linkage === "static" ? { CGO_ENABLED: "0" } : {}) },
      });
      await withHeartbeat(log, `${name}: still compiling`, job);
    }
  } catch (error) {
    throw explain(error, name);
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
}

/** The go.mod of the little module that a build runs in. */
export function goModOf(build: Pick<GoBuild, "module" | "version" | "replace">): string {
  return `${["module build", "go 1.24", ...(build.replace ?? []), `require ${build.module} ${build.version}`].join("\n\n")}\n`;
}

function explain(error: unknown, name: string): Error {
  if (!(error instanceof ExecaError)) return error instanceof Error ? error : new Error(String(error));
  const output = String(error.stderr);
  const refused = /^.*\b(?:403|404|410)\b.*$/m.exec(output)?.[0];
  if (refused) {
    return new Error(
      `${name} cannot be built: the Go module proxy refused a part of it:\n  ${refused.trim()}\n` +
        "Not every version is served everywhere. Set GOPROXY to a proxy that has it, or install the program on PATH.",
    );
  }
  return new Error(`${name} did not compile:\n${output.split("\n").slice(-20).join("\n")}`);
}
