import * as pulumi from "@pulumi/pulumi";
import { machineIdentity } from "../cloud-init/user-data.ts";
import type { Settings } from "./config.ts";
import { Machine } from "./machine.ts";
import { Network } from "./network.ts";
import { Software } from "./software.ts";
import { TailnetEntry, TailnetMember } from "./tailnet.ts";

/**
 * A standby for an OpenClaw gateway: a closed machine on the owner's tailnet that watches the primary, takes over on a
 * channel of its own, and steps back.
 *
 * ```ts
 * const standby = new Standby("standby", readSettings());
 * export const tailnetAddress = standby.tailnetAddress;
 * ```
 */
export class Standby extends pulumi.ComponentResource {
  readonly tailnetAddress: pulumi.Output<string>;
  readonly tailnetName: pulumi.Output<string>;
  readonly publicAddress: pulumi.Output<string>;
  /** US dollars a month, as the cloud says. */
  readonly monthlyCost: pulumi.Output<number>;
  /** The admin user's private key, secret. */
  readonly sshPrivateKey: pulumi.Output<string>;
  /** What to add to `known_hosts`. */
  readonly sshHostKey: pulumi.Output<string>;
  readonly sshCommand: pulumi.Output<string>;
  /** The token of the standby's gateway, secret. */
  readonly gatewayToken: pulumi.Output<string>;

  constructor(name: string, settings: Settings, opts?: pulumi.ComponentResourceOptions) {
    super("openclaw-standby:infra:Standby", name, {}, opts);
    const child = { parent: this };
    const firstBoot = {
      hostname: settings.hostname,
      image: settings.image,
      tailnetTags: settings.tailnetTags,
      loginServer: settings.tailscaleLoginServer,
      tailscaleApt: settings.tailscaleApt,
      nodeApt: settings.nodeApt,
      authorities: settings.extraCertificateAuthorities,
    };
    // The cloud makes another machine for another image or region: that one needs keys of its own, too.
    const { image, region, machineGeneration } = settings;
    const identity = `${machineIdentity(firstBoot)}# ${image} in ${region}, generation ${machineGeneration}\n`;

    const network = new Network(name, { name: settings.hostname, sshAllowFrom: settings.sshAllowFrom }, child);
    const entry = new TailnetEntry(
      name,
      { hostname: settings.hostname, tags: settings.tailnetTags, machineIdentity: identity },
      child,
    );
    const machine = new Machine(
      name,
      {
        ...firstBoot,
        region: settings.region,
        size: settings.size,
        sshAllowFrom: settings.sshAllowFrom,
        tag: network.tag,
        tailnetKey: entry.key,
        identity,
        adminKeyGeneration: settings.adminKeyGeneration,
      },
      { ...child, dependsOn: [network] },
    );
    const member = new TailnetMember(
      name,
      { hostname: settings.hostname, tags: settings.tailnetTags, machineId: machine.droplet.id },
      child,
    );
    const host = settings.deployOver === "tailnet" ? member.address : machine.droplet.ipv4Address;
    const connection = machine.connect(name, host);
    const software = new Software(name, { settings, connection, droplet: machine.droplet }, child);

    this.tailnetAddress = member.address;
    this.tailnetName = member.fqdn;
    this.publicAddress = machine.droplet.ipv4Address;
    this.monthlyCost = machine.droplet.priceMonthly;
    this.sshPrivateKey = machine.adminPrivateKey;
    this.sshHostKey = pulumi.interpolate`${host} ${connection.hostKey}`;
    this.sshCommand = pulumi.interpolate`ssh -i standby.key -o IdentitiesOnly=yes -o UserKnownHostsFile=standby.known_hosts admin@${host}`;
    this.gatewayToken = software.gatewayToken;
    this.registerOutputs({ tailnetAddress: this.tailnetAddress });
  }
}
