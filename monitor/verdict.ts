import { requiredStableMs } from "./flap.ts";
import { isProven } from "./peer.ts";
import type { Settings } from "./settings.ts";
import { isEveryoneDead, peersOf, type State } from "./state.ts";
import { seconds } from "./words.ts";

/** What we should be, by all that is known and ordered, whatever we are now. */
export type Verdict =
  /** `firstMissedMs`: of the primary; absent where a person wants it so. */
  | { kind: "active"; why: string; firstMissedMs?: number }
  /** `rank`: of the healthy peer that it is for; absent where a person wants it so. */
  | { kind: "standby"; rank?: number }
  /** As it is now. */
  | { kind: "stay" };

const stay: Verdict = { kind: "stay" };

export function verdict(settings: Settings, state: State, nowMs: number): Verdict {
  const { primary, durable } = state;
  switch (durable.standing?.kind) {
    case "paused":
      return stay;
    case "promoted":
      return { kind: "active", why: "it was ordered by hand" };
    case "demoted":
      return { kind: "standby" };
  }
  // What was true before our own network went is no ground for a change of role.
  if (state.networkDownSinceMs !== undefined) return stay;
  if (primary.kind === "dead" && isEveryoneDead(state)) {
    const others = state.before.length === 0 ? "" : " and nobody else before us can take over";
    return { kind: "active", why: `the primary is dead (${primary.why})${others}`, firstMissedMs: primary.firstMissMs };
  }
  // A drill hands back by itself.
  if (durable.drill !== undefined) return stay;
  const stableMs = requiredStableMs(settings, durable.takeoversMs, nowMs);
  const rank = peersOf(state).findIndex((peer) => isProven(settings.probe, peer, stableMs, nowMs));
  return rank === -1 ? stay : { kind: "standby", rank };
}

/** Why we should be on standby, in a person's words. */
export function whyStandby(settings: Settings, state: State, rank: number | undefined, nowMs: number): string {
  const peer = rank === undefined ? undefined : peersOf(state)[rank];
  if (rank === undefined || peer?.kind !== "healthy") return "it was ordered by hand";
  const who = rank === 0 ? "the primary" : `the standby ${settings.before[rank - 1]!.host}, which comes before us,`;
  return `${who} has been healthy for ${seconds(nowMs - peer.sinceMs)}, ${peer.successes} checks or more in a row`;
}
