import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { aptRepositories } from "../../../infra/apt.ts";

/** The fingerprint of an armoured OpenPGP v4 public key: SHA-1 over its first packet (RFC 4880, 12.2). */
function fingerprint(armoured: string): string {
  const body = /\n\n([A-Za-z0-9+/=\n]+?)\n=[A-Za-z0-9+/]{4}\n/.exec(armoured)![1]!;
  const bytes = Buffer.from(body, "base64");
  const lengthOctets = 1 << (bytes[0]! & 3); // an old-format packet tells the size of its length in two bits
  const length = bytes.readUIntBE(1, lengthOctets);
  const packet = bytes.subarray(1 + lengthOctets, 1 + lengthOctets + length);
  return createHash("sha1")
    .update(Buffer.from([0x99, length >> 8, length & 0xff]))
    .update(packet)
    .digest("hex")
    .toUpperCase();
}

describe("the apt keys in the repository", () => {
  it("are Tailscale's", () =>
    expect(fingerprint(aptRepositories.tailscale.key)).toBe("2596A99EAAB33821893C0A79458CA832957F5868"));
  it("are NodeSource's", () =>
    expect(fingerprint(aptRepositories.node.key)).toBe("6F71F525282841EEDAF851B42F59B5F99B1BE0B4"));
});
