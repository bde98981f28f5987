/** The sandbox's internet: one bridge on the host, a way out to package registries, a way to cut a link. */
import { execa } from "execa";
import { host, hostResolver } from "./host.ts";
import { bridge, bridgePort, hostIpv4, metadataIpv4, network, nftTable, prefixLength } from "./names.ts";

/** Brings the bridge up, and lets machines out: names from the host's resolver, web ports, nothing else. */
export async function networkUp(): Promise<void> {
  const { exitCode } = await execa("ip", ["link", "show", bridge], { reject: false });
  if (exitCode !== 0) await host("ip", ["link", "add", bridge, "type", "bridge"]);
  await host("ip", ["address", "replace", `${hostIpv4}/${prefixLength}`, "dev", bridge]);
  await host("ip", ["address", "replace", `${metadataIpv4}/32`, "dev", bridge]);
  await host("ip", ["link", "set", bridge, "up"]);
  await host("sysctl", ["-qw", "net.ipv4.ip_forward=1"]);
  const uplink = /^default .*\bdev (\S+)/m.exec(await host("ip", ["-o", "route", "show", "default"]))?.[1];
  if (!uplink) throw new Error("This host has no default route: machines could not reach a package registry.");
  await host("nft", ["-f", "-"], rules(uplink, hostResolver()));
}

const rules = (uplink: string, resolver: string): string => `
add table ip ${nftTable}
delete table ip ${nftTable}
table ip ${nftTable} {
  chain out { type nat hook postrouting priority srcnat; ip saddr ${network} oifname "${uplink}" masquerade; }
  chain forward { type filter hook forward priority filter;
    iifname "${bridge}" oifname "${bridge}" accept
    iifname "${bridge}" ct state established,related accept
    oifname "${bridge}" ct state established,related accept
    iifname "${bridge}" ip daddr ${resolver} meta l4proto { tcp, udp } th dport 53 accept
    iifname "${bridge}" tcp dport { 80, 443 } accept
    iifname "${bridge}" reject
    oifname "${bridge}" drop
  }
  # An address of the sandbox that is not there must not be looked for outside.
  chain output { type filter hook output priority filter; ip daddr ${network} oifname "${uplink}" drop; }
}
add table bridge ${nftTable}
delete table bridge ${nftTable}
table bridge ${nftTable} {
  set cut { type ifname; }
  chain input { type filter hook input priority -300; iifname @cut drop; }
  chain output { type filter hook output priority -300; oifname @cut drop; }
  chain forward { type filter hook forward priority -300; iifname @cut drop; oifname @cut drop; }
}
`;

/** Takes the bridge and its rules away. */
export async function networkDown(): Promise<void> {
  for (const family of ["ip", "bridge"]) await execa("nft", ["delete", "table", family, nftTable], { reject: false });
  await execa("ip", ["link", "delete", bridge], { reject: false });
}

/** Silent loss, both ways: what a dead link looks like from the other end. */
export const cutMachine = (name: string): Promise<unknown> =>
  host("nft", ["add", "element", "bridge", nftTable, "cut", `{ "${bridgePort(name)}" }`]);
export const healMachine = (name: string): Promise<unknown> =>
  host("nft", ["delete", "element", "bridge", nftTable, "cut", `{ "${bridgePort(name)}" }`]);
