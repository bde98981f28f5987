import { demotionAnswered, demotionDropped, demotionSeen, stopPatienceMs } from "./demotion.ts";
import { gatewayAnswered, gatewaySeen } from "./gateway.ts";
import type { Event, SeenUnits, UnitView } from "./observation.ts";
import { activeSeen, promoting, promotionFailed, promotionSeen, waitingSeen } from "./promotion.ts";
import type { Settings } from "./settings.ts";
import { andThen, type RoleOf, type State, type Step, unchanged } from "./state.ts";
import { verdict } from "./verdict.ts";

/** What a look at systemd makes of our role, and of the gateway whose channel is closed. */
export function observeUnits(
  settings: Settings,
  state: State,
  { view, askedAtMs }: Extract<Event, { kind: "units" }>,
  nowMs: number,
): Step {
  if (view.kind === "unknown") {
    if (state.unitTrouble === view.detail) return unchanged(state);
    return {
      state: { ...state, unitTrouble: view.detail },
      actions: [],
      notes: [{ kind: "unitUnknown", detail: view.detail }],
    };
  }
  const { unitTrouble, ...rest } = state;
  const clear = unitTrouble === undefined ? state : rest;
  const seen = gatewaySeen(settings, clear, view, askedAtMs, nowMs);
  return andThen(seen, (next) => observeChannel(settings, next, view, askedAtMs, nowMs));
}

/** systemd took, or refused, what we asked of it. */
export function observeAnswer(
  settings: Settings,
  state: State,
  { action, error }: Extract<Event, { kind: "acted" }>,
  nowMs: number,
): Step {
  const { role } = state;
  switch (action) {
    case "promote":
    case "retry":
      if (role.kind !== "promoting" || role.askedMs !== undefined) return unchanged(state);
      if (error !== undefined && state.durable.drill !== undefined) return drillRefused(state, error, nowMs);
      if (error !== undefined) return promotionFailed(settings, state, role, error, nowMs);
      return unchanged({ ...state, role: { ...role, askedMs: nowMs } });
    case "demote":
      if (role.kind !== "demoting" || role.askedMs !== undefined) return unchanged(state);
      return demotionAnswered(settings, state, role, error, nowMs);
    case "warm":
    case "rewarm":
    case "cool":
      return gatewayAnswered(settings, state, action, error, nowMs);
  }
}

/** Nothing was started, so there is nothing to stop either. */
function drillRefused(state: State, failure: string, nowMs: number): Step {
  const { drill } = state.durable;
  if (drill === undefined) return unchanged(state);
  const durable = { ...state.durable, drill: { ...drill, failure } };
  return unchanged({ ...state, role: { kind: "standby", sinceMs: nowMs }, durable });
}

function observeChannel(settings: Settings, state: State, view: SeenUnits, askedAtMs: number, nowMs: number): Step {
  const { role } = state;
  switch (role.kind) {
    case "unknown":
      return adopt(settings, state, view.channel, nowMs, true);
    case "standby":
      return view.channel.kind === "stopped" || view.channel.kind === "failed"
        ? unchanged(state)
        : adopt(settings, state, view.channel, nowMs, false);
    case "promoting":
      // A look that began before systemd agreed to our request says nothing about it.
      if (role.askedMs === undefined || askedAtMs < role.askedMs) return unchanged(state);
      return promotionSeen(settings, state, role, view, nowMs);
    case "waiting":
      return waitingSeen(settings, state, role, view, nowMs);
    case "active":
      return activeSeen(settings, state, view, nowMs);
    case "demoting":
      if (role.askedMs === undefined || askedAtMs < role.askedMs) return unchanged(state);
      if (role.refused && view.channel.kind === "running" && verdict(settings, state, nowMs).kind === "active") {
        return demotionDropped(state, nowMs);
      }
      return demotionSeen(state, role, view, nowMs, () => adopt(settings, state, view.channel, nowMs, false));
  }
}

/** Takes the role that systemd says we have: after our own restart, or when a person opened or closed the channel. */
function adopt(settings: Settings, state: State, channel: UnitView, nowMs: number, atStart: boolean): Step {
  const role = roleOf(settings, channel, nowMs);
  return { state: { ...state, role }, actions: [], notes: [{ kind: "roleFound", role: role.kind, atStart }] };
}

function roleOf(
  settings: Settings,
  channel: UnitView,
  nowMs: number,
): RoleOf<"standby" | "promoting" | "active" | "demoting"> {
  switch (channel.kind) {
    case "stopped":
    case "failed":
      return { kind: "standby", sinceMs: nowMs };
    case "stopping":
      return { kind: "demoting", sinceMs: nowMs, attempt: 1, askedMs: nowMs, repeatMs: nowMs + stopPatienceMs };
    case "queued":
    case "starting":
      return promoting(settings, 1, { decidedMs: nowMs }, nowMs, nowMs);
    case "running":
      return { kind: "active", sinceMs: nowMs };
  }
}
