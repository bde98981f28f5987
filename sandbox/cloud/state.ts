/** What the cloud knows, kept in a file so that a restarted daemon still knows it. */
import { readFileSync, renameSync, writeFileSync } from "node:fs";

export interface Droplet {
  readonly id: number;
  name: string;
  /** Name of the machine behind it. */
  readonly machine: string;
  readonly ipv4: string;
  readonly region: string;
  size: string;
  readonly image: string;
  status: "new" | "active" | "off";
  tags: string[];
  readonly monitoring: boolean;
  readonly createdAt: string;
  readonly userData: string;
}

/** Who is at the other end, in DigitalOcean's own spelling. */
export interface Peers {
  readonly addresses?: string[];
  readonly tags?: string[];
  readonly droplet_ids?: number[];
}

export interface FirewallRule {
  readonly protocol: "tcp" | "udp" | "icmp";
  /** "22", "8000-8010", or "0" for all. */
  readonly ports?: string;
  readonly sources?: Peers;
  readonly destinations?: Peers;
}

export interface Firewall {
  readonly id: string;
  readonly createdAt: string;
  name: string;
  tags: string[];
  dropletIds: number[];
  inbound: FirewallRule[];
  outbound: FirewallRule[];
}

export interface SshKey {
  readonly id: number;
  readonly fingerprint: string;
  readonly publicKey: string;
  name: string;
}

export interface Action {
  readonly id: number;
  readonly type: string;
  readonly resourceId: number;
  readonly region: string;
  readonly startedAt: string;
  completedAt?: string;
  status: "in-progress" | "completed" | "errored";
}

/** What Tailscale knows of a key beyond what headscale keeps. */
export interface AuthKey {
  readonly id: string;
  readonly description: string;
  readonly created: string;
  readonly expires: string;
  readonly reusable: boolean;
  readonly ephemeral: boolean;
  readonly preauthorized: boolean;
  readonly tags: string[];
  /** When it was deleted. It can still be looked at, but is of no use. */
  revoked?: string;
}

export interface CloudState {
  nextId: number;
  droplets: Droplet[];
  firewalls: Firewall[];
  sshKeys: SshKey[];
  tags: string[];
  actions: Action[];
  authKeys: AuthKey[];
}

const empty = (): CloudState => ({
  nextId: 500_000_001,
  droplets: [],
  firewalls: [],
  sshKeys: [],
  tags: [],
  actions: [],
  authKeys: [],
});

/**
 * Loads the state of a file; `save` writes it back in one rename. Without a file it lives in memory only. An action that
 * the last daemon did not see the end of has failed: nobody is at work on it any more.
 */
export function openState(file?: string): { state: CloudState; save: () => void } {
  let state = empty();
  if (file) {
    try {
      state = JSON.parse(readFileSync(file, "utf8")) as CloudState;
      for (const action of state.actions) if (action.status === "in-progress") action.status = "errored";
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT")
        throw new Error(`${file} is not readable as the cloud's state; remove it to begin anew. (${String(error)})`);
    }
  }
  const save = () => {
    if (!file) return;
    writeFileSync(`${file}.new`, JSON.stringify(state, null, 2), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  };
  return { state, save };
}
