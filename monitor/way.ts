import type { Note } from "./notes.ts";
import type { Event } from "./observation.ts";
import type { Peer } from "./peer.ts";
import type { Settings } from "./settings.ts";
import { isFaltering, peersOf, type State, type Step, unchanged } from "./state.ts";

/*
 * Is it the primary that is gone, or are we? Its silence looks the same from here. So a takeover waits until somebody
 * was reached: the peer's own machine that refuses us, or a witness, or the tailnet where there is no witness.
 * Witnesses are asked from the first missed check on, beside the others, so that nothing waits for them in the end.
 */

/** Would a takeover depend on it, now or with the next missed checks? */
export function isWayInQuestion(state: State): boolean {
  const { role, durable, networkDownSinceMs } = state;
  if (role.kind !== "standby" || durable.standing !== undefined || networkDownSinceMs !== undefined) return false;
  return peersOf(state).every((peer) => isFaltering(peer) || (peer.kind === "unseen" && peer.misses > 0));
}

/** Was somebody reached, and not too long ago? */
export function isWayOpen({ probe }: Settings, { way }: State, nowMs: number): boolean {
  return way.kind === "open" && nowMs - way.askedMs <= probe.timeoutMs + 2 * probe.quickIntervalMs;
}

/** A peer's own machine has answered a question that was asked at `askedMs`. */
export function heard(state: State, askedMs: number, by: string, nowMs: number): Step {
  if (!isIsolated(state) && !isWayInQuestion(state)) return unchanged(state);
  return opened(state, askedMs, by, nowMs);
}

/** What the witnesses said. */
export function observeVouching(
  state: State,
  { vouching, askedAtMs }: Extract<Event, { kind: "vouching" }>,
  nowMs: number,
): Step {
  if (!isWayInQuestion(state)) return unchanged(state);
  const { way } = state;
  if (vouching.kind === "vouched") return opened(state, askedAtMs, vouching.by, nowMs);
  // Somebody who was reached since then knows better.
  if (way.kind === "open" && way.askedMs >= askedAtMs) return unchanged(state);
  const { detail } = vouching;
  if (way.kind !== "closed")
    return unchanged({ ...state, way: { kind: "closed", sinceMs: nowMs, detail, told: false } });
  return unchanged(way.detail === detail ? state : { ...state, way: { ...way, detail } });
}

/** We would take over, and are cut off: that is told once. */
export function tellIsolation(state: State): Step {
  const { way } = state;
  if (way.kind !== "closed" || way.told) return unchanged(state);
  return {
    state: { ...state, way: { ...way, told: true } },
    actions: [],
    notes: [{ kind: "isolated", detail: way.detail }],
  };
}

/** Forgets what nobody asks about any more. */
export function settleWay(state: State): Step {
  if (state.way.kind === "unproven" || isWayInQuestion(state)) return unchanged(state);
  return unchanged({ ...state, way: { kind: "unproven" } });
}

export function isIsolated({ way }: State): boolean {
  return way.kind === "closed" && way.told;
}

function opened(state: State, askedMs: number, by: string, nowMs: number): Step {
  const { way } = state;
  const open = { ...state, way: { kind: "open" as const, askedMs, by } };
  if (way.kind !== "closed" || !way.told) return unchanged(open);
  const over: Note = { kind: "isolationOver", afterMs: nowMs - way.sinceMs, by };
  // Deaths that were counted in the dark are counted anew, and what was asked in the dark does not count.
  return {
    state: {
      ...open,
      darkUntilMs: askedMs,
      primary: doubtedAgain(state.primary),
      before: state.before.map(doubtedAgain),
    },
    actions: [],
    notes: [over],
  };
}

function doubtedAgain(peer: Peer): Peer {
  return peer.kind === "dead" ? { kind: "doubted", sinceMs: peer.firstMissMs, misses: 0, used: {} } : peer;
}
