import { readFileSync } from "node:fs";
import * as command from "@pulumi/command";
import * as digitalocean from "@pulumi/digitalocean";
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { type UserDataArgs, userData } from "../cloud-init/user-data.ts";
import { AdminKeys } from "./admin-keys.ts";
import { fingerprint } from "./formats.ts";

export interface MachineArgs extends Omit<UserDataArgs, "adminPublicKeys" | "firstHostKey" | "tailnetKey"> {
  readonly region: string;
  readonly size: string;
  /** Tag that binds the machine to its firewall. */
  readonly tag: pulumi.Input<string>;
  /** Tailnet key, secret. */
  readonly tailnetKey: pulumi.Output<string>;
  /** When this changes the machine is rebuilt. */
  readonly identity: string;
  /** When this is raised by one, the admin's key is another one; the machine stays. */
  readonly adminKeyGeneration: number;
}

/** The VPS, with the keys to get in. It is closed and on the tailnet when cloud-init is done. */
export class Machine extends pulumi.ComponentResource {
  readonly droplet: digitalocean.Droplet;
  /** The admin user's private key, secret. */
  readonly adminPrivateKey: pulumi.Output<string>;
  private readonly adminKeys: AdminKeys;
  private readonly firstHostKey: pulumi.Output<string>;

  constructor(name: string, args: MachineArgs, opts?: pulumi.ComponentResourceOptions) {
    super("openclaw-standby:infra:Machine", name, {}, opts);
    this.adminKeys = new AdminKeys(name, args.adminKeyGeneration, this);
    this.adminPrivateKey = this.adminKeys.privateKey;
    const firstHost = new tls.PrivateKey(
      `${name}-first-host-key`,
      { algorithm: "ED25519" },
      { parent: this, replacementTrigger: args.identity },
    );
    this.firstHostKey = firstHost.publicKeyOpenssh;
    // Given to DigitalOcean too, so that it does not make up a root password and send it by mail.
    const sshKey = new digitalocean.SshKey(
      `${name}-ssh-key`,
      { name: args.hostname, publicKey: this.adminKeys.publicKey },
      { parent: this },
    );
    this.droplet = new digitalocean.Droplet(
      `${name}-droplet`,
      {
        name: args.hostname,
        region: args.region,
        size: args.size,
        image: args.image,
        sshKeys: [sshKey.fingerprint],
        tags: [args.tag],
        monitoring: true,
        dropletAgent: false, // it would let the cloud's console in, as root
        userData: pulumi.secret(
          pulumi
            .all([this.adminKeys.publicKeys, firstHost.privateKeyOpenssh, this.firstHostKey, args.tailnetKey])
            .apply(([adminPublicKeys, privateKey, publicKey, tailnetKey]) =>
              userData({ ...args, adminPublicKeys, firstHostKey: { privateKey, publicKey }, tailnetKey }),
            ),
        ),
      },
      {
        parent: this,
        // A new tailnet key or admin key is no reason for a new machine; another identity is.
        ignoreChanges: ["userData", "sshKeys"],
        replacementTrigger: fingerprint(args.identity),
        deleteBeforeReplace: true, // two of the same name on the tailnet would become "name-1"
      },
    );
    this.registerOutputs({ publicAddress: this.droplet.ipv4Address });
  }

  /**
   * Waits for the machine to be done with its first boot, over a connection pinned to the host key that it was given,
   * and has it make a host key that never left it. Every later connection pins that one.
   * @param host where the machine is reached.
   * @returns the connection for all that follows.
   */
  connect(name: string, host: pulumi.Input<string>): command.types.input.remote.ConnectionArgs {
    const common = { host, user: "admin", privateKey: this.adminPrivateKey, perDialTimeout: 10 };
    const adopt = new command.remote.Command(
      `${name}-host-key`,
      {
        connection: { ...common, hostKey: this.firstHostKey, dialErrorLimit: 60 }, // it is still booting
        create: readFileSync(new URL("../assets/steps/adopt.sh", import.meta.url), "utf8"),
        logging: "stderr",
      },
      {
        parent: this,
        dependsOn: [this.droplet],
        deletedWith: this.droplet,
        replaceOnChanges: ["connection.hostKey"],
        ignoreChanges: ["create", "connection.host", "connection.privateKey"], // done once in a machine's life
      },
    );
    const connection = { ...common, dialErrorLimit: 10, hostKey: adopt.stdout.apply((key) => key.trim()) };
    return { ...connection, privateKey: this.adminKeys.settle(connection, this.droplet) };
  }
}
