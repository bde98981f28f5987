import type { Durable } from "./durable.ts";
import type { Note, Timeline } from "./notes.ts";
import type { Action, UnitView } from "./observation.ts";
import type { Peer } from "./peer.ts";
import type { Settings } from "./settings.ts";

/**
 * What this machine is: the state of the channel's unit, and what we mean to do about it.
 * Times are monotonic milliseconds.
 */
export type Role =
  /** systemd has not told us yet. */
  | { kind: "unknown" }
  | { kind: "standby"; sinceMs: number }
  /** systemd was asked to open the channel, and `askedMs` is when it agreed. */
  | { kind: "promoting"; sinceMs: number; attempt: number; deadlineMs: number; askedMs?: number; timeline: Timeline }
  /** An attempt failed; the next is at `untilMs`. */
  | { kind: "waiting"; sinceMs: number; attempt: number; untilMs: number; timeline: Timeline }
  /** The channel is connected. */
  | { kind: "active"; sinceMs: number; timeline?: Timeline }
  | { kind: "demoting"; sinceMs: number; attempt: number; askedMs?: number; repeatMs: number; refused?: true };

export type RoleOf<Kind extends Role["kind"]> = Extract<Role, { kind: Kind }>;

/** Is it known that we are not the ones who are cut off? Asked only where a takeover depends on it. */
export type Way =
  | { kind: "unproven" }
  /** Somebody was reached; asked at `askedMs`. `own`: a peer's own machine, not a witness. */
  | { kind: "open"; askedMs: number; by: string; own: boolean }
  /** Nobody was. `told`: a takeover has failed to happen for it. */
  | { kind: "closed"; sinceMs: number; detail: string; told: boolean };

/** The gateway's unit as it was last seen, and what is being done about it while the channel is closed. */
export interface Gateway {
  view: UnitView["kind"] | "unseen";
  task: GatewayTask;
}

export type GatewayTask =
  | { kind: "none" }
  /** On its way up. `attempt` 0: not by our doing. `askedMs`: systemd agreed; the same below. */
  | { kind: "warming"; sinceMs: number; attempt: number; askedMs?: number }
  /** Ready, its channel closed, since `sinceMs`. */
  | { kind: "warm"; sinceMs: number }
  | { kind: "cooling"; attempt: number; askedMs?: number }
  /** The last attempt, at whichever of the two, failed; the next is at `untilMs`. */
  | { kind: "waiting"; attempt: number; untilMs: number };

export interface State {
  role: Role;
  primary: Peer;
  /** The standbys that come before us, in the order of the settings. */
  before: readonly Peer[];
  way: Way;
  gateway: Gateway;
  /** Since when the way was last known to be open: silence on questions from before says nothing. */
  darkUntilMs: number;
  /** What outlives a restart of the monitor: orders, takeovers, a drill. */
  durable: Durable;
  /** Since when our own side has no network; absent while it has. */
  networkDownSinceMs?: number;
  /** The last thing that kept us from seeing the units, so that it is told once. */
  unitTrouble?: string;
}

export interface Step {
  /** The very same object as before if nothing changed. */
  state: State;
  actions: Action[];
  notes: Note[];
}

/** Nothing to do and nothing to tell, ten times a second in a simulated year: always the same two lists. */
const noActions: Action[] = [];
const noNotes: Note[] = [];

export function unchanged(state: State): Step {
  return { state, actions: noActions, notes: noNotes };
}

/** One step and then the next, as one. */
export function andThen(first: Step, next: (state: State) => Step): Step {
  const second = next(first.state);
  if (first.actions.length === 0 && first.notes.length === 0) return second;
  return {
    state: second.state,
    actions: first.actions.length === 0 ? second.actions : [...first.actions, ...second.actions],
    notes: first.notes.length === 0 ? second.notes : [...first.notes, ...second.notes],
  };
}

/**
 * The state a monitor starts in. It does not know its role: systemd is asked.
 * `primaryReached`: an earlier run since this boot has reached the primary, so the way to it is known to work.
 */
export function initialState(settings: Settings, primaryReached: boolean, durable: Durable, nowMs: number): State {
  const peer: Peer = primaryReached
    ? { kind: "doubted", sinceMs: nowMs, misses: 0, used: {} }
    : { kind: "unseen", sinceMs: nowMs, misses: 0 };
  return {
    role: { kind: "unknown" },
    primary: peer,
    before: settings.before.map(() => peer),
    way: { kind: "unproven" },
    darkUntilMs: Number.NEGATIVE_INFINITY,
    gateway: { view: "unseen", task: { kind: "none" } },
    durable,
  };
}

/** The primary and the standbys before us, in their order. */
export function peersOf({ primary, before }: State): readonly Peer[] {
  return before.length === 0 ? [primary] : [primary, ...before];
}

/** Does it neither serve nor say that it is about to? */
export function isFaltering(peer: Peer): boolean {
  return peer.kind === "doubted" || peer.kind === "dead" || (peer.kind === "excused" && peer.reason === "restarting");
}

/** Is this machine active, or on its way there? */
export function isHolding({ kind }: Role): boolean {
  return kind === "promoting" || kind === "waiting" || kind === "active";
}

/** Did somebody order that nothing is started or stopped? */
export function isHandsOff({ durable }: State): boolean {
  return durable.standing?.kind === "paused";
}

/** Is there nobody before us who serves, or could? */
export function isEveryoneDead({ primary, before }: State): boolean {
  return primary.kind === "dead" && before.every(({ kind }) => kind === "dead");
}
