import type { Observation } from "../../monitor/observation.ts";
import type { VirtualClock } from "./clock.ts";

/** What a simulated primary, or a standby before us, or the way to it, does. */
export type Behaviour =
  | { kind: "healthy"; latencyMs: number }
  | { kind: "crashed" }
  /** Stopped in its tracks: takes connections, answers nothing until it goes on. */
  | { kind: "hung" }
  /** The link loses everything, silently. */
  | { kind: "cut" }
  | { kind: "draining" }
  | { kind: "starting" }
  | { kind: "degraded" }
  | { kind: "html" }
  /** A standby that says that it cannot take over. */
  | { kind: "unable" };

export interface SimulatedPeer {
  ask(done: (observation: Observation) => void): void;
  behave(behaviour: Behaviour): void;
  behaviour(): Behaviour;
}

const latencyMs = 12;

export function makePeer(clock: VirtualClock, timeoutMs: number): SimulatedPeer {
  let current: Behaviour = { kind: "healthy", latencyMs };
  /** Questions that a hung process has taken and not answered. */
  const held = new Set<(observation: Observation) => void>();

  function answer(): Observation {
    switch (current.kind) {
      case "healthy":
        return { kind: "healthy", latencyMs: current.latencyMs };
      case "crashed":
        return { kind: "refused", detail: "connection refused" };
      case "draining":
      case "starting":
        return { kind: current.kind };
      case "degraded":
        return { kind: "degraded", detail: "failing irc:default" };
      case "html":
        return { kind: "wrongAnswer", detail: '/readyz: status 200, "<!doctype html>"' };
      case "unable":
        return { kind: "unable", detail: "it is paused" };
      case "hung":
      case "cut":
        return { kind: "timedOut", afterMs: timeoutMs };
    }
  }

  return {
    behaviour: () => current,
    ask(done) {
      const silent = current.kind === "hung" || current.kind === "cut";
      const slow = current.kind === "healthy" && current.latencyMs > timeoutMs;
      if (!silent && !slow) {
        const seen = answer();
        clock.after(current.kind === "healthy" ? current.latencyMs : latencyMs, () => done(seen));
        return;
      }
      let open = true;
      const settle = (observation: Observation) => {
        if (!open) return;
        open = false;
        held.delete(settle);
        done(observation);
      };
      clock.after(timeoutMs, () => settle({ kind: "timedOut", afterMs: timeoutMs }));
      if (current.kind === "hung") held.add(settle);
    },
    behave(behaviour) {
      const wasHung = current.kind === "hung";
      current = behaviour;
      if (!wasHung || behaviour.kind === "hung" || behaviour.kind === "cut") return;
      // A process that goes on answers what it had taken; one that dies resets it.
      const seen: Observation =
        behaviour.kind === "crashed" ? { kind: "refused", detail: "connection reset" } : answer();
      for (const settle of [...held]) clock.after(latencyMs, () => settle(seen));
    },
  };
}
