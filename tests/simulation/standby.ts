import type { State } from "../../monitor/decide.ts";
import { type Loop, startLoop, type World } from "../../monitor/loop.ts";
import type { Note } from "../../monitor/notes.ts";
import type { Action } from "../../monitor/observation.ts";
import type { Settings } from "../../monitor/settings.ts";
import type { VirtualClock } from "./clock.ts";
import { makeUnit, type SimulatedUnit } from "./gateway.ts";
import { makePrimary, type SimulatedPrimary } from "./primary.ts";

/** What somebody who looks over the monitor's shoulder is shown. */
export interface Witness {
  told?(notes: Note[], state: State): void;
  acted?(action: Action): void;
  looked?(): void;
}

/** A whole simulated standby: the real loop, over a virtual clock, a simulated primary, unit and memory. */
export interface SimulatedStandby {
  primary: SimulatedPrimary;
  unit: SimulatedUnit;
  state(): State;
  isWatching(): boolean;
  /** The monitor ends, as if killed; what it had in flight is lost. */
  stopMonitor(): void;
  startMonitor(): void;
  /** The whole machine starts anew: the gateway is gone, and so is all that lay in /run. */
  reboot(): void;
}

const systemctlMs = 8;

export function makeStandby(settings: Settings, clock: VirtualClock, witness: Witness = {}): SimulatedStandby {
  const primary = makePrimary(clock, settings.probe.timeoutMs);
  const unit = makeUnit(clock);
  let primaryReached = false;
  let loop: Loop | undefined;
  let last: State | undefined;

  /** The world as one run of the monitor sees it: after its end, nothing reaches it any more. */
  function world(): { world: World; end: () => void } {
    let alive = true;
    const unlessEnded =
      <Args extends unknown[]>(run: (...args: Args) => void) =>
      (...args: Args) => {
        if (alive) run(...args);
      };
    return {
      end: () => {
        alive = false;
      },
      world: {
        nowMs: clock.nowMs,
        after: (delayMs, run) => clock.after(delayMs, unlessEnded(run)),
        askPrimary(done) {
          primary.ask(
            unlessEnded((observation) => {
              witness.looked?.();
              if (observation.kind === "healthy") primaryReached = true;
              done(observation);
            }),
          );
        },
        lookAtUnit(done) {
          witness.looked?.();
          const view = unit.view();
          clock.after(
            systemctlMs,
            unlessEnded(() => done(view)),
          );
        },
        act(action, done) {
          witness.acted?.(action);
          const error = unit.act(action);
          clock.after(
            systemctlMs,
            unlessEnded(() => done(error)),
          );
        },
        tell: (notes, state) => witness.told?.(notes, state),
      },
    };
  }

  let end = () => {};
  const standby: SimulatedStandby = {
    primary,
    unit,
    isWatching: () => loop !== undefined,
    state: () => (loop === undefined ? last! : loop.state()),
    stopMonitor() {
      if (loop === undefined) return;
      last = loop.state();
      loop.stop();
      end();
      loop = undefined;
    },
    startMonitor() {
      if (loop !== undefined) return;
      const fresh = world();
      end = fresh.end;
      loop = startLoop(settings, fresh.world, primaryReached);
    },
    reboot() {
      standby.stopMonitor();
      unit.crash();
      unit.byHand("stop");
      primaryReached = false;
      standby.startMonitor();
    },
  };
  return standby;
}
