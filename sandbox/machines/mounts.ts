import { readFileSync } from "node:fs";
import { execa } from "execa";

/** Mount points of the host at or below a folder, deepest first. */
export function mountsBelow(folder: string): string[] {
  return readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .map((line) => line.split(" ")[1]?.replace(/\\040/g, " ") ?? "")
    .filter((point) => point === folder || point.startsWith(`${folder}/`))
    .sort((a, b) => b.length - a.length);
}

/** Unmounts all of them. A machine's own mounts go with its namespace; these are what a crash can leave. */
export async function unmountBelow(folder: string): Promise<void> {
  for (const point of mountsBelow(folder)) await execa("umount", ["--lazy", point], { reject: false });
}
