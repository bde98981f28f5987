import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { cacheDir } from "../paths.ts";
import { ensureArtifact } from "./artifact.ts";
import type { Log } from "./log.ts";
import { nodejsVersion, packNodejs } from "./nodejs-deb.ts";
import { ensureSigningKey, type SigningKey } from "./signing-key.ts";
import { packTailscale } from "./tailscale-deb.ts";
import { versions } from "./versions.ts";

/** The folder to be served over HTTP, and the key its two repositories are signed with. */
export interface AptRepository {
  /** Holds `tailscale/` (suite trixie) and `node/` (suite nodistro), each with component main. */
  dir: string;
  keyAsc: string;
  fingerprint: string;
  /** Changes whenever any package or the key does: for whoever keeps something made of them. */
  revision: string;
}

interface Repository {
  folder: string;
  suite: string;
  origin: string;
  pack(architecture: string, poolDir: string): Promise<void>;
}

/** Raise when the packages are made in another way: what lies in the cache is then made anew. */
const recipe = 1;

/**
 * Makes the two signed apt repositories that stand in for pkgs.tailscale.com and deb.nodesource.com: same suites,
 * components and package names, so that a deb822 source differs in its address and key only.
 */
export async function ensureAptRepository(log: Log): Promise<AptRepository> {
  const root = join(cacheDir, "apt");
  await mkdir(root, { recursive: true });
  const key = await ensureSigningKey(join(root, "signing"));
  const architecture = (await execa("dpkg", ["--print-architecture"])).stdout;
  const node = await nodejsVersion();
  const repositories: Repository[] = [
    {
      folder: "tailscale",
      suite: "trixie",
      origin: "Tailscale",
      pack: (arch, pool) => packTailscale(arch, pool, log),
    },
    { folder: "node", suite: "nodistro", origin: "NodeSource", pack: (arch, pool) => packNodejs(arch, pool, log) },
  ];
  const dir = join(root, "repo");
  const revision = [recipe, key.fingerprint, architecture, versions.tailscale, node, versions.npm].join(" ");
  await ensureArtifact(dir, revision, async (temporary) => {
    for (const repository of repositories) {
      await makeRepository(repository, join(temporary, repository.folder), architecture, key);
    }
    await writeFile(join(temporary, "key.asc"), key.keyAsc);
  });
  return { dir, keyAsc: key.keyAsc, fingerprint: key.fingerprint, revision };
}

async function makeRepository(
  repository: Repository,
  dir: string,
  architecture: string,
  key: SigningKey,
): Promise<void> {
  await repository.pack(architecture, join(dir, "pool"));
  const dist = join(dir, "dists", repository.suite);
  const index = join(dist, "main", `binary-${architecture}`);
  await mkdir(index, { recursive: true });
  const { stdout: packages } = await execa("apt-ftparchive", ["packages", "pool"], { cwd: dir });
  await writeFile(join(index, "Packages"), `${packages}\n`);
  await execa("gzip", ["--keep", "--no-name", join(index, "Packages")]);
  const fields = {
    Origin: repository.origin,
    Label: repository.origin,
    Suite: repository.suite,
    Codename: repository.suite,
    Architectures: architecture,
    Components: "main",
  };
  const options = Object.entries(fields).map(([field, value]) => `-oAPT::FTPArchive::Release::${field}=${value}`);
  const { stdout: release } = await execa("apt-ftparchive", [...options, "release", "."], { cwd: dist });
  await writeFile(join(dist, "Release"), `${release}\n`);
  await key.clearSign(join(dist, "Release"), join(dist, "InRelease"));
}
