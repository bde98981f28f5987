/** What the parts of DigitalOcean's API share: the state, the machines behind it, and what all of it costs and weighs. */
import type { Guarded } from "../firewall.ts";
import type { CloudState, Droplet } from "../state.ts";

/** What the cloud does to machines. The daemon wires the real one; tests bring their own. */
export interface Hypervisor {
  create(droplet: Droplet, publicKeys: string[]): Promise<void>;
  start(machine: string): Promise<void>;
  powerOff(machine: string): Promise<void>;
  reboot(machine: string): Promise<void>;
  destroy(machine: string): Promise<void>;
  /** Makes the firewalls hold for exactly these machines; all others are open. */
  enforce(machines: Guarded[]): Promise<void>;
}

export interface DigitalOceanConfig {
  readonly token: string;
  /** Image slug -> layers of a machine. */
  readonly images: Readonly<Record<string, readonly string[]>>;
  /** First address for droplets, and how many there are. */
  readonly addresses: { readonly first: string; readonly count: number };
}

export interface Cloud {
  readonly config: DigitalOceanConfig;
  readonly state: CloudState;
  readonly hypervisor: Hypervisor;
  /** Keeps the state; called after each change. */
  readonly save: () => void;
  readonly nextId: () => number;
  /** Keeps the state, and makes the firewalls hold as it now says. */
  readonly enforce: () => Promise<void>;
}
