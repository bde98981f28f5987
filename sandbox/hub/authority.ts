import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";

/** A certificate authority of one run's own, and the one server certificate it has issued. All PEM. */
export interface Authority {
  caPem: string;
  certificatePem: string;
  privateKeyPem: string;
}

/**
 * Makes an authority and a certificate for the address `ipv4`. The authority's key is thrown away: it can sign nothing
 * more, so whoever trusts it trusts this one server.
 */
export async function createAuthority(ipv4: string): Promise<Authority> {
  const dir = await mkdtemp(join(tmpdir(), "hub-authority-"));
  const openssl = (...args: string[]) => execa("openssl", args, { cwd: dir });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc"];
  try {
    await openssl(
      ...["req", "-x509", ...key, "-days", "30", "-subj", "/CN=openclaw-standby sandbox authority"],
      ...["-addext", "basicConstraints=critical,CA:TRUE,pathlen:0", "-addext", "keyUsage=critical,keyCertSign"],
      ...["-keyout", "ca.key", "-out", "ca.crt"],
    );
    await openssl("req", ...key, "-subj", `/CN=${ipv4}`, "-keyout", "hub.key", "-out", "hub.csr");
    await writeFile(
      join(dir, "hub.ext"),
      `subjectAltName=IP:${ipv4}\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n`,
    );
    await openssl(
      ...["x509", "-req", "-in", "hub.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial"],
      ...["-days", "30", "-extfile", "hub.ext", "-out", "hub.crt"],
    );
    const read = (name: string) => readFile(join(dir, name), "utf8");
    return {
      caPem: await read("ca.crt"),
      certificatePem: await read("hub.crt"),
      privateKeyPem: await read("hub.key"),
    };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
