import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout that this sandbox belongs to. */
export const repoDir = dirname(dirname(fileURLToPath(import.meta.url)));

/** What is built once and reused by every checkout: engine, tailnet, images, packages. */
export const cacheDir =
  process.env.OPENCLAW_STANDBY_CACHE ??
  join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "openclaw-standby");

/** What one sandbox of this checkout is made of while it is up. Removed by `destroy`, but for the report. */
export const stateDir = join(repoDir, ".sandbox");
