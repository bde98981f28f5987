import { join } from "node:path";
import { cacheDir } from "../paths.ts";
import { ensureArtifact } from "./artifact.ts";
import { ensureGo } from "./go.ts";
import { buildGoModule, type GoBuild } from "./go-module.ts";
import type { Log } from "./log.ts";
import { versions } from "./versions.ts";

/** Paths of the tailnet's programs, static, for any guest of the host's architecture. */
export interface TailnetBinaries {
  tailscale: string;
  tailscaled: string;
  headscale: string;
}

const tailscaleRelease = versions.tailscale.slice(1);

const sources: Record<keyof TailnetBinaries, Omit<GoBuild, "commands"> & { command: string }> = {
  tailscale: {
    module: "tailscale.com",
    version: versions.tailscale,
    command: "tailscale.com/cmd/tailscale",
    stamps: tailscaleStamps(),
    linkage: "static",
    usualTime: "about 1 min the first time",
  },
  tailscaled: {
    module: "tailscale.com",
    version: versions.tailscale,
    command: "tailscale.com/cmd/tailscaled",
    stamps: tailscaleStamps(),
    linkage: "static",
    usualTime: "about 1 min the first time",
  },
  headscale: {
    module: "github.com/juanfont/headscale",
    version: versions.headscale,
    command: "github.com/juanfont/headscale/cmd/headscale",
    stamps: { "github.com/juanfont/headscale/hscontrol/types.Version": versions.headscale },
    linkage: "static",
    usualTime: "about 2 min the first time",
  },
};

/** Compiles tailscale, tailscaled and headscale into the cache, unless they are there already. */
export async function ensureTailnetBinaries(log: Log): Promise<TailnetBinaries> {
  const paths = { tailscale: "", tailscaled: "", headscale: "" } satisfies TailnetBinaries;
  for (const name of ["tailscale", "tailscaled", "headscale"] as const) {
    const { command, ...build } = sources[name];
    paths[name] = join(cacheDir, "bin", name);
    await ensureArtifact(paths[name], `${build.version} ${build.linkage}`, async (output) =>
      buildGoModule(await ensureGo(log), { ...build, commands: { [command]: output } }, log),
    );
  }
  return paths;
}

/** Without these a build from the module calls itself "ERR-BuildInfo", and the control server shows that. */
function tailscaleStamps(): Record<string, string> {
  return {
    "tailscale.com/version.shortStamp": tailscaleRelease,
    "tailscale.com/version.longStamp": tailscaleRelease,
  };
}
