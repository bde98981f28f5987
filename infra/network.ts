import * as digitalocean from "@pulumi/digitalocean";
import * as pulumi from "@pulumi/pulumi";

export interface NetworkArgs {
  /** Name of the firewall and of the tag that binds machines to it. */
  readonly name: string;
  /** CIDRs that may reach SSH on the public address; empty: nobody. */
  readonly sshAllowFrom: readonly string[];
}

/**
 * The cloud's own firewall: in, only what the configuration names; out, open.
 *
 * It is bound by tag, not by machine, so that it holds from the machine's first second.
 * The tailnet needs no open port: its connections are made from the inside.
 */
export class Network extends pulumi.ComponentResource {
  /** A machine with this tag is behind the firewall. */
  readonly tag: pulumi.Output<string>;
  readonly firewall: digitalocean.Firewall;

  constructor(name: string, args: NetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("openclaw-standby:infra:Network", name, {}, opts);
    const tag = new digitalocean.Tag(`${name}-tag`, { name: args.name }, { parent: this });
    this.tag = tag.name;
    const everywhere = ["0.0.0.0/0", "::/0"];
    this.firewall = new digitalocean.Firewall(
      `${name}-firewall`,
      {
        name: args.name,
        tags: [tag.name], // the same words as on the machine: a policy can see that they meet
        inboundRules:
          args.sshAllowFrom.length > 0
            ? [{ protocol: "tcp", portRange: "22", sourceAddresses: [...args.sshAllowFrom] }]
            : [],
        outboundRules: [
          { protocol: "tcp", portRange: "1-65535", destinationAddresses: everywhere },
          { protocol: "udp", portRange: "1-65535", destinationAddresses: everywhere },
          { protocol: "icmp", destinationAddresses: everywhere },
        ],
      },
      { parent: this },
    );
    this.registerOutputs({ tag: this.tag });
  }
}
