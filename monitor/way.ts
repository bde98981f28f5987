import type { Event } from "./observation.ts";
import type { Peer } from "./peer.ts";
import type { Settings } from "./settings.ts";
import { isFaltering, peersOf, type State, type Step, unchanged } from "./state.ts";

/**
 * A question without an answer for this long makes us ask again beside it, and ask the witnesses: a hang is found sooner
 * that way.
 */
export const suspicionMs = 1_000;

/** TCP asks again one and three seconds after the first time: so old a question is still on its way. */
const retransmittedMs = 2_000;

/*
 * Is it the primary that is gone, or are we? Its silence looks the same from here. So a takeover waits until somebody
 * was reached: the peer's own machine that refuses us, or a witness, or the tailnet where there is no witness.
 * And silence counts only on questions that were asked since: one from before may have been lost on our side. So
 * witnesses are asked as soon as an answer is suspiciously late, and nothing waits for them in the end.
 */

/** Would a takeover depend on it, now or with the next missed checks? */
export function isWayInQuestion(state: State): boolean {
  const { role, durable, networkDownSinceMs } = state;
  if (role.kind !== "standby" || durable.standing !== undefined || networkDownSinceMs !== undefined) return false;
  return peersOf(state).every(
    (peer) =>
      isFaltering(peer) || (peer.kind === "unseen" && peer.misses > 0) || (peer.kind === "healthy" && peer.slow),
  );
}

/** Was somebody reached, and not too long ago? */
export function isWayOpen({ probe }: Settings, { way }: State, nowMs: number): boolean {
  return way.kind === "open" && nowMs - way.askedMs <= probe.timeoutMs + 2 * probe.quickIntervalMs;
}

/** A peer's own machine has answered a question that was asked at `askedMs`. */
export function heard(settings: Settings, state: State, askedMs: number, by: string, nowMs: number): Step {
  if (!isIsolated(state) && !isWayInQuestion(state)) return unchanged(state);
  return opened(settings, state, { kind: "open", askedMs, by, own: true }, nowMs);
}

/** What the witnesses said. */
export function observeVouching(
  settings: Settings,
  state: State,
  { vouching, askedAtMs }: Extract<Event, { kind: "vouching" }>,
  nowMs: number,
): Step {
  if (!isWayInQuestion(state)) return unchanged(state);
  const { way } = state;
  if (vouching.kind === "vouched") {
    return opened(settings, state, { kind: "open", askedMs: askedAtMs, by: vouching.by, own: false }, nowMs);
  }
  // A peer's own machine knows better, and so does whoever was reached since.
  const isBetterKnown =
    way.kind === "open" && ((way.own && isWayOpen(settings, state, nowMs)) || way.askedMs >= askedAtMs);
  if (isBetterKnown) return unchanged(state);
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

function opened(settings: Settings, state: State, way: Extract<State["way"], { kind: "open" }>, nowMs: number): Step {
  const before = state.way;
  const open = { ...state, way };
  if (before.kind === "open" || (before.kind === "unproven" && way.own)) return unchanged(open);
  const known = countedAnew(settings, open, nowMs);
  if (before.kind !== "closed" || !before.told) return unchanged(known);
  return {
    state: known,
    actions: [],
    notes: [{ kind: "isolationOver", afterMs: nowMs - before.sinceMs, by: way.by }],
  };
}

/**
 * Misses that were counted in the dark, and deaths, are counted anew, and silence on what was asked in the dark does not
 * count. One from just before does: TCP will have asked it once more since.
 */
export function countedAnew({ probe }: Settings, state: State, nowMs: number): State {
  return {
    ...state,
    darkUntilMs: nowMs - Math.min(retransmittedMs, probe.timeoutMs / 2),
    primary: doubtedAgain(state.primary),
    before: state.before.map(doubtedAgain),
  };
}

function doubtedAgain(peer: Peer): Peer {
  if (peer.kind === "doubted") return { ...peer, misses: 0 };
  return peer.kind === "dead" ? { kind: "doubted", sinceMs: peer.firstMissMs, misses: 0, used: {} } : peer;
}
