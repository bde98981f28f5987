/** What the cloud tells a machine about itself, as an OpenStack config drive: DigitalOcean's way. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { hostResolver } from "./host.ts";
import type { MachineSpec } from "./machine.ts";
import { hostIpv4 } from "./names.ts";

/** A machine's hardware address, made from its IPv4. */
export const hardwareAddress = (ipv4: string): string =>
  `02:00:${ipv4
    .split(".")
    .map((n) => Number(n).toString(16).padStart(2, "0"))
    .join(":")}`;

/** Writes the drive's files into a machine's tree, where cloud-init looks for a seeded one. */
export async function writeSeed(tree: string, spec: MachineSpec): Promise<void> {
  const drive = join(tree, "var/lib/cloud/seed/config_drive/openstack/latest");
  await mkdir(drive, { recursive: true, mode: 0o700 });
  const json = (name: string, value: unknown) => writeFile(join(drive, name), JSON.stringify(value), { mode: 0o600 });
  await json("meta_data.json", {
    uuid: spec.metadata?.instanceId ?? `${spec.name}-${Date.now()}`,
    hostname: spec.hostname ?? spec.name,
    name: spec.hostname ?? spec.name,
    public_keys: Object.fromEntries((spec.publicKeys ?? []).map((key, i) => [String(i), key])),
  });
  await json("vendor_data.json", { "cloud-init": "#cloud-config\ndisable_root: false\n" });
  await json("network_data.json", {
    links: [{ id: "eth0", type: "phy", ethernet_mac_address: hardwareAddress(spec.ipv4), mtu: 1500 }],
    networks: [
      {
        id: "public",
        type: "ipv4",
        link: "eth0",
        ip_address: spec.ipv4,
        netmask: "255.255.255.0",
        routes: [{ network: "0.0.0.0", netmask: "0.0.0.0", gateway: hostIpv4 }],
      },
    ],
    services: [{ type: "dns", address: hostResolver() }],
  });
  await writeFile(join(drive, "user_data"), spec.userData ?? "#cloud-config\n{}\n", { mode: 0o600 });
}
