import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { chmod, mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { execa } from "execa";
import { cacheDir } from "../paths.ts";
import { ensureArtifact } from "./artifact.ts";
import type { Log } from "./log.ts";
import { toolchainHashes, versions } from "./versions.ts";

/** A Go compiler: its path, and the environment variables that make it the version wanted. */
export interface Go {
  path: string;
  env: Readonly<Record<string, string>>;
}

/**
 * Finds a Go compiler of at least the pinned version: the one on PATH; or, from 1.21 on, the one on PATH told to fetch
 * the pinned toolchain itself; or the toolchain zip of the first GOPROXY, checked against the hash in `versions.ts`.
 */
export async function ensureGo(log: Log): Promise<Go> {
  const installed = await installedGoVersion();
  if (installed && compareVersions(installed, versions.go) >= 0) return { path: "go", env: { GOTOOLCHAIN: "local" } };
  if (installed && compareVersions(installed, "1.21") >= 0) {
    log(`Go ${installed} is older than ${versions.go}: it will fetch that toolchain itself`);
    return { path: "go", env: { GOTOOLCHAIN: `go${versions.go}` } };
  }
  return { path: await downloadedGo(log), env: { GOTOOLCHAIN: "local" } };
}

/** Compares dotted versions by number: negative when `a` is older. Words after a number ("1.26rc1") are not looked at. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split(".").map((part) => Number.parseInt(part, 10) || 0));
  for (let i = 0; i < 3; i++) {
    const difference = (left?.[i] ?? 0) - (right?.[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The first proxy of a GOPROXY value that is an address; the public one when it names none. */
export function firstProxy(goproxy: string | undefined): string {
  const first = (goproxy ?? "").split(/[,|]/).find((entry) => /^https?:\/\//.test(entry.trim()));
  return (first?.trim() ?? "https://proxy.golang.org").replace(/\/+$/, "");
}

async function installedGoVersion(): Promise<string | undefined> {
  const result = await execa("go", ["env", "GOVERSION"], { reject: false, env: { GOTOOLCHAIN: "local" } });
  return result.failed ? undefined : /^go(\d+\.\d+(?:\.\d+)?)/.exec(result.stdout)?.[1];
}

async function downloadedGo(log: Log): Promise<string> {
  const platform = `linux-${process.arch === "x64" ? "amd64" : process.arch}`;
  const hash = toolchainHashes[platform];
  if (!hash) {
    throw new Error(
      `No Go compiler on PATH, and no toolchain hash is pinned for ${platform}. Install Go ${versions.go} or newer.`,
    );
  }
  const root = join(cacheDir, "go");
  await ensureArtifact(root, `${versions.go} ${hash}`, async (temporary) => {
    const url = `${firstProxy(process.env.GOPROXY)}/golang.org/toolchain/@v/v0.0.1-go${versions.go}.${platform}.zip`;
    log(`No Go on PATH: fetching the ${versions.go} toolchain (70 MB) from ${new URL(url).host}`);
    await mkdir(temporary, { recursive: true });
    await unpackToolchain(url, temporary, hash);
  });
  return join(root, "bin", "go");
}

async function unpackToolchain(url: string, target: string, expectedHash: string): Promise<void> {
  const zip = join(target, "toolchain.zip");
  const unzipped = join(target, "unzipped");
  const response = await fetch(url);
  if (!response.ok || !response.body) {
    throw new Error(
      `${url} answered ${response.status}. Install Go ${versions.go} or set GOPROXY to a proxy that serves it.`,
    );
  }
  await pipeline(Readable.fromWeb(response.body), createWriteStream(zip));
  await execa("unzip", ["-q", zip, "-d", unzipped]);
  await rm(zip);
  const actualHash = await directoryHash(unzipped);
  if (actualHash !== expectedHash) {
    throw new Error(
      `${url} is not the toolchain that was pinned: its hash is ${actualHash}, expected ${expectedHash}.`,
    );
  }
  const inner = join(unzipped, "golang.org", `toolchain@${url.slice(url.lastIndexOf("/") + 1, -".zip".length)}`);
  for (const entry of await readdir(inner)) await rename(join(inner, entry), join(target, entry));
  await rm(unzipped, { recursive: true });
  // Module zips carry no modes: without this nothing in it may be run.
  for (const folder of ["bin", "pkg/tool"]) await makeExecutable(join(target, folder));
}

/** Go's "h1:" hash of a folder: SHA-256 over the sorted lines `<sha256 of file>  <name>`, in base64. */
export async function directoryHash(root: string): Promise<string> {
  const names = (await readdir(root, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
  names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const total = createHash("sha256");
  for (const name of names) {
    const file = createHash("sha256");
    await pipeline(createReadStream(join(root, name)), file);
    total.update(`${file.digest("hex")}  ${name}\n`);
  }
  return `h1:${total.digest("base64")}`;
}

async function makeExecutable(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) await chmod(join(entry.parentPath, entry.name), 0o755);
  }
}
