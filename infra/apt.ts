/** The signed apt repositories that the machine installs from. Their keys lie in the repository of this program. */
import { readFileSync } from "node:fs";
import { z } from "zod";

/** One signed apt repository. `key` is an armoured OpenPGP public key; packages of any other signer are refused. */
export interface AptRepository {
  /** `$DISTRIBUTION` stands for ubuntu or debian, the first word of the image's name. */
  readonly uri: string;
  /** `$RELEASE` stands for the release of the machine (noble, trixie), which cloud-init fills in. */
  readonly suite: string;
  readonly key: string;
}

const key = (name: string) => readFileSync(new URL(`../cloud-init/keys/${name}.asc`, import.meta.url), "utf8");

/** Where an owner's machine gets its packages. `tests/unit/infra/apt-keys.test.ts` holds each key against its fingerprint. */
export const aptRepositories = {
  tailscale: {
    uri: "https://pkgs.tailscale.com/stable/$DISTRIBUTION",
    suite: "$RELEASE",
    key: key("tailscale"),
  },
  node: {
    uri: "https://deb.nodesource.com/node_24.x",
    suite: "nodistro",
    key: key("nodesource"),
  },
} as const satisfies Record<string, AptRepository>;

/** What a stack may say of a repository: any part of it, the rest stays as it is. A new uri needs its own key. */
export const aptRepository = (usual: AptRepository) =>
  z
    .strictObject({
      uri: z
        .string()
        .regex(/^https?:\/\/[^\s@]+$/, "an http(s) URL")
        .default(usual.uri),
      suite: z
        .string()
        .regex(/^[$A-Za-z0-9./-]+$/, "the name of a suite")
        .default(usual.suite),
      key: z
        .string()
        .regex(
          /^-----BEGIN PGP PUBLIC KEY BLOCK-----[\s\S]+-----END PGP PUBLIC KEY BLOCK-----\s*$/,
          "an armoured OpenPGP public key",
        )
        .default(usual.key),
    })
    .refine((r) => !r.uri.startsWith("http:") || r.key !== usual.key, "an http:// repository needs a key of its own");
