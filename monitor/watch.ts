import type { Note } from "./notes.ts";
import { type Event, type Observation, provesTheWay } from "./observation.ts";
import { judge, type Peer } from "./peer.ts";
import type { Settings } from "./settings.ts";
import { andThen, type State, type Step, unchanged } from "./state.ts";
import { countedAnew, heard } from "./way.ts";
import { describe } from "./words.ts";

/** What one answer of a peer, or its silence, makes us believe. */
export function observePeer(
  settings: Settings,
  state: State,
  { rank, observation, askedAtMs }: Extract<Event, { kind: "peer" }>,
  nowMs: number,
): Step {
  const believe = (before: State) =>
    rank === 0
      ? observePrimary(settings, before, observation, askedAtMs, nowMs)
      : observeBefore(settings, before, rank, observation, askedAtMs, nowMs);
  if (!provesTheWay(observation)) return askedAtMs < state.darkUntilMs ? unchanged(state) : believe(state);
  const { host, port } = rank === 0 ? settings.primary : settings.before[rank - 1]!;
  const hear = (before: State) => heard(settings, before, askedAtMs, `${host}:${port} itself`, nowMs);
  // What ends the darkness comes first, since it has misses counted anew; what a takeover may depend on is known only after the judgement.
  return state.way.kind === "closed" ? andThen(hear(state), believe) : andThen(believe(state), hear);
}

/** A question is open for suspiciously long: the next one is asked sooner. */
export function observeUnanswered(state: State, { rank }: Extract<Event, { kind: "unanswered" }>): Step {
  const peer = rank === 0 ? state.primary : state.before[rank - 1];
  if (peer?.kind !== "healthy" || peer.slow) return unchanged(state);
  return unchanged(withPeer(state, rank, { ...peer, slow: true }));
}

function observePrimary(
  settings: Settings,
  state: State,
  observation: Observation,
  askedAtMs: number,
  nowMs: number,
): Step {
  if (observation.kind === "networkDown") {
    if (state.networkDownSinceMs !== undefined) return unchanged(state);
    return {
      state: { ...state, networkDownSinceMs: nowMs },
      actions: [],
      notes: [{ kind: "networkDown", detail: observation.detail }],
    };
  }
  const { networkDownSinceMs, ...rest } = state;
  const before = networkDownSinceMs === undefined ? state : countedAnew(settings, rest, nowMs);
  const judged = judge(settings.probe, before.primary, observation, askedAtMs, nowMs);
  const seen = judged.peer === before.primary ? before : { ...before, primary: judged.peer };
  if (networkDownSinceMs === undefined) return { state: seen, actions: [], notes: judged.notes };
  const back: Note = { kind: "networkBack", afterMs: nowMs - networkDownSinceMs };
  return { state: seen, actions: [], notes: [back, ...judged.notes] };
}

/** Of a standby before us only this is news: whether it can take over. */
function observeBefore(
  settings: Settings,
  state: State,
  rank: number,
  observation: Observation,
  askedAtMs: number,
  nowMs: number,
): Step {
  const before = state.before[rank - 1];
  const peer = settings.before[rank - 1];
  if (before === undefined || peer === undefined) return unchanged(state);
  const judged = judge(settings.probe, before, observation, askedAtMs, nowMs).peer;
  if (judged === before) return unchanged(state);
  const notes: Note[] = [];
  if (judged.kind === "dead" && before.kind !== "dead") {
    notes.push({ kind: "beforeUnable", peer, rank, why: describe(observation) });
  }
  if (judged.kind === "healthy" && (before.kind === "unseen" || before.kind === "dead")) {
    notes.push({ kind: "beforeAble", peer, rank });
  }
  return { state: withPeer(state, rank, judged), actions: [], notes };
}

function withPeer(state: State, rank: number, peer: Peer): State {
  return rank === 0 ? { ...state, primary: peer } : { ...state, before: state.before.with(rank - 1, peer) };
}
