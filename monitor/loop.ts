import { cadence, initialState, type State, step } from "./decide.ts";
import type { Note } from "./notes.ts";
import type { Action, Event, Observation, UnitView } from "./observation.ts";
import type { Settings } from "./settings.ts";

/**
 * All that the loop needs of the world. Callbacks instead of promises, so that a simulation can run the very same
 * loop on a clock of its own. Every `done` is called exactly once, and none of these throws.
 */
export interface World {
  /** Monotonic milliseconds. */
  nowMs(): number;
  after(delayMs: number, run: () => void): () => void;
  askPrimary(done: (observation: Observation) => void): void;
  lookAtUnit(done: (view: UnitView) => void): void;
  act(action: Action, done: (error?: string) => void): void;
  tell(notes: Note[], state: State): void;
}

/** A question without an answer for this long makes us ask again beside it: a hang is found sooner that way. */
const suspicionMs = 1_000;
/** Questions in flight at most; with the default settings a hung primary collects four. */
const inFlightLimit = 8;

export interface Loop {
  state(): State;
  stop(): void;
}

/** Watches until told to stop: two rhythms, the primary's and the unit's, and one state that both feed. */
export function startLoop(settings: Settings, world: World, primaryReached: boolean): Loop {
  let state = initialState(primaryReached, world.nowMs());
  let stopped = false;
  let inFlight = 0;
  let newestAnswered = Number.NEGATIVE_INFINITY;
  let looking = false;

  const primaryRhythm = rhythm(world, ask);
  const unitRhythm = rhythm(world, look);

  function feed(event: Event): void {
    if (stopped) return;
    const next = step(settings, state, event, world.nowMs());
    const before = state;
    state = next.state;
    if (next.notes.length > 0 || before.role.kind !== state.role.kind) world.tell(next.notes, state);
    for (const action of next.actions) {
      world.act(action, (error) => feed({ kind: "acted", action, ...(error === undefined ? {} : { error }) }));
    }
    if (before === state) return;
    const wanted = cadence(settings, state);
    primaryRhythm.within(wanted.primaryMs);
    unitRhythm.within(wanted.unitMs);
  }

  function ask(): void {
    primaryRhythm.within(cadence(settings, state).primaryMs);
    if (inFlight >= inFlightLimit) return;
    inFlight += 1;
    const askedAtMs = world.nowMs();
    const cancelSuspicion = world.after(suspicionMs, () => feed({ kind: "unanswered" }));
    world.askPrimary((observation) => {
      cancelSuspicion();
      inFlight -= 1;
      // Answers count in the order in which the questions were asked; one that comes late is old news.
      if (askedAtMs < newestAnswered) return;
      newestAnswered = askedAtMs;
      feed({ kind: "primary", observation, askedAtMs });
    });
  }

  function look(): void {
    unitRhythm.within(cadence(settings, state).unitMs);
    if (looking) return;
    looking = true;
    const askedAtMs = world.nowMs();
    world.lookAtUnit((view) => {
      looking = false;
      feed({ kind: "unit", view, askedAtMs });
    });
  }

  world.tell([{ kind: "watching" }], state);
  look();
  ask();
  return {
    state: () => state,
    stop() {
      stopped = true;
      primaryRhythm.stop();
      unitRhythm.stop();
    },
  };
}

/** One timer, that can be brought forward but not put off. */
function rhythm(world: World, beat: () => void): { within(delayMs: number): void; stop(): void } {
  let pending: { dueMs: number; cancel: () => void } | undefined;
  return {
    within(delayMs) {
      const dueMs = world.nowMs() + delayMs;
      if (pending !== undefined && pending.dueMs <= dueMs) return;
      pending?.cancel();
      const cancel = world.after(delayMs, () => {
        pending = undefined;
        beat();
      });
      pending = { dueMs, cancel };
    },
    stop() {
      pending?.cancel();
      pending = undefined;
    },
  };
}
