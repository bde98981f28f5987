import { isIP } from "node:net";
import { networkInterfaces } from "node:os";
import type { Observation } from "./observation.ts";

/**
 * A miss, seen again in the light of our own network: without a tailnet address of our own, nobody on the tailnet
 * can be reached, and a missed check says nothing about the primary.
 */
export function inOurLight(observation: Observation, host: string, ownAddresses = currentAddresses()): Observation {
  if (!["refused", "timedOut", "unreachable"].includes(observation.kind)) return observation;
  if (!livesOnTailnet(host) || ownAddresses.some(isTailnetAddress)) return observation;
  return { kind: "networkDown", detail: "no tailnet address on this machine" };
}

/** Tailscale gives out 100.64.0.0/10 and fd7a:115c:a1e0::/48. */
export function isTailnetAddress(address: string): boolean {
  if (isIP(address) === 6) return address.toLowerCase().startsWith("fd7a:115c:a1e0:");
  const [first, second] = address.split(".").map(Number);
  return isIP(address) === 4 && first === 100 && second !== undefined && second >= 64 && second <= 127;
}

/** A primary that is given by name is given by its tailnet name. */
export function livesOnTailnet(host: string): boolean {
  return isIP(host) === 0 ? host !== "localhost" : isTailnetAddress(host);
}

function currentAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address));
}
