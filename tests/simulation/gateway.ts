import type { Action, UnitView } from "../../monitor/observation.ts";
import type { VirtualClock } from "./clock.ts";

/** How the standby's own gateway takes a start. */
export type Temper =
  | "works"
  /** Its process ends a second after it started. */
  | "dies"
  /** Its process runs, and never says ready. */
  | "neverReady";

/** systemd and the gateway unit of a simulated standby. */
export interface SimulatedUnit {
  view(): UnitView;
  /** What `systemctl --no-block` answers: an error, or nothing. */
  act(action: Action): string | undefined;
  /** A person with root does it: nobody refuses. */
  byHand(action: "start" | "stop"): void;
  temper(): Temper;
  setTemper(temper: Temper): void;
  isObedient(): boolean;
  /** With polkit's rule missing, every request is refused. */
  setObedient(obedient: boolean): void;
  /** The process dies, and systemd does not start it again. */
  crash(): void;
  setReadyAfterMs(readyAfterMs: number): void;
}

type Phase =
  | { kind: "stopped" }
  | { kind: "failed" }
  | { kind: "queued" }
  | { kind: "stopping" }
  | { kind: "running"; readyAtMs: number };

const pullMs = 500;
const stopMs = 600;
const diesAfterMs = 1_000;

export function makeUnit(clock: VirtualClock): SimulatedUnit {
  let phase: Phase = { kind: "stopped" };
  let temper: Temper = "works";
  let obedient = true;
  let readyAfterMs = 8_000;
  let cancel = () => {};

  function enter(next: Phase): void {
    cancel();
    phase = next;
  }

  function start(): void {
    enter({ kind: "queued" });
    cancel = clock.after(pullMs, () => {
      enter({ kind: "running", readyAtMs: temper === "works" ? clock.nowMs() + readyAfterMs : Infinity });
      if (temper === "dies") cancel = clock.after(diesAfterMs, () => enter({ kind: "failed" }));
    });
  }

  function stop(then: () => void): void {
    const idle = phase.kind === "stopped" || phase.kind === "failed";
    enter({ kind: idle ? "stopped" : "stopping" });
    if (!idle) cancel = clock.after(stopMs, then);
  }

  function perform(action: Action): void {
    if (action === "stop") stop(() => enter({ kind: "stopped" }));
    else if (phase.kind === "stopped" || phase.kind === "failed") start();
    else if (action === "restart" || phase.kind === "stopping") stop(start);
  }

  return {
    view() {
      if (phase.kind === "failed") return { kind: "failed", result: "exit-code" };
      if (phase.kind !== "running") return phase;
      if (clock.nowMs() >= phase.readyAtMs) return { kind: "running", ready: true };
      return { kind: "running", ready: false, detail: "starting" };
    },
    temper: () => temper,
    isObedient: () => obedient,
    act(action) {
      if (!obedient) return `systemctl ${action}: Interactive authentication required`;
      perform(action);
      return undefined;
    },
    byHand: perform,
    setTemper(next) {
      temper = next;
    },
    setObedient(next) {
      obedient = next;
    },
    crash() {
      if (phase.kind === "running") enter({ kind: "failed" });
    },
    setReadyAfterMs(next) {
      readyAfterMs = next;
    },
  };
}
