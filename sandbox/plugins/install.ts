import { existsSync } from "node:fs";
import { mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { repoDir } from "../paths.ts";

const names = ["digitalocean", "tailscale", "command", "random", "tls"] as const;

/**
 * Puts the plugins where the engine looks for them: the genuine ones where this user has them installed, the stand-ins of
 * this folder otherwise, each at the version of the SDK in package.json.
 */
export async function installPlugins(pulumiHome: string): Promise<void> {
  for (const name of names) {
    const { version } = JSON.parse(
      await readFile(join(repoDir, `node_modules/@pulumi/${name}/package.json`), "utf8"),
    ) as { version: string };
    const folder = `resource-${name}-v${version}`;
    const target = join(pulumiHome, "plugins", folder);
    const genuine = join(homedir(), ".pulumi/plugins", folder);
    await rm(target, { recursive: true, force: true });
    await mkdir(join(pulumiHome, "plugins"), { recursive: true });
    if (existsSync(genuine)) {
      await symlink(genuine, target);
      continue;
    }
    await mkdir(target);
    const launcher = `#!/bin/sh\nexec '${process.execPath}' '${join(import.meta.dirname, `${name}.ts`)}' "$@"\n`;
    await writeFile(join(target, `pulumi-resource-${name}`), launcher, { mode: 0o755 });
  }
}
