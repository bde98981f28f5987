/**
 * What one check of a peer said: the primary's gateway, or the monitor of a standby that comes before us.
 * Each kind has its own weight in `peer.ts`:
 *
 * - `healthy`      a gateway: `/readyz` answered 200 and its body says ready; a standby: it will take over, or has
 * - `starting`     alive, on its way up (`/startupz` says so)
 * - `draining`     alive, leaving on purpose (`/startupz` says so)
 * - `degraded`     alive, started, and not ready: a channel or a database of it is broken
 * - `unable`       a standby that says itself that it cannot take over: paused, failing, cut off
 * - `refused`      its machine answered for it: nothing listens there, or it hangs up on us
 * - `timedOut`     no complete answer within the total timeout: a hung process, a cut link, a machine that is off
 * - `unreachable`  somebody on the way, or nobody, knows where it is: no route to it, no such name
 * - `wrongAnswer`  something answered that is not what we know, or not in its words
 * - `networkDown`  our own side has no network: says nothing about the peer
 */
export type Observation =
  | { kind: "healthy"; latencyMs: number }
  | { kind: "starting" }
  | { kind: "draining" }
  | { kind: "degraded"; detail: string }
  | { kind: "unable"; detail: string }
  | { kind: "refused"; detail: string }
  | { kind: "timedOut"; afterMs: number }
  | { kind: "unreachable"; detail: string }
  | { kind: "wrongAnswer"; detail: string }
  | { kind: "networkDown"; detail: string };

/** Did this come from the peer's own machine, and so prove that it is not we who are cut off? */
export function provesTheWay({ kind }: Observation): boolean {
  return kind !== "timedOut" && kind !== "unreachable" && kind !== "networkDown";
}

/** Is it we who are cut off? What the tailnet's own state and the witnesses said, taken together. */
export type Vouching = { kind: "vouched"; by: string } | { kind: "alone"; detail: string };

/** What systemd says about one unit. `queued` is a start that waits for other units (the workspace pull, for one). */
export type UnitView =
  | { kind: "stopped" }
  | { kind: "failed"; result: string }
  | { kind: "queued" }
  | { kind: "starting" }
  | { kind: "running" }
  | { kind: "stopping" };

/**
 * Both units at one moment. The channel's unit runs only while the channel is really connected; `ready` is what the
 * gateway's own `/readyz` says, and false as well where it was not asked.
 */
export type UnitsView =
  | { kind: "seen"; gateway: UnitView; ready: boolean; channel: UnitView }
  | { kind: "unknown"; detail: string };

export type SeenUnits = Extract<UnitsView, { kind: "seen" }>;

/**
 * What can be done to the units. `unit.ts` puts each into one call of systemctl.
 *
 * - `promote`  open the channel; systemd starts the gateway for it where none runs
 * - `retry`    the same from the ground up: gateway and channel anew
 * - `demote`   close the channel; the gateway stops too, except in mode `warm`
 * - `warm`     start the gateway, its channel closed; `rewarm` the same from the ground up
 * - `cool`     stop a gateway whose channel is closed
 */
export type Action = "promote" | "retry" | "demote" | "warm" | "rewarm" | "cool";

/** What a person can ask of the monitor. */
export type Order =
  | { kind: "promote" }
  | { kind: "demote" }
  /** Without `forMs`: until `resume`. */
  | { kind: "pause"; forMs?: number }
  | { kind: "resume" }
  | { kind: "drill" };

/** Everything that `step` can be told. Times are monotonic milliseconds. */
export type Event =
  /** A peer answered, or failed to. Rank 0 is the primary; 1 and on are the standbys before us, in their order. */
  | { kind: "peer"; rank: number; observation: Observation; askedAtMs: number }
  /** A question to a peer is still without an answer, and suspiciously so. */
  | { kind: "unanswered"; rank: number }
  | { kind: "vouching"; vouching: Vouching; askedAtMs: number }
  | { kind: "units"; view: UnitsView; askedAtMs: number }
  /** systemd took, or refused, what we asked of it. */
  | { kind: "acted"; action: Action; error?: string }
  | { kind: "ordered"; order: Order };
