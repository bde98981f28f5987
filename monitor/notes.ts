import type { Action } from "./observation.ts";
import type { Excuse, Primary } from "./primary.ts";

/** When each step of a promotion was seen, monotonic milliseconds. A step that is missing was not seen. */
export interface Timeline {
  /** The first check that the primary missed was asked. */
  firstMissedMs?: number;
  decidedMs: number;
  /** systemd has a process running for the unit. */
  unitStartedMs?: number;
  /** Its own `/readyz` says ready. */
  gatewayReadyMs?: number;
}

/** Something worth telling a person. `wording.ts` puts it into a sentence; `report.ts` says it where it is heard. */
export type Note =
  | { kind: "watching" }
  | { kind: "roleFound"; role: "standby" | "active" | "promoting" | "demoting"; atStart: boolean }
  | { kind: "unitUnknown"; detail: string }
  | { kind: "primaryAnswers"; was: Primary["kind"]; latencyMs: number }
  | { kind: "primaryUnseen"; why: string; graceMs: number }
  | { kind: "primaryMissed"; misses: number; of: number; why: string }
  | { kind: "primaryExcused"; reason: Excuse; detail: string; graceMs: number }
  | { kind: "primaryDead"; why: string; forMs: number }
  | { kind: "networkDown"; detail: string }
  | { kind: "networkBack"; afterMs: number }
  | { kind: "promoting"; attempt: number; action: Action | "none"; why: string }
  | { kind: "promoted"; attempt: number; timeline: Timeline; nowMs: number }
  | { kind: "promotionFailed"; attempt: number; why: string; retryInMs: number }
  | { kind: "gatewayLost"; detail: string }
  | { kind: "demoting"; healthyForMs: number; successes: number }
  | { kind: "demoted"; tookMs: number }
  | { kind: "stopRefused"; attempt: number; why: string; retryInMs: number }
  | { kind: "stoppingAgain"; attempt: number; forMs: number; detail: string };
