import { asksReadiness, peerCadenceMs, unitsCadenceMs, witnessCadenceMs } from "./cadence.ts";
import { step } from "./decide.ts";
import type { Durable } from "./durable.ts";
import type { Note } from "./notes.ts";
import type { Action, Event, Observation, Order, UnitsView, Vouching } from "./observation.ts";
import { type Rhythm, rhythm } from "./rhythm.ts";
import type { Settings } from "./settings.ts";
import { initialState, peersOf, type State } from "./state.ts";
import { suspicionMs } from "./way.ts";

/**
 * All that the loop needs of the world. Callbacks instead of promises, so that a simulation can run the very same
 * loop on a clock of its own. Every `done` is called exactly once, and none of these throws.
 */
export interface World {
  /** Monotonic milliseconds. */
  nowMs(): number;
  after(delayMs: number, run: () => void): () => void;
  /** Rank 0 is the primary, 1 and on the standbys before us. */
  askPeer(rank: number, done: (observation: Observation) => void): void;
  askWitnesses(done: (vouching: Vouching) => void): void;
  /** `askReadiness`: is our own gateway to be asked whether it is ready, if it runs? */
  lookAtUnits(askReadiness: boolean, done: (view: UnitsView) => void): void;
  act(action: Action, done: (error?: string) => void): void;
  /** Keeps what must outlive us. Called before the actions that go with it. */
  keep(durable: Durable): void;
  tell(notes: Note[], state: State): void;
}

/** Questions to one peer in flight at most; with the default settings a hung primary collects four. */
const inFlightLimit = 8;

export interface Loop {
  state(): State;
  /** Gives an order, and returns what became of it at once: taken or refused. */
  order(order: Order): Note[];
  stop(): void;
}

/** What an earlier run has left. */
export interface Heritage {
  /** The primary was reached since this machine booted. */
  primaryReached: boolean;
  durable: Durable;
}

/** Watches until told to stop: a rhythm for each peer, one for the units, one for the witnesses; one state for all. */
export function startLoop(settings: Settings, world: World, { primaryReached, durable }: Heritage): Loop {
  let state = initialState(settings, primaryReached, durable, world.nowMs());
  let stopped = false;

  const peers = peersOf(state).map((_, rank) => watchPeer(rank));
  const units = questions(world, look);
  const witnesses = questions(world, vouch);

  function feed(event: Event): Note[] {
    if (stopped) return [];
    const { state: next, actions, notes } = step(settings, state, event, world.nowMs());
    const before = state;
    state = next;
    if (before.durable !== state.durable) world.keep(state.durable);
    if (notes.length > 0 || before.role.kind !== state.role.kind) world.tell(notes, state);
    for (const action of actions) {
      world.act(action, (error) => void feed({ kind: "acted", action, ...(error === undefined ? {} : { error }) }));
    }
    if (before !== state) quicken(before);
    return notes;
  }

  /** The state has changed: what is to be asked sooner now, is. */
  function quicken(before: State): void {
    peers.forEach((peer, rank) => {
      peer.within(peerCadenceMs(settings, state, rank));
    });
    units.within(unitsCadenceMs(state));
    const witnessMs = witnessCadenceMs(settings, state);
    if (witnessMs === undefined) return;
    // The first question is asked at once: the answer should be there before it is needed.
    witnesses.within(witnessCadenceMs(settings, before) === undefined ? 0 : witnessMs);
  }

  function watchPeer(rank: number): Rhythm {
    let inFlight = 0;
    let newestAnswered = Number.NEGATIVE_INFINITY;
    const beats = rhythm(world, ask);

    function ask(): void {
      beats.within(peerCadenceMs(settings, state, rank));
      if (inFlight >= inFlightLimit) return;
      inFlight += 1;
      const askedAtMs = world.nowMs();
      const cancelSuspicion = world.after(suspicionMs, () => void feed({ kind: "unanswered", rank }));
      world.askPeer(rank, (observation) => {
        cancelSuspicion();
        inFlight -= 1;
        // Answers count in the order in which the questions were asked; one that comes late is old news.
        if (askedAtMs < newestAnswered) return;
        newestAnswered = askedAtMs;
        feed({ kind: "peer", rank, observation, askedAtMs });
      });
    }
    return beats;
  }

  function look(done: () => void): void {
    units.within(unitsCadenceMs(state));
    const askedAtMs = world.nowMs();
    world.lookAtUnits(asksReadiness(state), (view) => {
      done();
      feed({ kind: "units", view, askedAtMs });
    });
  }

  function vouch(done: () => void): void {
    const witnessMs = witnessCadenceMs(settings, state);
    if (witnessMs === undefined) {
      done();
      return;
    }
    witnesses.within(witnessMs);
    const askedAtMs = world.nowMs();
    world.askWitnesses((vouching) => {
      done();
      feed({ kind: "vouching", vouching, askedAtMs });
    });
  }

  world.tell([{ kind: "watching" }], state);
  units.within(0);
  for (const peer of peers) peer.within(0);
  return {
    state: () => state,
    order: (order) => feed({ kind: "ordered", order }),
    stop() {
      stopped = true;
      for (const each of [...peers, units, witnesses]) each.stop();
    },
  };
}

/** A rhythm of questions of which one at a time is open. */
function questions(world: World, ask: (done: () => void) => void): Rhythm {
  let open = false;
  const beats = rhythm(world, () => {
    if (open) {
      beats.within(suspicionMs);
      return;
    }
    open = true;
    ask(() => {
      open = false;
    });
  });
  return beats;
}
