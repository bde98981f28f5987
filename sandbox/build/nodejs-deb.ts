import { chmod, copyFile, mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { repoDir } from "../paths.ts";
import { packDeb } from "./deb.ts";
import type { Log } from "./log.ts";
import { versions } from "./versions.ts";

/** The repository's own Node: a package of npm carries the genuine binary, so it is what `npm ci` has verified. */
const nodeBinary = join(repoDir, "node_modules", "node", "bin", "node");

/** The version of the Node that the repository pins, without its "v". */
export async function nodejsVersion(): Promise<string> {
  const result = await execa(nodeBinary, ["--version"], { reject: false });
  if (result.failed) throw new Error(`${nodeBinary} does not run. Run "npm ci" in ${repoDir} first.`);
  return result.stdout.slice(1);
}

/** Packs `nodejs` with node, npm and npx, where the NodeSource package has them. */
export async function packNodejs(architecture: string, poolDir: string, log: Log): Promise<void> {
  const version = await nodejsVersion();
  const tree = await mkdtemp(join(tmpdir(), "nodejs-deb-"));
  const [bin, modules] = [join(tree, "usr/bin"), join(tree, "usr/lib/node_modules")];
  try {
    log(`nodejs ${version}: packing, with npm ${versions.npm} from the npm registry`);
    await mkdir(bin, { recursive: true });
    await mkdir(modules, { recursive: true });
    await copyFile(nodeBinary, join(bin, "node"));
    await chmod(join(bin, "node"), 0o755);
    await unpackNpm(modules);
    for (const [command, file] of [
      ["npm", "npm-cli.js"],
      ["npx", "npx-cli.js"],
    ] as const) {
      await symlink(`../lib/node_modules/npm/bin/${file}`, join(bin, command));
    }
    await packDeb(
      {
        name: "nodejs",
        version: `${version}-1nodesource1`,
        architecture,
        section: "web",
        description: "Node.js event-based server-side javascript engine, packed from npm for the sandbox",
        depends: ["libc6 (>= 2.28)", "libgcc-s1", "libstdc++6 (>= 9)", "ca-certificates"],
      },
      tree,
      poolDir,
    );
  } finally {
    await rm(tree, { recursive: true, force: true });
  }
}

async function unpackNpm(modules: string): Promise<void> {
  const { stdout } = await execa("npm", ["pack", "--silent", `npm@${versions.npm}`, "--pack-destination", modules]);
  const tarball = join(modules, stdout.trim().split("\n").at(-1) ?? "");
  await mkdir(join(modules, "npm"));
  await execa("tar", ["-xzf", tarball, "-C", join(modules, "npm"), "--strip-components=1", "--no-same-owner"]);
  await rm(tarball);
  for (const script of ["npm-cli.js", "npx-cli.js"]) await chmod(join(modules, "npm", "bin", script), 0o755);
}
