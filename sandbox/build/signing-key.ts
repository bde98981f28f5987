import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { execa } from "execa";

/** An OpenPGP key that signs the sandbox's apt repositories. */
export interface SigningKey {
  /** The public key, ASCII-armored. */
  keyAsc: string;
  /** 40 hex digits, upper case. */
  fingerprint: string;
  /** Clear-signs a file: what apt calls InRelease. */
  clearSign(input: string, output: string): Promise<void>;
}

/**
 * The key kept in the GnuPG home `home` (mode 0700), made there the first time. It has no passphrase and signs nothing
 * but packages that a machine of this sandbox installs. gpg's agent is ended before this returns.
 */
export async function ensureSigningKey(home: string): Promise<SigningKey> {
  const gpg = (...args: string[]) => execa("gpg", ["--homedir", home, "--batch", "--yes", "--quiet", ...args]);
  const endAgent = () => execa("gpgconf", ["--homedir", home, "--kill", "all"], { reject: false });
  await mkdir(home, { recursive: true, mode: 0o700 });
  try {
    if (!existsSync(`${home}/pubring.kbx`)) {
      const owner = "openclaw-standby sandbox packages <sandbox@localhost>";
      await gpg("--passphrase", "", "--quick-generate-key", owner, "ed25519", "sign", "never");
    }
    const { stdout: listing } = await gpg("--list-keys", "--with-colons");
    const fingerprint = /^fpr:+([0-9A-F]{40}):/m.exec(listing)?.[1];
    if (!fingerprint) throw new Error(`${home} holds no key that gpg can read. Remove that folder and run again.`);
    const { stdout: keyAsc } = await gpg("--armor", "--export", fingerprint);
    return {
      keyAsc: `${keyAsc}\n`,
      fingerprint,
      async clearSign(input, output) {
        await gpg("--local-user", fingerprint, "--digest-algo", "SHA256", "--clearsign", "--output", output, input);
        await endAgent();
      },
    };
  } finally {
    await endAgent();
  }
}
