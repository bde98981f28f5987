/** The little of headscale's REST API that the Tailscale adapter uses, as headscale v0.26 answers. */
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { HeadscaleConfig, Node } from "../../../sandbox/cloud/headscale.ts";
import { createAuthority } from "../../../sandbox/hub/authority.ts";

interface Key {
  readonly id: string;
  readonly key: string;
  readonly reusable: boolean;
  readonly ephemeral: boolean;
  readonly aclTags: string[];
  used: boolean;
  expiration: string;
}

export interface FakeHeadscale {
  readonly config: HeadscaleConfig;
  readonly nodes: Node[];
  readonly keys: Key[];
  /** Lets a machine in, as tailscaled would with that key. */
  join(hostname: string, key: string, online?: boolean): Node;
  close(): Promise<void>;
}

const authorityOfAll = createAuthority("127.0.0.1");

export async function openHeadscale(): Promise<FakeHeadscale> {
  const authority = await authorityOfAll;
  const keys: Key[] = [];
  const nodes: Node[] = [];
  const unknown = { status: 404, json: { code: 5, message: "Not Found", details: [] } };
  const noNode = { status: 500, json: { code: 2, message: "record not found", details: [] } };
  const answer = (method: string, path: string, body: Record<string, unknown>): { status: number; json: object } => {
    const ok = (json: object) => ({ status: 200, json });
    const [, id, rest] = /^\/api\/v1\/node\/(\d+)(\/tags)?$/.exec(path) ?? [];
    const index = nodes.findIndex((n) => n.id === id);
    if (method === "GET" && path === "/api/v1/node") return ok({ nodes });
    if (method === "GET" && path === "/api/v1/preauthkey?user=1") return ok({ preAuthKeys: keys });
    if (method === "POST" && path === "/api/v1/preauthkey") {
      const number = String(keys.length + 1);
      const made = { id: number, key: `${number}`.repeat(48), used: false, ...body } as Key & typeof body;
      keys.push(made);
      return ok({ preAuthKey: made });
    }
    if (method === "POST" && path === "/api/v1/preauthkey/expire") {
      const found = keys.find((k) => k.key === body.key);
      if (found) found.expiration = new Date().toISOString();
      return ok({});
    }
    if (id === undefined) return unknown;
    if (index < 0) return noNode;
    if (method === "DELETE" && !rest) nodes.splice(index, 1);
    if (method === "POST" && rest) nodes[index] = { ...nodes[index]!, forcedTags: body.tags as string[] };
    return ok({});
  };
  const server = createServer({ cert: authority.certificatePem, key: authority.privateKeyPem }, (request, response) => {
    let text = "";
    request.on("data", (part) => {
      text += part;
    });
    request.on("end", () => {
      const known = request.headers.authorization === "Bearer headscale-key";
      const { status, json } = known
        ? answer(request.method ?? "", request.url ?? "", JSON.parse(text || "{}"))
        : { status: 401, json: { message: "Unauthorized" } };
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(json));
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    config: {
      url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
      apiKey: "headscale-key",
      caPem: authority.caPem,
      ownerId: "1",
    },
    nodes,
    keys,
    join(hostname, key, online = true) {
      const found = keys.find((k) => k.key === key);
      if (!found) throw new Error(`headscale has no key ${key}`);
      found.used = true;
      const id = String(nodes.length + 1);
      const node: Node = {
        id,
        machineKey: `mkey:${id}`,
        nodeKey: `nodekey:${id}`,
        ipAddresses: [`100.64.0.${id}`, `fd7a:115c:a1e0::${id}`],
        name: hostname,
        givenName: hostname,
        user: { name: "owner" },
        lastSeen: "2026-11-24T03:00:00Z",
        expiry: null,
        createdAt: "2026-11-24T02:00:00Z",
        online,
        forcedTags: [],
        validTags: found.aclTags,
        preAuthKey: found,
      };
      nodes.push(node);
      return node;
    },
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}
