import { type Durable, nothingDurable, parseSaved, restore, save } from "../../monitor/durable.ts";
import { type Loop, startLoop, type World } from "../../monitor/loop.ts";
import type { Note } from "../../monitor/notes.ts";
import type { Action, Observation, Order } from "../../monitor/observation.ts";
import type { Settings } from "../../monitor/settings.ts";
import type { State } from "../../monitor/state.ts";
import type { VirtualClock } from "./clock.ts";
import { makePeer, type SimulatedPeer } from "./peer.ts";
import { makeUnits, type SimulatedUnits } from "./units.ts";

/** What somebody who looks over the monitor's shoulder is shown. */
export interface Onlooker {
  told?(notes: Note[], state: State): void;
  acted?(action: Action): void;
  looked?(): void;
}

/** This machine's own network: `cutOff` looks from here as if everybody else were gone. */
export type Network = "up" | "offline" | "cutOff";

/** A whole simulated standby: the real loop, over a virtual clock, simulated peers, witnesses, units and files. */
export interface SimulatedStandby {
  /** The primary, and then the standbys before us. */
  peers: SimulatedPeer[];
  units: SimulatedUnits;
  network(): Network;
  setNetwork(network: Network): void;
  doWitnessesAnswer(): boolean;
  setWitnesses(answer: boolean): void;
  state(): State;
  isWatching(): boolean;
  /** Given to a monitor that does not run, it is lost. */
  order(order: Order): void;
  /** The time of day is set to another one. */
  jumpWallClock(byMs: number): void;
  /** The monitor ends, as if killed; what it had in flight is lost. */
  stopMonitor(): void;
  startMonitor(): void;
  /** The whole machine starts anew: the gateway is gone, and so is all that lay in /run. */
  reboot(): void;
}

const systemctlMs = 8;
/** Longer than a request takes: a look may show what was true before it. */
const lookMs = 20;
const latencyMs = 12;
const witnessTimeoutMs = 3_000;
const wallStartMs = Date.UTC(2026, 10, 24);

export function makeStandby(settings: Settings, clock: VirtualClock, onlooker: Onlooker = {}): SimulatedStandby {
  const { timeoutMs } = settings.probe;
  const peers = [settings.primary, ...settings.before].map(() => makePeer(clock, timeoutMs));
  const units = makeUnits(settings, clock);
  let network: Network = "up";
  let witnessesAnswer = true;
  let wallOffsetMs = wallStartMs;
  let boots = 1;
  let bootAtMs = 0;
  let primaryReached = false;
  /** The file in the state directory. */
  let file: string | undefined;
  let loop: Loop | undefined;
  let last: State | undefined;

  const monotonicMs = () => clock.nowMs() - bootAtMs;
  const moment = () => ({ boot: `${boots}`, monotonicMs: monotonicMs(), wallMs: clock.nowMs() + wallOffsetMs });

  function recall(): Durable {
    if (file === undefined) return nothingDurable;
    const saved = parseSaved(file);
    if (saved === undefined) throw new Error(`the monitor cannot read what it wrote: ${file}`);
    return restore(saved, moment());
  }

  function askPeer(rank: number, done: (observation: Observation) => void): void {
    switch (network) {
      case "up":
        peers[rank]!.ask(done);
        return;
      case "offline":
        clock.after(latencyMs, () => done({ kind: "networkDown", detail: "no tailnet address on this machine" }));
        return;
      case "cutOff":
        askInTheDark(rank, done);
    }
  }

  /** TCP asks again after a second, and two seconds later: a link that is back by then has lost nothing. */
  function askInTheDark(rank: number, done: (observation: Observation) => void): void {
    let open = true;
    const settle = (observation: Observation) => {
      if (open) done(observation);
      open = false;
    };
    clock.after(timeoutMs, () => settle({ kind: "timedOut", afterMs: timeoutMs }));
    for (const againMs of [1_000, 3_000]) {
      clock.after(againMs, () => {
        if (open && network === "up") peers[rank]!.ask(settle);
      });
    }
  }

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
        nowMs: monotonicMs,
        after: (delayMs, run) => clock.after(delayMs, unlessEnded(run)),
        askPeer(rank, done) {
          askPeer(
            rank,
            unlessEnded((observation) => {
              onlooker.looked?.();
              if (rank === 0 && observation.kind === "healthy") primaryReached = true;
              done(observation);
            }),
          );
        },
        askWitnesses(done) {
          const reached = network === "up" && witnessesAnswer;
          clock.after(
            reached ? latencyMs : witnessTimeoutMs,
            unlessEnded(() => {
              onlooker.looked?.();
              if (reached) done({ kind: "vouched", by: "100.64.0.9:22" });
              else done({ kind: "alone", detail: "no witness can be reached (100.64.0.9:22)" });
            }),
          );
        },
        lookAtUnits(asksReadiness, done) {
          onlooker.looked?.();
          const view = units.view(asksReadiness);
          clock.after(
            lookMs,
            unlessEnded(() => done(view)),
          );
        },
        act(action, done) {
          onlooker.acted?.(action);
          const error = units.act(action);
          clock.after(
            systemctlMs,
            unlessEnded(() => done(error)),
          );
        },
        keep(durable) {
          file = JSON.stringify(save(durable, moment()));
        },
        tell: (notes, state) => onlooker.told?.(notes, state),
      },
    };
  }

  let end = () => {};
  const standby: SimulatedStandby = {
    peers,
    units,
    network: () => network,
    setNetwork(next) {
      network = next;
    },
    doWitnessesAnswer: () => witnessesAnswer,
    setWitnesses(answer) {
      witnessesAnswer = answer;
    },
    isWatching: () => loop !== undefined,
    state: () => (loop === undefined ? last! : loop.state()),
    order(order) {
      onlooker.looked?.();
      loop?.order(order);
    },
    jumpWallClock(byMs) {
      wallOffsetMs += byMs;
    },
    stopMonitor() {
      if (loop === undefined) return;
      last = loop.state();
      loop.stop();
      end();
      loop = undefined;
    },
    startMonitor() {
      if (loop !== undefined) return;
      onlooker.looked?.();
      const fresh = world();
      end = fresh.end;
      loop = startLoop(settings, fresh.world, { primaryReached, durable: recall() });
    },
    reboot() {
      standby.stopMonitor();
      units.halt();
      primaryReached = false;
      boots += 1;
      bootAtMs = clock.nowMs();
      standby.startMonitor();
    },
  };
  return standby;
}
