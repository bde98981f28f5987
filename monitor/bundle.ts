import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const here = import.meta.dirname;

/**
 * The monitor as one ES module for the machine's Node, at most a few dozen KiB, without dependencies. Its first line names the
 * hash of the source that it was made from. The same source gives the same bytes; nothing is written anywhere.
 */
export async function bundleMonitor(): Promise<string> {
  const result = await build({
    entryPoints: [join(here, "main.ts")],
    absWorkingDir: here,
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    target: "node24",
    banner: { js: `// openclaw-standby monitor, source ${sourceHash()}` },
    define: { monitorSource: JSON.stringify(sourceHash()) },
    // Readable on the machine, at three in the morning, in an editor.
    minify: false,
    legalComments: "none",
    logLevel: "silent",
  });
  return result.outputFiles[0]!.text;
}

/** SHA-256 over every source file's name and content, first 16 hex digits. */
export function sourceHash(): string {
  const hash = createHash("sha256");
  const names = readdirSync(here).filter((name) => name.endsWith(".ts") && name !== "bundle.ts");
  for (const name of names.sort())
    hash
      .update(name)
      .update("\0")
      .update(readFileSync(join(here, name)))
      .update("\0");
  return hash.digest("hex").slice(0, 16);
}
