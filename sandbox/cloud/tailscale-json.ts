/** headscale's keys and nodes in the shapes of Tailscale's API. */
import type { Node } from "./headscale.ts";
import type { AuthKey } from "./state.ts";

/** Tailscale's kind of id for headscale's number of a key. */
export const authKeyId = (id: string): string => `k${id}CNTRL`;

/** The preferred id of a device; headscale's number is the legacy one. */
export const nodeId = (n: Node): string => `n${n.id}CNTRL`;

export const keyJson = (k: AuthKey, invalid: boolean) => ({
  id: k.id,
  keyType: "auth",
  description: k.description,
  created: k.created,
  expires: k.expires,
  expirySeconds: Math.round((Date.parse(k.expires) - Date.parse(k.created)) / 1000),
  ...(k.revoked !== undefined && { revoked: k.revoked }),
  invalid,
  capabilities: {
    devices: { create: { reusable: k.reusable, ephemeral: k.ephemeral, preauthorized: k.preauthorized, tags: k.tags } },
  },
});

/** A device; with all fields also those that take the control server more to find out. */
export function deviceJson(n: Node, domain: string, all: boolean) {
  const tags = [...new Set([...n.forcedTags, ...n.validTags])];
  return {
    id: n.id,
    nodeId: nodeId(n),
    addresses: n.ipAddresses,
    name: `${n.givenName}.${domain}`,
    hostname: n.name,
    user: n.user.name,
    tags,
    authorized: true,
    keyExpiryDisabled: tags.length > 0,
    expires: n.expiry ?? "0001-01-01T00:00:00Z",
    created: n.createdAt,
    connectedToControl: n.online,
    ...(!n.online && { lastSeen: n.lastSeen ?? n.createdAt }),
    machineKey: n.machineKey,
    nodeKey: n.nodeKey,
    os: "linux",
    clientVersion: "",
    updateAvailable: false,
    isEphemeral: n.preAuthKey?.ephemeral === true,
    isExternal: false,
    blocksIncomingConnections: false,
    tailnetLockError: "",
    tailnetLockKey: "",
    ...(all && { enabledRoutes: n.approvedRoutes ?? [], advertisedRoutes: n.availableRoutes ?? [] }),
  };
}
