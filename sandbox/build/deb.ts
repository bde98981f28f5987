import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";

/** One Debian package to be packed from a tree of files. */
export interface Deb {
  name: string;
  version: string;
  /** Debian's name of the architecture, as `dpkg --print-architecture` says it. */
  architecture: string;
  description: string;
  depends?: readonly string[];
  section: string;
  /** Absolute paths of configuration files: an upgrade asks before it overwrites them. */
  conffiles?: readonly string[];
  /** Maintainer scripts by name ("postinst", "prerm", "postrm"), as whole shell scripts. */
  scripts?: Readonly<Record<string, string>>;
}

/**
 * Packs `tree` (a folder laid out like the target's root) into `<outputDir>/<name>_<version>_<arch>.deb`.
 * Adds DEBIAN/ to the tree. Files belong to root in the package, whoever runs this.
 *
 * @returns the path of the package.
 */
export async function packDeb(deb: Deb, tree: string, outputDir: string): Promise<string> {
  const control = join(tree, "DEBIAN");
  await rm(control, { recursive: true, force: true });
  await mkdir(control, { recursive: true });
  await writeFile(join(control, "control"), controlOf(deb));
  if (deb.conffiles) await writeFile(join(control, "conffiles"), deb.conffiles.map((path) => `${path}\n`).join(""));
  for (const [name, text] of Object.entries(deb.scripts ?? {}))
    await writeFile(join(control, name), text, { mode: 0o755 });
  await chmod(tree, 0o755);
  await mkdir(outputDir, { recursive: true });
  const path = join(outputDir, `${deb.name}_${deb.version}_${deb.architecture}.deb`);
  // zstd at a low level: packed once, but unpacked on every first boot.
  await execa("dpkg-deb", ["--root-owner-group", "-Zzstd", "-z3", "--build", tree, path]);
  return path;
}

/** The text of a package's control file. */
export function controlOf(deb: Deb): string {
  const fields: [string, string | undefined][] = [
    ["Package", deb.name],
    ["Version", deb.version],
    ["Architecture", deb.architecture],
    ["Maintainer", "openclaw-standby sandbox <sandbox@localhost>"],
    ["Depends", deb.depends?.join(", ")],
    ["Section", deb.section],
    ["Priority", "optional"],
    ["Description", deb.description],
  ];
  return fields.flatMap(([field, value]) => (value ? [`${field}: ${value}\n`] : [])).join("");
}
