/** Stand-in for the tls plugin: SSH key pairs. */
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { type ResourceType, serve } from "./plugin.ts";

const privateKey: ResourceType = {
  inputs: ["algorithm"],
  required: ["algorithm"],
  secret: ["privateKeyOpenssh", "privateKeyPem", "privateKeyPemPkcs8"],
  create: async ({ algorithm }) => {
    if (algorithm !== "ED25519")
      throw new Error(`the sandbox's stand-in makes ED25519 keys only, not ${String(algorithm)}`);
    const dir = await mkdtemp(join(tmpdir(), "key-"));
    try {
      await execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", join(dir, "key")]);
      const publicKey = (await readFile(join(dir, "key.pub"), "utf8")).trim();
      const sha256 = createHash("sha256")
        .update(Buffer.from(publicKey.split(" ")[1]!, "base64"))
        .digest("base64")
        .replace(/=+$/, "");
      return {
        id: createHash("sha1").update(publicKey).digest("hex"),
        outputs: {
          privateKeyOpenssh: await readFile(join(dir, "key"), "utf8"),
          publicKeyOpenssh: `${publicKey}\n`,
          publicKeyFingerprintSha256: `SHA256:${sha256}`,
        },
      };
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  },
};

export const types = { "tls:index/privateKey:PrivateKey": privateKey };

if (import.meta.main) await serve("tls", types);
