import type { Action, Order } from "./observation.ts";
import type { Excuse, Peer } from "./peer.ts";
import type { Target } from "./settings.ts";

/** When each step of a promotion was seen, monotonic milliseconds. A step that is missing was not seen. */
export interface Timeline {
  /** The first check that the primary missed was asked. */
  firstMissedMs?: number;
  decidedMs: number;
  /** Our own gateway's `/readyz` says ready: before the decision, where it was kept or made warm. */
  gatewayReadyMs?: number;
  /** The channel is connected: the owner can be answered. */
  connectedMs?: number;
}

/** How a drill went. Times are monotonic milliseconds; `closedMs`: the channel is closed again. */
export interface DrillReport {
  timeline: Timeline;
  closedMs: number;
  /** Why it did not pass; absent if it did. */
  failure?: string;
}

/** Something worth telling a person. `wording.ts` puts it into a sentence; `report.ts` says it where it is heard. */
export type Note =
  | { kind: "watching" }
  | { kind: "roleFound"; role: "standby" | "active" | "promoting" | "demoting"; atStart: boolean }
  | { kind: "unitUnknown"; detail: string }
  | { kind: "primaryAnswers"; was: Peer["kind"]; latencyMs: number }
  | { kind: "primaryUnseen"; why: string; graceMs: number }
  | { kind: "primaryMissed"; misses: number; of: number; why: string }
  | { kind: "primaryExcused"; reason: Excuse; detail: string; graceMs: number }
  | { kind: "primaryDead"; why: string; forMs: number }
  /** A standby that comes before us can take over, or has. */
  | { kind: "beforeAble"; peer: Target; rank: number }
  | { kind: "beforeUnable"; peer: Target; rank: number; why: string }
  | { kind: "networkDown"; detail: string }
  | { kind: "networkBack"; afterMs: number }
  /** We would take over, and nobody vouches that it is not we who are cut off. */
  | { kind: "isolated"; detail: string }
  | { kind: "isolationOver"; afterMs: number; by: string }
  | { kind: "promoting"; attempt: number; action: Action; why: string }
  | { kind: "promoted"; attempt: number; timeline: Timeline; nowMs: number }
  | { kind: "promotionFailed"; attempt: number; why: string; retryInMs: number }
  /** The primary comes and goes: `takeovers` within `withinMs`, so the next recovery must last `stableMs`. */
  | { kind: "flapping"; takeovers: number; withinMs: number; stableMs: number }
  | { kind: "channelLost"; detail: string }
  | { kind: "demoting"; why: string }
  | { kind: "demoted"; tookMs: number }
  | { kind: "stopRefused"; attempt: number; why: string; retryInMs: number }
  | { kind: "demotionDropped" }
  | { kind: "stoppingAgain"; attempt: number; forMs: number; detail: string }
  /** The gateway here, its channel closed, before any promotion: modes `eager` and `warm`. */
  | { kind: "warming"; attempt: number; action: Action; why: string }
  | { kind: "warm"; tookMs: number }
  | { kind: "warmFailed"; attempt: number; why: string; retryInMs: number }
  | { kind: "cooling"; why: string }
  | { kind: "coolingRefused"; why: string; retryInMs: number }
  /** A person's order was taken. `forMs`: how long it holds, where it ends by itself. */
  | { kind: "ordered"; order: Exclude<Order["kind"], "drill">; forMs?: number }
  | { kind: "orderRefused"; order: Order["kind"]; why: string }
  | { kind: "orderOver"; order: "pause" | "demote"; why: string }
  | { kind: "drillBegun" }
  | { kind: "drillConnected"; timeline: Timeline; nowMs: number }
  | { kind: "drillAborted" }
  /** The primary died for real in the middle of it: what was a drill is a takeover now. */
  | { kind: "drillBecameReal"; why: string }
  | { kind: "drillOver"; report: DrillReport; nowMs: number };
