import { existsSync } from "node:fs";
import { chmod, copyFile, realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { cacheDir } from "../paths.ts";
import { ensureArtifact } from "./artifact.ts";
import { ensureGo, type Go } from "./go.ts";
import { buildGoModule } from "./go-module.ts";
import type { Log } from "./log.ts";
import { versions } from "./versions.ts";

/** A Pulumi engine with its Node.js language host beside it. Put `binDir` first on PATH. */
export interface Engine {
  binDir: string;
  pulumi: string;
  version: string;
  origin: "installed" | "built";
}

const nodeHost = "pulumi-language-nodejs";

/**
 * The Pulumi CLI: the installed one where it has a Node.js host beside it, else both are compiled into the cache.
 * `OPENCLAW_STANDBY_ENGINE=built` passes over an installed one.
 */
export async function ensureEngine(log: Log): Promise<Engine> {
  if (process.env.OPENCLAW_STANDBY_ENGINE !== "built") {
    const installed = await findInstalled();
    if (installed) {
      log(`pulumi ${installed.version}: using the installed one in ${installed.binDir}`);
      return installed;
    }
  }
  const binDir = join(cacheDir, "bin");
  let go: Go | undefined;
  const compiler = async () => {
    go ??= await ensureGo(log);
    return go;
  };
  await ensureCli(binDir, compiler, log);
  await ensureNodeHost(binDir, compiler, log);
  return { binDir, pulumi: join(binDir, "pulumi"), version: versions.pulumi, origin: "built" };
}

async function findInstalled(): Promise<Engine | undefined> {
  const own = join(cacheDir, "bin");
  for (const folder of (process.env.PATH ?? "").split(":")) {
    const pulumi = join(folder, "pulumi");
    if (!folder || folder === own || !existsSync(pulumi)) continue;
    const binDir = dirname(await realpath(pulumi));
    if (!existsSync(join(binDir, nodeHost))) continue;
    // npm's package of the same name is a downloader: only a program that says its version counts.
    const { stdout, failed } = await execa(pulumi, ["version"], { reject: false, timeout: 20_000 });
    if (!failed && /^v3\./.test(stdout)) return { binDir, pulumi, version: stdout.trim(), origin: "installed" };
  }
  return undefined;
}

async function ensureCli(binDir: string, compiler: () => Promise<Go>, log: Log): Promise<void> {
  await ensureArtifact(join(binDir, "pulumi"), versions.pulumi, async (output) =>
    buildGoModule(
      await compiler(),
      {
        module: "github.com/pulumi/pulumi/pkg/v3",
        version: versions.pulumi,
        // Copied from the engine's own go.mod, where it has no effect on us.
        replace: [
          "replace github.com/atotto/clipboard => github.com/tgummerer/clipboard v0.0.0-20241001131231-d02d263e614e",
        ],
        commands: { "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi": output },
        stamps: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": versions.pulumi },
        linkage: "host",
        usualTime: "about 4 min the first time",
      },
      log,
    ),
  );
}

async function ensureNodeHost(binDir: string, compiler: () => Promise<Go>, log: Log): Promise<void> {
  const module = "github.com/pulumi/pulumi/sdk/v3";
  const version = versions.pulumiNodeHost;
  await ensureArtifact(join(binDir, nodeHost), version, async (output) =>
    buildGoModule(
      await compiler(),
      {
        module,
        version,
        commands: { [`${module}/nodejs/cmd/${nodeHost}`]: output },
        stamps: { [`${module}/go/common/version.Version`]: version },
        linkage: "host",
        usualTime: "about 15 s the first time",
      },
      log,
    ),
  );
  // The engine starts dynamic providers and policy packs through these two scripts, looked for on PATH.
  for (const launcher of ["pulumi-resource-pulumi-nodejs", "pulumi-analyzer-policy"]) {
    await ensureArtifact(join(binDir, launcher), `${version} 0755`, async (output) => {
      const source = await moduleDir(await compiler(), module, version);
      await copyFile(join(source, "nodejs", "dist", launcher), output);
      await chmod(output, 0o755); // read-only in the module cache
    });
  }
}

/** Where the source of a module lies in Go's module cache; fetched when it is not there. */
export async function moduleDir(go: Go, module: string, version: string): Promise<string> {
  const { stdout } = await execa(go.path, ["mod", "download", "-json", `${module}@${version}`], {
    cwd: cacheDir,
    env: go.env,
  });
  return String((JSON.parse(stdout) as { Dir: string }).Dir);
}
