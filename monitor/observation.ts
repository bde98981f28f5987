/**
 * What one check of a gateway said. Each kind has its own weight in `primary.ts`:
 *
 * - `healthy`      `/readyz` answered 200 and its body says ready
 * - `starting`     alive, on its way up (`/startupz` says so)
 * - `draining`     alive, leaving on purpose (`/startupz` says so)
 * - `degraded`     alive, started, and not ready: a channel or a database of it is broken
 * - `refused`      nothing listens there, or it hangs up on us
 * - `timedOut`     no complete answer within the total timeout: a hung process, a cut link, a machine that is off
 * - `wrongAnswer`  something answered that is not an OpenClaw gateway, or not in its words
 * - `networkDown`  our own side has no network: says nothing about the gateway
 */
export type Observation =
  | { kind: "healthy"; latencyMs: number }
  | { kind: "starting" }
  | { kind: "draining" }
  | { kind: "degraded"; detail: string }
  | { kind: "refused"; detail: string }
  | { kind: "timedOut"; afterMs: number }
  | { kind: "wrongAnswer"; detail: string }
  | { kind: "networkDown"; detail: string };

/**
 * What systemd, and the gateway on this machine itself, say about the unit that we start and stop.
 * `queued` is a start that waits for the units before it (the workspace pull, for one).
 */
export type UnitView =
  | { kind: "stopped" }
  | { kind: "failed"; result: string }
  | { kind: "queued" }
  | { kind: "starting" }
  | { kind: "running"; ready: false; detail: string }
  | { kind: "running"; ready: true }
  | { kind: "stopping" }
  | { kind: "unknown"; detail: string };

/** What can be done to the unit. */
export type Action = "start" | "restart" | "stop";

/** Everything that `step` can be told. Times are monotonic milliseconds. */
export type Event =
  /** The primary answered, or failed to. */
  | { kind: "primary"; observation: Observation; askedAtMs: number }
  /** A question to the primary is still without an answer, and suspiciously so. */
  | { kind: "unanswered" }
  | { kind: "unit"; view: UnitView; askedAtMs: number }
  /** systemd took, or refused, what we asked of it. */
  | { kind: "acted"; action: Action; error?: string };
