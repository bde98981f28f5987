import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";

type Connection = command.types.input.remote.ConnectionArgs;

/**
 * The generation in which each of the two keys was made, at a given generation: they take turns, so that there is always
 * one from before that opens the door for the new one.
 */
export const turns = (generation: number): { readonly even: number; readonly odd: number } => ({
  even: generation - (generation % 2),
  odd: generation - ((generation + 1) % 2),
});

/**
 * The admin's SSH keys. A new machine knows both; then only the one of this generation is left. In the next generation
 * the other one is made anew, let in over a connection with this one, and this one is put out.
 */
export class AdminKeys {
  private readonly current: tls.PrivateKey;
  private readonly other: tls.PrivateKey;
  private readonly name: string;
  private readonly generation: number;
  private readonly parent: pulumi.Resource;

  constructor(name: string, generation: number, parent: pulumi.Resource) {
    const made = turns(generation);
    const key = (turn: keyof typeof made) =>
      new tls.PrivateKey(
        `${name}-admin-key-${turn}`,
        { algorithm: "ED25519" },
        { parent, replacementTrigger: `${made[turn]}` },
      );
    const [even, odd] = [key("even"), key("odd")];
    [this.current, this.other] = generation % 2 === 0 ? [even, odd] : [odd, even];
    this.name = name;
    this.generation = generation;
    this.parent = parent;
  }

  /** The private key of this generation, secret. */
  get privateKey(): pulumi.Output<string> {
    return pulumi.secret(this.current.privateKeyOpenssh);
  }

  get publicKey(): pulumi.Output<string> {
    return this.current.publicKeyOpenssh;
  }

  /** What a new machine lets in. */
  get publicKeys(): pulumi.Output<string[]> {
    return pulumi.all([this.current.publicKeyOpenssh, this.other.publicKeyOpenssh]);
  }

  /**
   * Has the machine let in the key of this generation, and no other.
   * @param connection to a machine that knows the other key; with this generation's private key in it.
   * @returns the private key of this generation, once it is the only one.
   */
  settle(connection: Connection, machine: pulumi.Resource): pulumi.Output<string> {
    const letIn = (step: string, privateKey: Connection["privateKey"], keys: pulumi.Input<string[]>, more: object) =>
      new command.remote.Command(
        `${this.name}-admin-keys-${step}`,
        {
          connection: { ...connection, ...(privateKey && { privateKey }) },
          create: "umask 077; cat > ~/.ssh/authorized_keys.new && mv ~/.ssh/authorized_keys.new ~/.ssh/authorized_keys",
          stdin: pulumi.output(keys).apply((all) => all.map((key) => `${key.trim()}\n`).join("")),
          logging: "stderr",
          addPreviousOutputInEnv: false,
        },
        { parent: this.parent, deletedWith: machine, ...more },
      );
    const both = letIn("both", pulumi.secret(this.other.privateKeyOpenssh), this.publicKeys, {
      // Once a generation: after it, the key that this connects with opens nothing any more.
      ignoreChanges: ["connection", "create", "stdin"],
      replacementTrigger: `${this.generation}`,
    });
    const one = letIn(
      "one",
      undefined,
      this.publicKey.apply((key) => [key]),
      { dependsOn: [both] },
    );
    return pulumi.secret(pulumi.all([this.privateKey, one.stdout]).apply(([key]) => key));
  }
}
