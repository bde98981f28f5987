import { demote } from "./demotion.ts";
import { advanceDrill } from "./drill.ts";
import { tendGateway } from "./gateway.ts";
import type { Event } from "./observation.ts";
import { expireOrders, obey } from "./orders.ts";
import { countTakeover, promote } from "./promotion.ts";
import type { Settings } from "./settings.ts";
import { andThen, isHolding, type State, type Step, unchanged } from "./state.ts";
import { observeAnswer, observeUnits } from "./units.ts";
import { type Verdict, verdict, whyStandby } from "./verdict.ts";
import { observePeer, observeUnanswered } from "./watch.ts";
import { isWayOpen, observeVouching, settleWay, tellIsolation } from "./way.ts";

/**
 * The whole of the decision: what was true, what was seen, what time it is; what is true now, what to do, what to tell.
 * No clock, network, file or process is touched here.
 */
export function step(settings: Settings, state: State, event: Event, nowMs: number): Step {
  const observed = observe(settings, state, event, nowMs);
  // That systemd took a request or refused it, or that an answer is late, is no ground for the next request: the world
  // is looked at before that.
  if (event.kind === "acted" || event.kind === "unanswered") return observed;
  return andThen(observed, (seen) => resolve(settings, seen, nowMs));
}

function observe(settings: Settings, state: State, event: Event, nowMs: number): Step {
  switch (event.kind) {
    case "peer":
      return observePeer(settings, state, event, nowMs);
    case "unanswered":
      return observeUnanswered(state, event);
    case "vouching":
      return observeVouching(settings, state, event, nowMs);
    case "units":
      return observeUnits(settings, state, event, nowMs);
    case "acted":
      return observeAnswer(settings, state, event, nowMs);
    case "ordered":
      return obey(settings, state, event.order, nowMs);
  }
}

/** Draws the consequences: orders that are over, a drill that goes on, the role, and last the gateway of a standby. */
function resolve(settings: Settings, state: State, nowMs: number): Step {
  const expired = expireOrders(settings, state, nowMs);
  const drilled = andThen(expired, (next) => advanceDrill(settings, next, nowMs));
  const settled = andThen(drilled, (next) => settleRole(settings, next, nowMs));
  const known = andThen(settled, settleWay);
  return andThen(known, (next) => tendGateway(settings, next, nowMs));
}

/** Brings the role in line with the verdict: here a promotion or a demotion is begun. */
function settleRole(settings: Settings, state: State, nowMs: number): Step {
  const { role } = state;
  const ruling = verdict(settings, state, nowMs);
  if (ruling.kind === "standby" && isHolding(role)) {
    return demote(state, whyStandby(settings, state, ruling.rank, nowMs), nowMs);
  }
  if (ruling.kind === "active" && role.kind === "standby") return takeOver(settings, state, ruling, nowMs);
  return unchanged(state);
}

function takeOver(settings: Settings, state: State, ruling: Extract<Verdict, { kind: "active" }>, nowMs: number): Step {
  const { why, firstMissedMs } = ruling;
  const ask = { attempt: 1, action: "promote", why } as const;
  if (firstMissedMs === undefined) return promote(settings, state, { ...ask, timeline: { decidedMs: nowMs } }, nowMs);
  if (!isWayOpen(settings, state, nowMs)) return tellIsolation(state);
  const timeline = { firstMissedMs, decidedMs: nowMs };
  const begun = promote(settings, state, { ...ask, timeline }, nowMs);
  return andThen(begun, (next) => countTakeover(settings, next, nowMs));
}
