import type { AptRepository } from "../build/apt.ts";
import { type Exec, shell, writeFile } from "./exec.ts";

/** A deb822 source for one of the sandbox's repositories, its key within. `baseUrl` is where the repositories lie. */
export function debSource(baseUrl: string, name: "tailscale" | "node", keyAsc: string): string {
  const suite = name === "tailscale" ? "trixie" : "nodistro";
  const key = keyAsc.trimEnd().replaceAll(/^/gm, " ").replaceAll(/^ $/gm, " .");
  return `Types: deb\nURIs: ${baseUrl}/${name}\nSuites: ${suite}\nComponents: main\nSigned-By:\n${key}\n`;
}

/**
 * Installs packages from the sandbox's repositories and Debian's. The source is taken out again: in the machine that
 * is made from this layer nobody answers at that address.
 */
export async function installPackages(
  exec: Exec,
  baseUrl: string,
  apt: Pick<AptRepository, "keyAsc">,
  packages: readonly string[],
): Promise<void> {
  const path = (name: string) => `/etc/apt/sources.list.d/sandbox-${name}.sources`;
  for (const name of ["tailscale", "node"] as const) {
    await writeFile(exec, path(name), debSource(baseUrl, name, apt.keyAsc));
  }
  await shell(
    exec,
    `export DEBIAN_FRONTEND=noninteractive
     apt-get update -q
     apt-get install -yq --no-install-recommends ${packages.join(" ")}
     apt-get clean
     rm ${path("tailscale")} ${path("node")}`,
    { timeoutMs: 300_000 },
  );
}
