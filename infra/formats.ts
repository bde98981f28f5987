/** What the formats in the configuration must look like. Each refuses with words that say what was expected. */
import { createHash } from "node:crypto";
import { BlockList, isIP, isIPv4, isIPv6 } from "node:net";
import { z } from "zod";

const tailnet = new BlockList();
tailnet.addSubnet("100.64.0.0", 10, "ipv4"); // what Tailscale hands out: CGNAT, never routed on the internet
tailnet.addSubnet("fd7a:115c:a1e0::", 48, "ipv6");

/** An address of a tailnet, or a name (MagicDNS). A public address is refused: the monitor must not probe strangers. */
export const tailnetHost = z.string().superRefine((host, told) => {
  const kind = isIP(host);
  if (kind !== 0 && !tailnet.check(host, kind === 4 ? "ipv4" : "ipv6"))
    told.addIssue({
      code: "custom",
      message: `${host} is not an address of a tailnet (100.64.0.0/10 or fd7a:115c:a1e0::/48); a public address would be a stranger's door`,
    });
  if (kind === 0 && (!/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(host) || /^[\d.]+$/.test(host)))
    told.addIssue({ code: "custom", message: `${host} is neither an address nor a name` });
});

/** `host:port` on the tailnet, IPv6 in brackets; the port may be left out where there is a usual one. */
export const hostAndPort = (usualPort?: number) =>
  z.string().transform((text, told) => {
    const [, bracketed, plain, port = usualPort] = /^(?:\[([0-9a-f:]+)\]|([^:[\]]+))(?::(\d+))?$/i.exec(text) ?? [];
    const host = bracketed ?? plain ?? "";
    if (!tailnetHost.safeParse(host).success || !(Number(port) >= 1 && Number(port) <= 65535)) {
      const form = usualPort === undefined ? "host:port" : "host, or host:port";
      told.addIssue({ code: "custom", message: `${text} is not ${form} on the tailnet, such as 100.64.0.9:22` });
      return z.NEVER;
    }
    return { host, port: Number(port) };
  });

/** A network in CIDR notation, its host bits zero. */
export const cidr = z.string().superRefine((text, told) => {
  const [address = "", length = "", ...rest] = text.split("/");
  const bits = isIPv4(address) ? 32 : isIPv6(address) ? 128 : 0;
  if (bits === 0 || rest.length > 0 || !/^\d+$/.test(length) || Number(length) > bits)
    told.addIssue({ code: "custom", message: `${text} is not a CIDR, such as 203.0.113.7/32` });
});

/** Whether a CIDR is as good as every address there is: 0.0.0.0/0, and also its halves, or IPv6's 2000::/3. */
export const openCidr = (text: string): boolean => {
  const [address = "", length = "128"] = text.split("/"); // one address without a length is one address
  return Number(length) < (isIPv6(address) ? 16 : 8);
};

/** Reads an SSH git URL; undefined if it is not one. */
export function parseGit(url: string): { user: string; host: string; port: number } | undefined {
  const long = /^ssh:\/\/([a-z_][a-z0-9_-]*)@([A-Za-z0-9.-]+|\[[0-9a-f:]+\])(?::(\d+))?\/\S+$/.exec(url);
  if (long) return { user: long[1]!, host: long[2]!.replace(/[[\]]/g, ""), port: Number(long[3] ?? 22) };
  const short = /^([a-z_][a-z0-9_-]*)@([A-Za-z0-9.-]+):(?!\/\/)\S+$/.exec(url);
  return short ? { user: short[1]!, host: short[2]!, port: 22 } : undefined;
}

/** The host of an SSH git URL as `known_hosts` names it; undefined if the URL is not one. */
export function sshGitHost(url: string): string | undefined {
  const git = parseGit(url);
  return git && (git.port === 22 ? git.host : `[${git.host}]:${git.port}`);
}

/** An SSH git URL. HTTPS is refused, as a password in a URL ends up in process lists, logs and `.git/config`. */
export const gitSshUrl = z.string().superRefine((url, told) => {
  if (/^[a-z+]+:\/\/[^/@]*:[^/@]*@/i.test(url))
    told.addIssue({ code: "custom", message: "has a password in it; use an SSH URL and workspaceDeployKey" });
  else if (!parseGit(url))
    told.addIssue({
      code: "custom",
      message: "is not an SSH git URL, such as git@github.com:you/workspace.git or ssh://git@host:22/path",
    });
});

/** An unencrypted private key in OpenSSH's own format: nobody is there at night to type a passphrase. */
export const opensshPrivateKey = z.string().superRefine((text, told) => {
  const body = /^-----BEGIN OPENSSH PRIVATE KEY-----\n([A-Za-z0-9+/=\n]+)-----END OPENSSH PRIVATE KEY-----\s*$/.exec(
    text.replaceAll("\r\n", "\n"),
  )?.[1];
  const bytes = Buffer.from(body ?? "", "base64");
  if (bytes.subarray(0, 15).toString("latin1") !== "openssh-key-v1\0") {
    told.addIssue({
      code: "custom",
      message: "is not an OpenSSH private key; make one with `ssh-keygen -t ed25519 -N ''` and keep its line breaks",
    });
    return;
  }
  const cipher = bytes.subarray(19, 19 + bytes.readUInt32BE(15)).toString("latin1");
  if (cipher !== "none")
    told.addIssue({ code: "custom", message: `is locked with a passphrase (${cipher}); the machine cannot type one` });
});

/** A public key as in `known_hosts`, without the host's name. */
export const opensshPublicKey = z
  .string()
  .regex(
    /^(ssh-ed25519|ecdsa-sha2-nistp256|ssh-rsa) AAAA[A-Za-z0-9+/]+={0,2}( \S+)?$/,
    "is not a public key, such as `ssh-ed25519 AAAA...`",
  );

/** A short name for some content, to say in a trigger that it changed without saying what it is. */
export const fingerprint = (content: string): string => createHash("sha256").update(content).digest("hex").slice(0, 16);

/** A text as one word of a shell's command, whatever is in it. */
export const shellWord = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
