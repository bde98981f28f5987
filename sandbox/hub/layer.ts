import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { ensureAptRepository } from "../build/apt.ts";
import type { Log } from "../build/log.ts";
import { ensureTailnetBinaries } from "../build/tailnet.ts";
import { versions } from "../build/versions.ts";
import { installPackages } from "../guest/apt-source.ts";
import { type Exec, shell, waitForBoot, writeFile } from "../guest/exec.ts";
import { serveFolders } from "../guest/folder-server.ts";
import { ensureLayer } from "../machines/image.ts";
import { hostIpv4 } from "../machines/names.ts";
import { cacheDir } from "../paths.ts";

/** Files of guest/, and where each one goes on the hub. */
const destinations: Readonly<Record<string, string>> = {
  "headscale.yaml": "/etc/headscale/config.yaml",
  "policy.hujson": "/etc/headscale/policy.hujson",
  "headscale.service": "/etc/systemd/system/headscale.service",
  "packages.service": "/etc/systemd/system/packages.service",
  "model.service": "/etc/systemd/system/model.service",
  "model.ts": "/usr/local/lib/hub/model.ts",
  "ngircd.conf": "/etc/ngircd/ngircd.conf",
};

const guestDir = join(import.meta.dirname, "guest");

/**
 * Makes the layer "hub" over debian-13: everything installed, nothing that tells one hub from another. What has an
 * identity (authority, keys, databases) comes at each start.
 */
export async function ensureHubLayer(log: Log): Promise<void> {
  const apt = await ensureAptRepository(log);
  await ensureTailnetBinaries(log);
  const files = new Map<string, string>();
  for (const name of (await readdir(guestDir)).sort()) files.set(name, await readFile(join(guestDir, name), "utf8"));
  const provision = async (exec: Exec) => {
    await waitForBoot(exec, 60_000);
    const server = await serveFolders({ packages: apt.dir, bin: join(cacheDir, "bin") }, hostIpv4);
    try {
      await installSoftware(exec, server.url, apt);
      for (const [name, content] of files) await writeFile(exec, destinationOf(name), content);
      await shell(exec, "systemctl enable packages.service model.service ngircd.service");
    } finally {
      await server.close();
    }
  };
  const recipe = createHash("sha256").update(JSON.stringify([...files, await readFile(import.meta.filename, "utf8")]));
  const fingerprint = [apt.revision, versions.headscale, recipe.digest("hex").slice(0, 16)].join(" ");
  await ensureLayer("hub", ["debian-13"], provision, fingerprint, log);
}

async function installSoftware(exec: Exec, url: string, apt: { keyAsc: string; dir: string }): Promise<void> {
  await installPackages(exec, `${url}/packages`, apt, ["nodejs", "ngircd", "git"]);
  const repoFiles = (await readdir(apt.dir, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(apt.dir.length + 1));
  const download = (from: string, to: string) => `curl -fsS --create-dirs -o '${to}' '${url}/${from}'`;
  await shell(
    exec,
    [
      ...repoFiles.map((file) => download(`packages/${file}`, `/srv/apt/${file}`)),
      download("bin/headscale", "/usr/local/bin/headscale"),
      "chmod -R a+rX /srv/apt", // curl makes folders for its own user alone
      "chmod 0755 /usr/local/bin/headscale",
      "useradd --system --home-dir /var/lib/headscale --shell /usr/sbin/nologin headscale",
      "useradd --system --create-home --home-dir /srv/git --shell /usr/bin/git-shell git",
      "install -d -m 0750 -o root -g headscale /etc/headscale",
      ...workspaceRepository,
    ].join("\n"),
    { timeoutMs: 120_000 },
  );
}

/** The agent's workspace as an owner would have it: a bare repository with one commit on main. */
const workspaceRepository = [
  "work=$(mktemp -d)",
  'git init -q -b main "$work"',
  `printf '# Agents\\n\\nYou are the owner%s assistant. Answer briefly.\\n' "'s" > "$work/AGENTS.md"`,
  `printf '# Workspace\\n\\nWhat the agent knows and keeps.\\n' > "$work/README.md"`,
  'git -C "$work" add .',
  'git -C "$work" -c user.name=Owner -c user.email=owner@localhost commit -q -m "Begin the workspace"',
  'git clone -q --bare "$work" /srv/git/workspace.git',
  "chown -R git:git /srv/git",
  'rm -rf "$work"',
];

function destinationOf(name: string): string {
  const destination = destinations[name];
  if (!destination)
    throw new Error(`sandbox/hub/guest/${name} has no place on the hub: name one in sandbox/hub/layer.ts.`);
  return destination;
}
