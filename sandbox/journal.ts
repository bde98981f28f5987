import { createInterface } from "node:readline";
import { execa } from "execa";
import { exec, execCommand } from "./machines/machine.ts";

/** One line of a machine's journal. Host and machines share one clock. */
export interface Entry {
  /** Milliseconds since 1970. */
  readonly atMs: number;
  /** Name of the unit that said it. */
  readonly unit: string;
  readonly text: string;
}

/** Follows a machine's journal from now on. `stop` ends it on both sides. */
export function followJournal(
  machine: string,
  units: readonly string[],
  onEntry: (entry: Entry) => void,
): { stop: () => void } {
  const journalctl = ["journalctl", "--follow", "--lines=0", "--output=json", ...units.map((unit) => `--unit=${unit}`)];
  const { program, args } = execCommand(machine, journalctl, undefined, "--pipe");
  const following = execa(program, args, { buffer: false, reject: false, stdin: "ignore", detached: true });
  createInterface({ input: following.stdout }).on("line", (line) => {
    const entry = parseEntry(line);
    if (entry) onEntry(entry);
  });
  return {
    stop() {
      process.kill(-following.pid!, "SIGKILL"); // nsenter and what it has started: it hands no signal on
      following.stdout.destroy(); // the machine's journalctl holds the other end, until it has a line to say
    },
  };
}

/** The last thing that a unit of a machine said in these words (a regular expression); undefined if it never did. */
export async function lastEntry(machine: string, unit: string, words: string): Promise<Entry | undefined> {
  const journalctl = ["journalctl", "--output=json", "--reverse", "--lines=1", `--unit=${unit}`, `--grep=${words}`];
  const { stdout } = await exec(machine, journalctl);
  return stdout.trim() === "" ? undefined : parseEntry(stdout);
}

/** A line of `journalctl --output=json`; undefined where it says nothing in words. */
export function parseEntry(line: string): Entry | undefined {
  const fields = JSON.parse(line) as Record<string, unknown>;
  const { MESSAGE: text, __REALTIME_TIMESTAMP: us } = fields;
  if (typeof text !== "string" || typeof us !== "string") return undefined;
  // What systemd says of a unit carries the unit's name in a field of its own.
  return { atMs: Number(us) / 1000, unit: String(fields.UNIT ?? fields._SYSTEMD_UNIT ?? ""), text };
}
