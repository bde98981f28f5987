import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { ensureArtifact } from "../../../sandbox/build/artifact.ts";
import type { Log } from "../../../sandbox/build/log.ts";
import { cacheDir } from "../../../sandbox/paths.ts";

/** A package of PyPI: the interpreter, and the environment in which it finds the package. */
export interface PythonPackage {
  readonly python: string;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Installs a package into the cache, unless it is there for this interpreter already; never into the system.
 * @throws with what pip said, when neither a virtual environment's pip nor the system's can do it.
 */
export async function ensurePython(name: string, version: string, log: Log): Promise<PythonPackage> {
  const wanted = `${name}==${version}`;
  const asks = ["-c", "import sys, sysconfig; print(sys.executable, sys.version, sysconfig.get_platform())"];
  let interpreter = await execa("python3", asks, { reject: false });
  if (interpreter.failed) {
    await aptInstall(log, "python3", "python3-venv");
    interpreter = await execa("python3", asks);
  }
  const packages = join(
    cacheDir,
    `${name}-${createHash("sha256").update(interpreter.stdout).digest("hex").slice(0, 8)}`,
  );
  await ensureArtifact(packages, version, async (output) => {
    log(`${wanted}: installing, from PyPI`);
    const attempts: (() => Promise<void>)[] = [
      () => installWithVenv(wanted, output),
      () => pipInstall("python3", wanted, output),
      async () => {
        await aptInstall(log, "python3-venv");
        await installWithVenv(wanted, output);
      },
    ];
    const problems: string[] = [];
    for (const attempt of attempts) {
      const problem = await attempt().then(
        () => undefined,
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
      );
      if (problem === undefined) return;
      problems.push(problem);
    }
    throw new Error(`${wanted} cannot be installed:\n${problems.join("\n")}`);
  });
  return { python: "python3", env: { PYTHONPATH: packages, PYTHONDONTWRITEBYTECODE: "1" } };
}

/** With the pip of a virtual environment that is thrown away: Debian's Python has none of its own. */
async function installWithVenv(wanted: string, output: string): Promise<void> {
  const venv = await mkdtemp(join(tmpdir(), "pypi-venv-"));
  try {
    await execa("python3", ["-m", "venv", venv]);
    await pipInstall(join(venv, "bin", "python"), wanted, output);
  } finally {
    await rm(venv, { recursive: true, force: true });
  }
}

async function pipInstall(python: string, wanted: string, output: string): Promise<void> {
  const options = ["--quiet", "--disable-pip-version-check", "--no-input", "--target", output];
  await execa(python, ["-m", "pip", "install", ...options, wanted]);
}

async function aptInstall(log: Log, ...names: string[]): Promise<void> {
  log(`Installing ${names.join(", ")}`);
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  await execa("apt-get", ["update", "-q"], { env });
  await execa("apt-get", ["install", "-yq", "--no-install-recommends", ...names], { env });
}
