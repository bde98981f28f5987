import type { Action } from "../../monitor/observation.ts";
import type { Settings } from "../../monitor/settings.ts";
import type { VirtualClock } from "./clock.ts";
import type { SimulatedStandby } from "./standby.ts";

/** How long the standby may take, in milliseconds of an unchanging world. */
export interface Bounds {
  /** From the primary's death to a ready gateway here, whatever went before. */
  activeMs: number;
  /** The same, where the standby was watching a healthy primary in peace. */
  activeFromCalmMs: number;
  /** From the primary's last healthy moment to a role other than standby, whatever it is or says meanwhile. */
  ailingMs: number;
  /** From the primary's return to a stopped gateway here. */
  standbyMs: number;
}

/** Of the simulated gateway: pull, start, the looks that see it. */
const gatewayReadyMs = 500 + 8_000 + 500 + 100;

export function boundsOf({ probe, promotion }: Settings): Bounds {
  const { intervalMs, quickIntervalMs, timeoutMs, failThreshold } = probe;
  // The first question is asked within an interval, the second a suspicious second later, the others quickly.
  const detectMs = intervalMs + 1_000 + failThreshold * quickIntervalMs + timeoutMs;
  // What may still be under way: a grace period, an attempt that runs into its time limit, the longest wait.
  const graceMs = Math.max(probe.startupGraceMs, probe.restartGraceMs) + promotion.timeoutMs + promotion.retryMaxMs;
  const provenMs = Math.max(probe.minimumStableMs, probe.recoverThreshold * intervalMs);
  return {
    activeFromCalmMs: detectMs + gatewayReadyMs,
    activeMs: detectMs + gatewayReadyMs + graceMs + timeoutMs + 60_000,
    // Every excuse once, and after each of them the time that a restart may take.
    ailingMs:
      probe.drainGraceMs + probe.startGraceMs + probe.degradedGraceMs + 3 * probe.restartGraceMs + detectMs + 60_000,
    // A look at the unit is up to 30 s away, and a stop that was refused is asked again after the longest wait at worst.
    standbyMs: 2 * intervalMs + timeoutMs + provenMs + promotion.retryMaxMs + 30_000 + 10_000,
  };
}

export interface BoundsWatch {
  acted(action: Action): void;
  looked(): void;
  /** The world has changed, by the primary's doing or another's: clocks start anew. */
  changed(standby: SimulatedStandby, by: "primary" | "other"): void;
  /** Throws if a bound is broken now. */
  check(standby: SimulatedStandby): void;
}

/** Looks over the standby's shoulder and throws, with the time, at the first broken promise. */
export function watchBounds(bounds: Bounds, clock: VirtualClock): BoundsWatch {
  let expectation: { role: "active" | "standby"; byMs: number } | undefined;
  let ailingSinceMs: number | undefined;
  let observedSinceAction = true;

  function broken(what: string): never {
    throw new Error(`at ${clock.nowMs()} ms: ${what}`);
  }

  const watch: BoundsWatch = {
    acted(action) {
      if (!observedSinceAction) broken(`"${action}" was issued without an observation since the action before`);
      observedSinceAction = false;
    },
    looked() {
      observedSinceAction = true;
    },
    changed(standby, by) {
      if (!isAiling(standby)) ailingSinceMs = undefined;
      else if (by === "other" || ailingSinceMs === undefined) ailingSinceMs = clock.nowMs();
      const fate = fateOf(standby);
      const calm = expectation?.role === "standby" && clock.nowMs() >= expectation.byMs;
      if (fate === undefined) {
        expectation = undefined;
        return;
      }
      const withinMs = fate === "standby" ? bounds.standbyMs : calm ? bounds.activeFromCalmMs : bounds.activeMs;
      const byMs = clock.nowMs() + withinMs;
      const mine = { role: fate, byMs };
      expectation = mine;
      clock.after(withinMs, () => {
        if (expectation === mine) watch.check(standby);
      });
    },
    check(standby) {
      if (ailingSinceMs !== undefined && clock.nowMs() - ailingSinceMs > bounds.ailingMs) {
        if (standby.state().role.kind === "standby")
          broken("the primary has not served for long, and nobody else does");
      }
      if (expectation === undefined || clock.nowMs() < expectation.byMs) return;
      const view = standby.unit.view();
      const { role } = standby.state();
      const is = `the unit is ${JSON.stringify(view)} and the role ${role.kind}`;
      if (expectation.role === "active" && !(view.kind === "running" && view.ready && role.kind === "active")) {
        broken(`the primary is dead and nobody serves here: ${is}`);
      }
      if (expectation.role === "standby" && !(isDown(view.kind) && role.kind === "standby")) {
        broken(`the primary is healthy and we do not stand back: ${is}`);
      }
    },
  };
  return watch;
}

function isDown(kind: string): boolean {
  return kind === "stopped" || kind === "failed";
}

/** Not serving, in whatever way, and everything here would be able to. */
function isAiling({ primary, unit, isWatching }: SimulatedStandby): boolean {
  const { kind } = primary.behaviour();
  return (
    kind !== "healthy" && kind !== "weAreOffline" && unit.isObedient() && unit.temper() === "works" && isWatching()
  );
}

/** Where an unchanging world must lead; undefined where it promises nothing. */
function fateOf({ primary, unit, isWatching }: SimulatedStandby): "active" | "standby" | undefined {
  if (!unit.isObedient() || !isWatching()) return undefined;
  switch (primary.behaviour().kind) {
    case "healthy":
      return "standby";
    case "crashed":
    case "hung":
    case "cut":
    case "html":
      return unit.temper() === "works" ? "active" : undefined;
    default:
      return undefined;
  }
}
