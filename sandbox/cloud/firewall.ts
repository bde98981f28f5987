/** The cloud's firewalls, on the wire: what comes in over a machine's port is matched against its inbound rules. */
import { host } from "../machines/host.ts";
import { bridgePort } from "../machines/names.ts";
import type { FirewallRule } from "./state.ts";

const table = "ocs_firewall";

/**
 * Puts the rules of every machine in force, in one step. A machine without a firewall is not in the map's values
 * (undefined): it stays open. Answers to what the machine began come in always, as in the real one.
 */
export async function enforce(machines: Map<string, FirewallRule[] | undefined>): Promise<void> {
  const closed = [...machines].filter((m): m is [string, FirewallRule[]] => m[1] !== undefined);
  const chains = closed.map(
    ([name, rules]) => `  chain ${name} {
    ether type != ip accept
    ct state established,related accept
${rules
  .flatMap(nftRules)
  .map((r) => `    ${r} accept`)
  .join("\n")}
    drop
  }`,
  );
  const jumps = closed.map(([name]) => `    oifname "${bridgePort(name)}" jump ${name}`).join("\n");
  // Frames from the host itself leave by output, those of other machines by forward.
  const hooks = ["forward", "output"].map(
    (hook) => `  chain ${hook} { type filter hook ${hook} priority 0;\n${jumps}\n  }`,
  );
  await host(
    "nft",
    ["-f", "-"],
    `add table bridge ${table}\ndelete table bridge ${table}\ntable bridge ${table} {\n${chains.join("\n")}\n${hooks.join("\n")}\n}\n`,
  );
}

function nftRules(rule: FirewallRule): string[] {
  const sources = (rule.sources?.addresses ?? []).filter((a) => !a.includes(":"));
  const ports = rule.ports === "0" || rule.ports === "all" ? "1-65535" : rule.ports;
  const what = rule.protocol === "icmp" ? "ip protocol icmp" : `${rule.protocol} dport ${ports}`;
  return sources.map((source) => `ip saddr ${source} ${what}`);
}
