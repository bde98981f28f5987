import { stopPatienceMs } from "./demotion.ts";
import { recentTakeovers, requiredStableMs } from "./flap.ts";
import type { Note, Timeline } from "./notes.ts";
import type { Action, SeenUnits, UnitView } from "./observation.ts";
import { retryMs } from "./retry.ts";
import type { Settings } from "./settings.ts";
import { type RoleOf, type State, type Step, unchanged } from "./state.ts";
import { verdict } from "./verdict.ts";

/** Asks systemd to open the channel, for the first time or once more. */
export function promote(
  settings: Settings,
  state: State,
  ask: { attempt: number; action: Extract<Action, "promote" | "retry">; why: string; timeline: Timeline },
  nowMs: number,
): Step {
  const { attempt, why, timeline } = ask;
  const { task } = state.gateway;
  // A gateway that could not be made ready in time is of no use to a channel either.
  const action = task.kind === "waiting" ? "retry" : ask.action;
  const readyMs = timeline.gatewayReadyMs ?? (action === "promote" && task.kind === "warm" ? task.sinceMs : undefined);
  const known: Timeline = readyMs === undefined ? timeline : { ...timeline, gatewayReadyMs: readyMs };
  const drill = state.durable.drill !== undefined;
  return {
    state: {
      ...state,
      role: promoting(settings, attempt, known, nowMs),
      gateway: { ...state.gateway, task: { kind: "none" } },
    },
    actions: [action],
    notes: drill ? [] : [{ kind: "promoting", attempt, action, why }],
  };
}

/** A role that waits for the channel; `askedMs` where systemd is known to have agreed. */
export function promoting(
  { promotion }: Settings,
  attempt: number,
  timeline: Timeline,
  nowMs: number,
  askedMs?: number,
): RoleOf<"promoting"> {
  const deadlineMs = nowMs + promotion.timeoutMs;
  const role = { kind: "promoting" as const, sinceMs: nowMs, attempt, deadlineMs, timeline };
  return askedMs === undefined ? role : { ...role, askedMs };
}

/** Keeps in mind that we took over for somebody who was gone, and tells if that has become a habit. */
export function countTakeover(settings: Settings, state: State, nowMs: number): Step {
  const takeoversMs = [...recentTakeovers(settings.flap, state.durable.takeoversMs, nowMs), nowMs];
  const stableMs = requiredStableMs(settings, takeoversMs, nowMs);
  const notes: Note[] =
    takeoversMs.length < 2
      ? []
      : [{ kind: "flapping", takeovers: takeoversMs.length, withinMs: settings.flap.windowMs, stableMs }];
  return { state: { ...state, durable: { ...state.durable, takeoversMs } }, actions: [], notes };
}

export function promotionSeen(
  settings: Settings,
  state: State,
  role: RoleOf<"promoting">,
  { channel, ready }: SeenUnits,
  nowMs: number,
): Step {
  const timeline =
    ready && role.timeline.gatewayReadyMs === undefined ? { ...role.timeline, gatewayReadyMs: nowMs } : role.timeline;
  const next = timeline === role.timeline ? state : { ...state, role: { ...role, timeline } };
  switch (channel.kind) {
    case "running":
      return promoted(state, role.attempt, timeline, nowMs);
    case "queued":
    case "starting":
    case "stopping": {
      if (nowMs < role.deadlineMs) return unchanged(next);
      const stuck = ready ? "the gateway is ready, its channel does not connect" : "the gateway does not get ready";
      return promotionFailed(settings, state, role, `not connected in time: ${stuck}`, nowMs);
    }
    case "stopped":
      return promotionFailed(settings, state, role, "it was stopped on the way", nowMs);
    case "failed":
      return promotionFailed(settings, state, role, `${settings.channelUnit} failed: ${channel.result}`, nowMs);
  }
}

export function promotionFailed(
  settings: Settings,
  state: State,
  role: RoleOf<"promoting">,
  why: string,
  nowMs: number,
): Step {
  const { attempt, timeline } = role;
  const retryInMs = retryMs(settings, attempt);
  const waiting = { kind: "waiting" as const, sinceMs: nowMs, attempt, untilMs: nowMs + retryInMs, timeline };
  const { drill } = state.durable;
  // A drill is not tried again; `drill.ts` ends it.
  if (drill !== undefined) {
    return unchanged({
      ...state,
      role: waiting,
      durable: { ...state.durable, drill: { ...drill, timeline, failure: why } },
    });
  }
  return {
    state: { ...state, role: waiting },
    actions: [],
    notes: [{ kind: "promotionFailed", attempt, why, retryInMs }],
  };
}

export function waitingSeen(
  settings: Settings,
  state: State,
  role: RoleOf<"waiting">,
  { channel }: SeenUnits,
  nowMs: number,
): Step {
  // It came up after all, only later than we were ready to wait.
  if (channel.kind === "running") return promoted(state, role.attempt, role.timeline, nowMs);
  if (nowMs < role.untilMs || verdict(settings, state, nowMs).kind !== "active") return unchanged(state);
  const { gatewayReadyMs: _, ...timeline } = role.timeline;
  const why = "the attempt before failed, and it is still needed";
  return promote(settings, state, { attempt: role.attempt + 1, action: "retry", why, timeline }, nowMs);
}

/** The channel, which was connected, is not any more. */
export function activeSeen(settings: Settings, state: State, { channel }: SeenUnits, nowMs: number): Step {
  switch (channel.kind) {
    case "running":
      return unchanged(state);
    case "queued":
    case "starting":
      return {
        state: { ...state, role: promoting(settings, 1, { decidedMs: nowMs }, nowMs, nowMs) },
        actions: [],
        notes: [{ kind: "channelLost", detail: "systemd is starting it again" }],
      };
    case "stopping":
      return {
        state: {
          ...state,
          role: { kind: "demoting", sinceMs: nowMs, attempt: 1, askedMs: nowMs, repeatMs: nowMs + stopPatienceMs },
        },
        actions: [],
        notes: [{ kind: "roleFound", role: "demoting", atStart: false }],
      };
    case "stopped":
    case "failed":
      return channelGone(settings, state, channel, nowMs);
  }
}

function channelGone(
  settings: Settings,
  state: State,
  channel: Extract<UnitView, { kind: "stopped" | "failed" }>,
  nowMs: number,
): Step {
  const detail =
    channel.kind === "failed" ? `${settings.channelUnit} failed: ${channel.result}` : "somebody else stopped it";
  const gone: Note = { kind: "channelLost", detail };
  if (verdict(settings, state, nowMs).kind !== "active") {
    return { state: { ...state, role: { kind: "standby", sinceMs: nowMs } }, actions: [], notes: [gone] };
  }
  const action = channel.kind === "failed" ? "retry" : "promote";
  const ask = { attempt: 1, action, why: "it is still needed", timeline: { decidedMs: nowMs } } as const;
  const again = promote(settings, state, ask, nowMs);
  return { ...again, notes: [gone, ...again.notes] };
}

function promoted(state: State, attempt: number, seen: Timeline, nowMs: number): Step {
  // Who is connected is ready, whether or not we looked at the right moment.
  const timeline = { ...seen, gatewayReadyMs: seen.gatewayReadyMs ?? nowMs, connectedMs: nowMs };
  return {
    state: { ...state, role: { kind: "active", sinceMs: nowMs, timeline } },
    actions: [],
    notes: state.durable.drill === undefined ? [{ kind: "promoted", attempt, timeline, nowMs }] : [],
  };
}
