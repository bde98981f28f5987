import { execa } from "execa";
import { exec } from "../../../sandbox/machines/machine.ts";
import { stackOutputs } from "../../../sandbox/stack.ts";
import { standbyMachine } from "../../../sandbox/story.ts";

export const minutes = 60_000;

/** Runs a shell script on the standby. @returns its output and its exit code. */
export async function on(script: string, user?: string): Promise<{ out: string; code: number }> {
  const result = await exec(standbyMachine(), ["bash", "-c", script], user ? { user } : {});
  return { out: (result.stdout + result.stderr).trim(), code: result.exitCode };
}

export const readFileOn = async (path: string): Promise<string> => (await exec(standbyMachine(), ["cat", path])).stdout;

/** What `pulumi up` has printed. */
export const outputs = async (): Promise<Record<string, string>> => (await stackOutputs()) as Record<string, string>;

/** Tries to get in as admin on the public address, with one key and no other. */
export async function knock(keyFile: string): Promise<{ stderr: string }> {
  const options = ["BatchMode=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "IdentitiesOnly=yes"];
  const { publicAddress } = await outputs();
  const argv = [...options.flatMap((option) => ["-o", option]), "-o", "ConnectTimeout=4", "-i", keyFile];
  return execa("ssh", [...argv, `admin@${publicAddress}`, "true"], { reject: false });
}
