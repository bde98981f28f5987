/** The cloud's firewalls, on the wire: nft rules at the port by which a machine hangs on the bridge. */
import { host } from "../machines/host.ts";
import { bridgePort, metadataIpv4 } from "../machines/names.ts";

/** Traffic that may begin: to a machine from the peers, or from it to them. */
export interface Allowed {
  readonly protocol: "tcp" | "udp" | "icmp";
  /** "22", "8000-8010", or "0" for all. */
  readonly ports: string;
  /** IPv4 addresses or CIDRs. */
  readonly peers: readonly string[];
}

/** A machine that is behind one or more firewalls. A machine without any is open, and not named here. */
export interface Guarded {
  readonly machine: string;
  readonly inbound: readonly Allowed[];
  readonly outbound: readonly Allowed[];
}

const table = "ocs_firewall";

/** Puts the rules in force for exactly these machines, in one transaction. Flows that are allowed already go on. */
export async function enforce(machines: readonly Guarded[]): Promise<void> {
  await host("nft", ["-f", "-"], ruleset(machines));
}

/** Takes all rules away: every machine is open. */
export async function stopEnforcing(): Promise<void> {
  await host("nft", ["-f", "-"], `add table bridge ${table}\ndelete table bridge ${table}\n`);
}

/**
 * The transaction, for `nft -f -`.
 *
 * It is stateful by means of sets with timeouts, which it fills itself: what one side began, the other may answer.
 * Connection tracking on a bridge is a kernel option (NF_CONNTRACK_BRIDGE) that many kernels are built without.
 */
export function ruleset(machines: readonly Guarded[]): string {
  // Frames between machines pass "forward"; those to and from the host itself "input" and "output".
  return `table bridge ${table} {
  set flows {
    type inet_proto . ipv4_addr . inet_service . ipv4_addr . inet_service # protocol, machine, its port, peer, its port
    flags dynamic,timeout
    timeout 1h
    size 65536
  }
  set pings {
    type ipv4_addr . ipv4_addr # who asked, who may answer
    flags dynamic,timeout
    timeout 30s
    size 65536
  }
  chain from_machine { }
  chain to_machine { }
  chain forward_from { type filter hook forward priority 0; }
  chain forward_to { type filter hook forward priority 1; }
  chain input { type filter hook input priority 0; }
  chain output { type filter hook output priority 0; }
}
flush table bridge ${table}
table bridge ${table} {
  chain forward_from { jump from_machine; }
  chain input { jump from_machine; }
  chain forward_to { jump to_machine; }
  chain output { jump to_machine; }
  chain from_machine {
${machines.flatMap(fromMachine).join("\n")}
  }
  chain to_machine {
${machines.flatMap(toMachine).join("\n")}
  }
}
`;
}

const outFlow = "meta l4proto . ip saddr . th sport . ip daddr . th dport";
const inFlow = "meta l4proto . ip daddr . th dport . ip saddr . th sport";

const fromMachine = ({ machine, outbound }: Guarded): string[] =>
  chain(`iifname "${bridgePort(machine)}"`, "daddr", outFlow, [`ip daddr ${metadataIpv4} accept`], outbound);

const toMachine = ({ machine, inbound }: Guarded): string[] =>
  chain(`oifname "${bridgePort(machine)}"`, "saddr", inFlow, [`ip saddr ${metadataIpv4} accept`], inbound);

function chain(port: string, peer: "saddr" | "daddr", flow: string, always: string[], allowed: readonly Allowed[]) {
  return [
    "ether type arp accept",
    ...always,
    "ip frag-off & 0x1fff != 0 accept", // the rest of a packet whose beginning was judged
    "icmp type { destination-unreachable, time-exceeded, parameter-problem } accept",
    "icmp type echo-reply ip daddr . ip saddr @pings accept",
    `meta l4proto { tcp, udp } ${flow} @flows update @flows { ${flow} } accept`,
    ...allowed.flatMap((rule) => rule.peers.map((address) => begin(rule, `ip ${peer} ${plain(address)}`, flow))),
    "drop", // IPv6 too: no machine has an address of it
  ].map((rule) => `    ${port} ${rule}`);
}

function begin({ protocol, ports }: Allowed, peer: string, flow: string): string {
  if (protocol === "icmp") return `${peer} ip protocol icmp update @pings { ip saddr . ip daddr } accept`;
  const range = ports === "0" ? "" : ` ${protocol} dport ${plain(ports)}`;
  return `${peer} meta l4proto ${protocol}${range} update @flows { ${flow} } accept`;
}

/** What goes into nft's language is digits, and nothing that could end a rule. */
function plain(text: string): string {
  if (!/^[\d./-]+$/.test(text)) throw new Error(`"${text}" is not a port range, an IPv4 address or a CIDR.`);
  return text;
}
