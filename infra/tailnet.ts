import * as pulumi from "@pulumi/pulumi";
import * as tailscale from "@pulumi/tailscale";
import { TailnetDevice } from "./tailnet-device.ts";

export interface TailnetKeyArgs {
  readonly tags: readonly string[];
  readonly hostname: string;
  /** When this changes the machine is another one, and needs another key. */
  readonly machineIdentity: string;
}

/** The machine's way onto the tailnet: a key that works once, for this machine, for half an hour. */
export class TailnetEntry extends pulumi.ComponentResource {
  /** The key, secret. */
  readonly key: pulumi.Output<string>;

  constructor(name: string, args: TailnetKeyArgs, opts?: pulumi.ComponentResourceOptions) {
    super("openclaw-standby:infra:TailnetEntry", name, {}, opts);
    const key = new tailscale.TailnetKey(
      `${name}-key`,
      {
        description: `openclaw-standby ${args.hostname}`.slice(0, 50), // Tailscale takes no more
        tags: [...args.tags],
        reusable: false,
        ephemeral: false,
        preauthorized: true,
        expiry: 1800,
        recreateIfInvalid: "never", // used up at first boot, that is its purpose: it must not be missed afterwards
      },
      { parent: this, replacementTrigger: args.machineIdentity, additionalSecretOutputs: ["key"] },
    );
    this.key = pulumi.secret(key.key);
    this.registerOutputs({});
  }
}

export interface TailnetMemberArgs {
  readonly hostname: string;
  readonly tags: readonly string[];
  /** Id of the machine that joins: another machine is another device. */
  readonly machineId: pulumi.Input<string>;
}

/** The machine as the tailnet knows it. Taken off the tailnet on destroy, also when the machine is dead. */
export class TailnetMember extends pulumi.ComponentResource {
  /** IPv4 address on the tailnet. */
  readonly address: pulumi.Output<string>;
  /** Full name on the tailnet. */
  readonly fqdn: pulumi.Output<string>;

  constructor(name: string, args: TailnetMemberArgs, opts?: pulumi.ComponentResourceOptions) {
    super("openclaw-standby:infra:TailnetMember", name, {}, opts);
    const device = new TailnetDevice(
      `${name}-device`,
      { hostname: args.hostname, tags: [...args.tags], machineId: args.machineId },
      { parent: this, customTimeouts: { create: "10m" } },
    );
    this.address = device.address;
    this.fqdn = device.fqdn;
    this.registerOutputs({ address: this.address, fqdn: this.fqdn });
  }
}
