import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ensureArtifact } from "../../../sandbox/build/artifact.ts";
import { ensureGo } from "../../../sandbox/build/go.ts";
import { buildGoModule } from "../../../sandbox/build/go-module.ts";
import type { Log } from "../../../sandbox/build/log.ts";
import { cacheDir } from "../../../sandbox/paths.ts";

const [module, version] = ["tailscale.com/client/tailscale/v2", "v2.12.0"];

/** Compiles tailscale.go with Tailscale's Go client into the cache, unless it is there already. @returns its path. */
export async function ensureTailscaleClient(log: Log): Promise<string> {
  const source = join(import.meta.dirname, "tailscale.go");
  const hash = createHash("sha256")
    .update(await readFile(source))
    .digest("hex");
  const program = join(cacheDir, "bin", "tailscale-client-test");
  await ensureArtifact(program, `${version} ${hash}`, async (output) =>
    buildGoModule(
      await ensureGo(log),
      { module, version, commands: { [source]: output }, linkage: "static", usualTime: "about 20 s the first time" },
      log,
    ),
  );
  return program;
}
