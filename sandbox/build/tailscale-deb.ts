import { chmod, copyFile, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { packDeb } from "./deb.ts";
import { moduleDir } from "./engine.ts";
import { ensureGo } from "./go.ts";
import type { Log } from "./log.ts";
import { ensureTailnetBinaries } from "./tailnet.ts";
import { versions } from "./versions.ts";

/**
 * Packs `tailscale` as its makers do: the unit, the defaults file and the maintainer scripts come from the same source
 * tree as the programs, so that installing it starts tailscaled just like the genuine package.
 */
export async function packTailscale(architecture: string, poolDir: string, log: Log): Promise<void> {
  const binaries = await ensureTailnetBinaries(log);
  const source = await moduleDir(await ensureGo(log), "tailscale.com", versions.tailscale);
  const scripts = join(source, "release", "deb");
  const tree = await mkdtemp(join(tmpdir(), "tailscale-deb-"));
  const files: [from: string, to: string, mode: number][] = [
    [binaries.tailscale, "usr/bin/tailscale", 0o755],
    [binaries.tailscaled, "usr/sbin/tailscaled", 0o755],
    // Debian's /lib is a link to /usr/lib; a package that ships both spellings would trip dpkg.
    [join(source, "cmd/tailscaled/tailscaled.service"), "usr/lib/systemd/system/tailscaled.service", 0o644],
    [join(source, "cmd/tailscaled/tailscaled.defaults"), "etc/default/tailscaled", 0o644],
  ];
  try {
    log(`tailscale ${versions.tailscale}: packing`);
    for (const [from, to, mode] of files) await install(from, join(tree, to), mode);
    await packDeb(
      {
        name: "tailscale",
        version: versions.tailscale.slice(1),
        architecture,
        section: "net",
        description: "Tailscale client and daemon, built from source for the sandbox",
        depends: ["iptables"],
        conffiles: ["/etc/default/tailscaled"],
        scripts: {
          postinst: await readFile(join(scripts, "debian.postinst.sh"), "utf8"),
          prerm: await readFile(join(scripts, "debian.prerm.sh"), "utf8"),
          postrm: await readFile(join(scripts, "debian.postrm.sh"), "utf8"),
        },
      },
      tree,
      poolDir,
    );
  } finally {
    await rm(tree, { recursive: true, force: true });
  }
}

/** Go's module cache is read-only, so a copy takes a mode of its own. */
async function install(from: string, to: string, mode: number): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await copyFile(from, to);
  await chmod(to, mode);
}
