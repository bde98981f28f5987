import { demote } from "./demotion.ts";
import type { Drill } from "./durable.ts";
import { countTakeover, promote } from "./promotion.ts";
import type { Settings } from "./settings.ts";
import { andThen, isEveryoneDead, isHolding, peersOf, type State, type Step, unchanged } from "./state.ts";

/*
 * A drill pretends that the primary is dead, without touching it: it promotes, waits until the channel is really
 * connected, demotes, and reports when each step was done. If the primary dies for real meanwhile, the drill turns
 * into the takeover that it was to prepare for. If the monitor is restarted in the middle, the drill ends.
 */

export function startDrill(settings: Settings, state: State, nowMs: number): Step {
  const timeline = { decidedMs: nowMs };
  const drill: Drill = { stage: "opening", timeline };
  const begun: Step = {
    state: { ...state, durable: { ...state.durable, drill } },
    actions: [],
    notes: [{ kind: "drillBegun" }],
  };
  const ask = { attempt: 1, action: "promote", why: "a drill", timeline } as const;
  return andThen(begun, (next) => promote(settings, next, ask, nowMs));
}

/** Takes the drill one step further, where that is due. */
export function advanceDrill(settings: Settings, state: State, nowMs: number): Step {
  const { role, durable } = state;
  const { drill } = durable;
  if (drill === undefined) return unchanged(state);
  if (isHolding(role) && isEveryoneDead(state)) return becomeReal(settings, state, nowMs);
  switch (role.kind) {
    case "standby":
      return endDrill(state, drill.stage === "closing" ? drill.failure : whyUnfinished(drill), nowMs);
    case "waiting":
      return close(state, drill, nowMs);
    case "active":
      if (drill.stage === "opening") return connected(state, drill, role.timeline ?? drill.timeline, nowMs);
      // The gateway here is not closed while nobody else is known to serve.
      return peersOf(state).some(({ kind }) => kind === "healthy") ? close(state, drill, nowMs) : unchanged(state);
    case "promoting":
    case "demoting":
    case "unknown":
      return unchanged(state);
  }
}

/** Ends a drill, if there is one, and reports. `failure`: why it did not pass. */
export function endDrill(state: State, failure: string | undefined, nowMs: number): Step {
  const { drill, ...durable } = state.durable;
  if (drill === undefined) return unchanged(state);
  const report = { timeline: drill.timeline, closedMs: nowMs, ...(failure === undefined ? {} : { failure }) };
  return { state: { ...state, durable }, actions: [], notes: [{ kind: "drillOver", report, nowMs }] };
}

function whyUnfinished({ failure }: Drill): string {
  return failure ?? "the channel was closed before its time";
}

function connected(state: State, drill: Drill, timeline: Drill["timeline"], nowMs: number): Step {
  return {
    state: { ...state, durable: { ...state.durable, drill: { ...drill, stage: "connected", timeline } } },
    actions: [],
    notes: [{ kind: "drillConnected", timeline, nowMs }],
  };
}

function close(state: State, drill: Drill, nowMs: number): Step {
  const closing = { ...state, durable: { ...state.durable, drill: { ...drill, stage: "closing" as const } } };
  return demote(closing, "the drill is over", nowMs);
}

function becomeReal(settings: Settings, state: State, nowMs: number): Step {
  const { drill: _, ...durable } = state.durable;
  const why = state.primary.kind === "dead" ? state.primary.why : "nobody else is left";
  const real: Step = { state: { ...state, durable }, actions: [], notes: [{ kind: "drillBecameReal", why }] };
  return andThen(real, (next) => countTakeover(settings, next, nowMs));
}
