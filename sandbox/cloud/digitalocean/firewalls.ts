/** Firewalls, and what they mean for each machine. */
import { randomUUID } from "node:crypto";
import { isIP } from "node:net";
import type { Allowed, Guarded } from "../firewall.ts";
import type { Request, Response, Route } from "../http.ts";
import type { CloudState, Droplet, Firewall, FirewallRule, Peers } from "../state.ts";
import { get, gone, invalid, list, notFound, ok, page, post, put, remove, text, texts } from "./answers.ts";
import type { Cloud } from "./cloud.ts";

export function firewallRoutes(cloud: Cloud): Route[] {
  const { state } = cloud;
  const one =
    (handle: (firewall: Firewall, request: Request) => Response | Promise<Response>) =>
    (request: Request): Response | Promise<Response> => {
      const found = state.firewalls.find((f) => f.id === request.path.id);
      return found ? handle(found, request) : notFound;
    };
  return [
    get(/^\/firewalls$/, (r) => page(r, "firewalls", state.firewalls.map(firewallJson))),
    post(/^\/firewalls$/, async ({ body }) => {
      const told = read(state, body);
      if ("status" in told) return told;
      const made: Firewall = { id: randomUUID(), createdAt: new Date().toISOString(), ...told };
      state.firewalls.push(made);
      await cloud.enforce();
      return ok({ firewall: firewallJson(made) }, 202);
    }),
    get(
      /^\/firewalls\/(?<id>[^/]+)$/,
      one((found) => ok({ firewall: firewallJson(found) })),
    ),
    put(
      /^\/firewalls\/(?<id>[^/]+)$/,
      one(async (found, { body }) => {
        const told = read(state, body, found);
        if ("status" in told) return told;
        Object.assign(found, told);
        await cloud.enforce();
        return ok({ firewall: firewallJson(found) });
      }),
    ),
    remove(
      /^\/firewalls\/(?<id>[^/]+)$/,
      one(async (found) => {
        state.firewalls = state.firewalls.filter((f) => f !== found);
        await cloud.enforce();
        return gone;
      }),
    ),
  ];
}

type Told = Omit<Firewall, "id" | "createdAt">;

/** The firewall that a body describes, all of it: what it leaves out is empty. Or the answer that says what is wrong. */
function read(state: CloudState, body: Request["body"], itself?: Firewall): Told | Response {
  const name = text(body.name);
  const tags = texts(body.tags);
  const dropletIds = texts(body.droplet_ids).map(Number);
  if (!/^[A-Za-z0-9][A-Za-z0-9.-]*$/.test(name)) return invalid("name must be alphanumeric, with . and - inside");
  if (state.firewalls.some((f) => f !== itself && f.name === name))
    return ok({ id: "conflict", message: "duplicate name" }, 409);
  const strayTag = tags.find((t) => !state.tags.includes(t));
  if (strayTag !== undefined) return invalid(`invalid tag: ${strayTag}`);
  const strayDroplet = dropletIds.find((id) => !state.droplets.some((d) => d.id === id));
  if (strayDroplet !== undefined) return invalid(`invalid droplet_id: ${strayDroplet}`);
  const given = { inbound: list(body.inbound_rules), outbound: list(body.outbound_rules) };
  const problem =
    given.inbound.length + given.outbound.length === 0
      ? "must specify at least one rule"
      : (given.inbound.map((r) => ruleProblem(state, r, "sources")).find(Boolean) ??
        given.outbound.map((r) => ruleProblem(state, r, "destinations")).find(Boolean));
  if (problem) return invalid(problem);
  const rules = (all: unknown[]) => (all as FirewallRule[]).map((r) => ({ ...r, ports: portsOf(r) }));
  return { name, tags, dropletIds, inbound: rules(given.inbound), outbound: rules(given.outbound) };
}

/** DigitalOcean's own spelling: "0" for all of them, and for a protocol that has none. */
const portsOf = ({ protocol, ports }: FirewallRule): string =>
  protocol === "icmp" || ports === "all" ? "0" : String(ports);

function ruleProblem(state: CloudState, rule: unknown, side: "sources" | "destinations"): string | undefined {
  const { protocol, ports, [side]: peers } = (rule ?? {}) as Partial<FirewallRule>;
  if (!["tcp", "udp", "icmp"].includes(String(protocol))) return `invalid protocol: ${String(protocol)}`;
  if (protocol !== "icmp" && !isPorts(String(ports ?? ""))) return `invalid ports: ${String(ports)}`;
  if (typeof peers !== "object" || peers === null || Array.isArray(peers))
    return `You specified an invalid type for one of the ${side}.`;
  const { addresses = [], tags = [], droplet_ids: ids = [], ...others } = peers;
  const other = Object.entries(others).find(([, of]) => list(of).length > 0)?.[0];
  if (other) return `the sandbox has no ${other} to allow`;
  if (addresses.length + tags.length + ids.length === 0) return `must specify at least one of the ${side}`;
  const stray =
    addresses.find((a) => !isAddress(String(a))) ??
    tags.find((t) => !state.tags.includes(t)) ??
    ids.find((id) => !state.droplets.some((d) => d.id === id));
  return stray === undefined ? undefined : `invalid ${side}: ${String(stray)}`;
}

function isPorts(ports: string): boolean {
  if (ports === "0" || ports === "all") return true;
  const [first, last = first] =
    /^(\d{1,5})(?:-(\d{1,5}))?$/
      .exec(ports)
      ?.slice(1)
      .map((p) => p && Number(p)) ?? [];
  return Number(first) >= 1 && Number(last) >= Number(first) && Number(last) <= 65_535;
}

function isAddress(text: string): boolean {
  const [address = "", bits, ...rest] = text.split("/");
  const longest = { 4: 32, 6: 128 }[isIP(address)];
  if (longest === undefined || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= longest);
}

/** What the firewalls bound to a droplet allow together; nothing when none is bound, and it is open. */
export function guarded(state: CloudState, droplet: Droplet): Guarded[] {
  const bound = state.firewalls.filter(
    (f) => f.dropletIds.includes(droplet.id) || f.tags.some((t) => droplet.tags.includes(t)),
  );
  if (bound.length === 0) return [];
  const allowed = (rules: FirewallRule[], side: "sources" | "destinations"): Allowed[] =>
    rules.map((rule) => ({
      protocol: rule.protocol,
      ports: rule.ports ?? "0",
      peers: addressesOf(state, rule[side] ?? {}),
    }));
  return [
    {
      machine: droplet.machine,
      inbound: bound.flatMap((f) => allowed(f.inbound, "sources")),
      outbound: bound.flatMap((f) => allowed(f.outbound, "destinations")),
    },
  ];
}

/** IPv4 only: no machine has an address of the other kind. */
function addressesOf(state: CloudState, { addresses = [], tags = [], droplet_ids: ids = [] }: Peers): string[] {
  const named = state.droplets.filter((d) => ids.includes(d.id) || d.tags.some((t) => tags.includes(t)));
  return [...addresses.filter((a) => !a.includes(":")), ...named.map((d) => d.ipv4)];
}

const firewallJson = (f: Firewall) => ({
  id: f.id,
  name: f.name,
  status: "succeeded",
  created_at: f.createdAt,
  pending_changes: [],
  tags: f.tags,
  droplet_ids: f.dropletIds,
  inbound_rules: f.inbound,
  outbound_rules: f.outbound,
});
