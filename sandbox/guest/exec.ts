/** Runs a command inside one machine: `exec(argv, options)`. A command that fails is a result, not an exception. */
export type Exec = (
  argv: string[],
  options?: { stdin?: string; timeoutMs?: number; user?: string },
) => Promise<{ stdout: string; stderr: string; exitCode: number }>;

type ExecOptions = NonNullable<Parameters<Exec>[1]>;

/** Runs a command that has to succeed. @returns its output, trimmed. @throws with the command and what it said. */
export async function run(exec: Exec, argv: string[], options: ExecOptions = {}): Promise<string> {
  const result = await exec(argv, options);
  if (result.exitCode !== 0) {
    const said = [result.stderr, result.stdout].map((text) => text.trim()).filter(Boolean);
    throw new Error(`"${argv.join(" ")}" ended with ${result.exitCode}:\n${said.join("\n").slice(-2000)}`);
  }
  return result.stdout.trim();
}

/** Runs a shell script, stopped at its first failing command. */
export function shell(exec: Exec, script: string, options: ExecOptions = {}): Promise<string> {
  return run(exec, ["/bin/bash", "-euo", "pipefail", "-c", script], options);
}

/** Who owns a file in the guest, and who may read it. */
export interface FileAccess {
  mode?: string;
  owner?: string;
  group?: string;
}

/** Writes a text file, and the folders above it; replaces what is there. Mode 0644 of root unless told otherwise. */
export async function writeFile(exec: Exec, path: string, content: string, access: FileAccess = {}): Promise<void> {
  const { mode = "0644", owner = "root", group = owner } = access;
  // Standard input is a socket here, which /dev/stdin does not open: it goes through a file.
  const script = 'draft=$(mktemp); cat >"$draft"; install -D -m "$1" -o "$2" -g "$3" "$draft" "$4"; rm "$draft"';
  const argv = ["/bin/bash", "-euo", "pipefail", "-c", script, "write", mode, owner, group, path];
  await run(exec, argv, { stdin: content });
}

/** Waits until a machine that was just started takes commands and its first boot is done. */
export async function waitForBoot(exec: Exec, timeoutMs: number): Promise<void> {
  const answers = async () => (await exec(["/bin/true"])).exitCode === 0;
  await waitUntil("the machine's systemd answers", answers, { timeoutMs });
  // Its exit code tells of warnings too, which are no reason to stop here.
  await exec(["/usr/bin/cloud-init", "status", "--wait"], { timeoutMs });
}

/** Asks `check` again until it holds; `what` names what was waited for in the error. */
export async function waitUntil(
  what: string,
  check: () => Promise<boolean>,
  { timeoutMs, everyMs = 250 }: { timeoutMs: number; everyMs?: number },
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await check())) {
    if (Date.now() > deadline) throw new Error(`${what}: not within ${Math.round(timeoutMs / 1000)} s.`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
