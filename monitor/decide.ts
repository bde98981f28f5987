import type { Note, Timeline } from "./notes.ts";
import type { Action, Event, UnitView } from "./observation.ts";
import { isProven, judge, type Primary } from "./primary.ts";
import type { Settings } from "./settings.ts";

/** What this machine is. Times are monotonic milliseconds. */
export type Role =
  /** systemd has not told us yet. */
  | { kind: "unknown" }
  | { kind: "standby"; sinceMs: number }
  /** systemd was asked for a gateway, and `askedMs` is when it agreed. */
  | { kind: "promoting"; sinceMs: number; attempt: number; deadlineMs: number; askedMs?: number; timeline: Timeline }
  /** An attempt failed; the next is at `untilMs`. */
  | { kind: "waiting"; sinceMs: number; attempt: number; untilMs: number; timeline: Timeline }
  | { kind: "active"; sinceMs: number; timeline?: Timeline }
  | { kind: "demoting"; sinceMs: number; attempt: number; askedMs?: number; repeatMs: number; refused?: true };

export interface State {
  role: Role;
  primary: Primary;
  /** Since when our own side has no network; absent while it has. */
  networkDownSinceMs?: number;
  /** The last thing that kept us from seeing the unit, so that it is told once. */
  unitTrouble?: string;
}

export interface Step {
  /** The very same object as before if nothing changed. */
  state: State;
  actions: Action[];
  notes: Note[];
}

/** A stop that takes longer than this is asked for again: OpenClaw may wait 315 s for a running turn. */
const stopPatienceMs = 340_000;

/** A unit that is up this long after its stop was accepted is up because somebody started it. */
const startedAgainMs = 3_000;

/**
 * The state a monitor starts in. It does not know its role: systemd is asked.
 * `primaryReached`: an earlier run since this boot has reached the primary, so the way to it is known to work.
 */
export function initialState(primaryReached: boolean, nowMs: number): State {
  const primary: Primary = primaryReached
    ? { kind: "doubted", sinceMs: nowMs, misses: 0, used: {} }
    : { kind: "unseen", sinceMs: nowMs, misses: 0 };
  return { role: { kind: "unknown" }, primary };
}

/**
 * The whole of the decision: what was true, what was seen, what time it is; what is true now, what to do, what to tell.
 * No clock, network, file or process is touched here.
 */
export function step(settings: Settings, state: State, event: Event, nowMs: number): Step {
  const seen = observe(settings, state, event, nowMs);
  const decided = resolve(settings, seen.state, nowMs);
  return {
    state: decided.state,
    actions: [...seen.actions, ...decided.actions],
    notes: [...seen.notes, ...decided.notes],
  };
}

/** How long until the primary should be asked again, and until the unit should be looked at again. */
export function cadence(settings: Settings, state: State): { primaryMs: number; unitMs: number } {
  return { primaryMs: primaryCadenceMs(settings, state), unitMs: unitCadenceMs(state.role) };
}

function primaryCadenceMs({ probe }: Settings, { primary, networkDownSinceMs }: State): number {
  if (networkDownSinceMs !== undefined) return probe.intervalMs;
  if (primary.kind === "dead" || (primary.kind === "healthy" && !primary.slow)) return probe.intervalMs;
  return Math.min(probe.quickIntervalMs, probe.intervalMs);
}

function unitCadenceMs(role: Role): number {
  switch (role.kind) {
    case "standby":
      return 30_000;
    case "active":
      return 5_000;
    case "waiting":
      return 2_000;
    case "unknown":
    case "demoting":
      return 1_000;
    case "promoting":
      return 500;
  }
}

function unchanged(state: State): Step {
  return { state, actions: [], notes: [] };
}

function observe(settings: Settings, state: State, event: Event, nowMs: number): Step {
  switch (event.kind) {
    case "primary":
      return observePrimary(settings, state, event, nowMs);
    case "unanswered":
      if (state.primary.kind !== "healthy" || state.primary.slow) return unchanged(state);
      return unchanged({ ...state, primary: { ...state.primary, slow: true } });
    case "unit":
      return observeUnit(settings, state, event, nowMs);
    case "acted":
      return observeResult(settings, state, event, nowMs);
  }
}

function observePrimary(
  settings: Settings,
  state: State,
  { observation, askedAtMs }: Extract<Event, { kind: "primary" }>,
  nowMs: number,
): Step {
  if (observation.kind === "networkDown") {
    if (state.networkDownSinceMs !== undefined) return unchanged(state);
    return {
      state: { ...state, networkDownSinceMs: nowMs },
      actions: [],
      notes: [{ kind: "networkDown", detail: observation.detail }],
    };
  }
  const judged = judge(settings.probe, state.primary, observation, askedAtMs, nowMs);
  if (state.networkDownSinceMs === undefined) {
    if (judged.primary === state.primary) return unchanged(state);
    return { state: { ...state, primary: judged.primary }, actions: [], notes: judged.notes };
  }
  const { networkDownSinceMs, ...rest } = state;
  const back: Note = { kind: "networkBack", afterMs: nowMs - networkDownSinceMs };
  return { state: { ...rest, primary: judged.primary }, actions: [], notes: [back, ...judged.notes] };
}

function observeUnit(
  settings: Settings,
  state: State,
  { view, askedAtMs }: Extract<Event, { kind: "unit" }>,
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
  switch (state.role.kind) {
    case "unknown":
      return adopt(settings, clear, view, nowMs, true);
    case "standby":
      return view.kind === "stopped" || view.kind === "failed"
        ? unchanged(clear)
        : adopt(settings, clear, view, nowMs, false);
    case "promoting":
      // A look that began before systemd agreed to our request says nothing about it.
      if (state.role.askedMs === undefined || askedAtMs < state.role.askedMs) return unchanged(clear);
      return promotionSeen(settings, clear, state.role, view, nowMs);
    case "waiting":
      return waitingSeen(settings, clear, state.role, view, nowMs);
    case "active":
      return activeSeen(settings, clear, view, nowMs);
    case "demoting":
      if (state.role.askedMs === undefined || askedAtMs < state.role.askedMs) return unchanged(clear);
      return demotionSeen(settings, clear, state.role, view, nowMs);
  }
}

type Known = Exclude<UnitView, { kind: "unknown" }>;

/** Takes the role that systemd says we have: after our own restart, or when a person started the gateway. */
function adopt(settings: Settings, state: State, view: Known, nowMs: number, atStart: boolean): Step {
  const role = roleOf(settings, view, nowMs);
  return { state: { ...state, role }, actions: [], notes: [{ kind: "roleFound", role: role.kind, atStart }] };
}

function roleOf(settings: Settings, view: Known, nowMs: number): Exclude<Role, { kind: "unknown" | "waiting" }> {
  switch (view.kind) {
    case "stopped":
    case "failed":
      return { kind: "standby", sinceMs: nowMs };
    case "stopping":
      return { kind: "demoting", sinceMs: nowMs, attempt: 1, askedMs: nowMs, repeatMs: nowMs + stopPatienceMs };
    case "queued":
    case "starting":
      return promoting(settings, 1, { decidedMs: nowMs }, nowMs, nowMs);
    case "running":
      if (view.ready) return { kind: "active", sinceMs: nowMs };
      return promoting(settings, 1, { decidedMs: nowMs, unitStartedMs: nowMs }, nowMs, nowMs);
  }
}

function promoting(
  settings: Settings,
  attempt: number,
  timeline: Timeline,
  nowMs: number,
  askedMs?: number,
): Extract<Role, { kind: "promoting" }> {
  const role = {
    kind: "promoting" as const,
    sinceMs: nowMs,
    attempt,
    deadlineMs: nowMs + settings.promotion.timeoutMs,
    timeline,
  };
  return askedMs === undefined ? role : { ...role, askedMs };
}

function promotionSeen(
  settings: Settings,
  state: State,
  role: Extract<Role, { kind: "promoting" }>,
  view: Known,
  nowMs: number,
): Step {
  switch (view.kind) {
    case "running": {
      const timeline = { ...role.timeline, unitStartedMs: role.timeline.unitStartedMs ?? nowMs };
      if (view.ready) return promoted(state, role.attempt, timeline, nowMs);
      if (nowMs >= role.deadlineMs) return failed(settings, state, role, `not ready in time: ${view.detail}`, nowMs);
      if (role.timeline.unitStartedMs !== undefined) return unchanged(state);
      return unchanged({ ...state, role: { ...role, timeline } });
    }
    case "queued":
    case "starting":
    case "stopping":
      if (nowMs < role.deadlineMs) return unchanged(state);
      return failed(settings, state, role, `systemd still says "${view.kind}"`, nowMs);
    case "stopped":
      return failed(settings, state, role, "the gateway ended by itself", nowMs);
    case "failed":
      return failed(settings, state, role, `the gateway failed: ${view.result}`, nowMs);
  }
}

function promoted(state: State, attempt: number, seen: Timeline, nowMs: number): Step {
  const timeline = { ...seen, gatewayReadyMs: nowMs };
  return {
    state: { ...state, role: { kind: "active", sinceMs: nowMs, timeline } },
    actions: [],
    notes: [{ kind: "promoted", attempt, timeline, nowMs }],
  };
}

function failed(
  settings: Settings,
  state: State,
  role: Extract<Role, { kind: "promoting" }>,
  why: string,
  nowMs: number,
): Step {
  const { attempt, timeline } = role;
  const retryInMs = retryMs(settings, attempt);
  return {
    state: { ...state, role: { kind: "waiting", sinceMs: nowMs, attempt, untilMs: nowMs + retryInMs, timeline } },
    actions: [],
    notes: [{ kind: "promotionFailed", attempt, why, retryInMs }],
  };
}

/** Each attempt that fails makes the wait before the next one twice as long, up to a bound. */
function retryMs({ promotion: { retryMinMs, retryMaxMs } }: Settings, attempt: number): number {
  return Math.min(retryMinMs * 2 ** (attempt - 1), retryMaxMs);
}

function waitingSeen(
  settings: Settings,
  state: State,
  role: Extract<Role, { kind: "waiting" }>,
  view: Known,
  nowMs: number,
): Step {
  // It came up after all, only later than we were ready to wait.
  if (view.kind === "running" && view.ready) return promoted(state, role.attempt, role.timeline, nowMs);
  if (nowMs < role.untilMs || state.primary.kind !== "dead") return unchanged(state);
  const attempt = role.attempt + 1;
  return {
    state: { ...state, role: promoting(settings, attempt, { ...role.timeline }, nowMs) },
    actions: ["restart"],
    notes: [
      { kind: "promoting", attempt, action: "restart", why: "the attempt before failed and the primary is still dead" },
    ],
  };
}

function activeSeen(settings: Settings, state: State, view: Known, nowMs: number): Step {
  switch (view.kind) {
    case "running":
      if (view.ready) return unchanged(state);
      return lost(settings, state, view.detail, nowMs);
    case "queued":
    case "starting":
      return lost(settings, state, "systemd is starting it again", nowMs);
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
    case "failed": {
      const detail = view.kind === "failed" ? `it failed: ${view.result}` : "it was stopped";
      const gone: Note = { kind: "gatewayLost", detail };
      if (state.primary.kind !== "dead") {
        return { state: { ...state, role: { kind: "standby", sinceMs: nowMs } }, actions: [], notes: [gone] };
      }
      return {
        state: { ...state, role: promoting(settings, 1, { decidedMs: nowMs }, nowMs) },
        actions: ["start"],
        notes: [gone, { kind: "promoting", attempt: 1, action: "start", why: "it is the only one left" }],
      };
    }
  }
}

function lost(settings: Settings, state: State, detail: string, nowMs: number): Step {
  return {
    state: { ...state, role: promoting(settings, 1, { decidedMs: nowMs }, nowMs, nowMs) },
    actions: [],
    notes: [{ kind: "gatewayLost", detail }],
  };
}

function demotionSeen(
  settings: Settings,
  state: State,
  role: Extract<Role, { kind: "demoting" }>,
  view: Known,
  nowMs: number,
): Step {
  switch (view.kind) {
    case "stopped":
    case "failed":
      return {
        state: { ...state, role: { kind: "standby", sinceMs: nowMs } },
        actions: [],
        notes: [{ kind: "demoted", tookMs: nowMs - role.sinceMs }],
      };
    case "stopping":
      return nowMs < role.repeatMs ? unchanged(state) : stopAgain(state, role, "it is still stopping", nowMs);
    case "queued":
    case "starting":
    case "running":
      if (role.refused) return nowMs < role.repeatMs ? unchanged(state) : stopAgain(state, role, "refused", nowMs);
      // systemd stops at once what it agreed to stop: somebody has started this again.
      if (nowMs < (role.askedMs ?? nowMs) + startedAgainMs) return unchanged(state);
      return adopt(settings, state, view, nowMs, false);
  }
}

function stopAgain(state: State, role: Extract<Role, { kind: "demoting" }>, detail: string, nowMs: number): Step {
  const { sinceMs, attempt } = role;
  return {
    state: {
      ...state,
      role: { kind: "demoting", sinceMs, attempt: attempt + 1, repeatMs: nowMs + stopPatienceMs },
    },
    actions: ["stop"],
    notes: [{ kind: "stoppingAgain", attempt: attempt + 1, forMs: nowMs - sinceMs, detail }],
  };
}

function observeResult(
  settings: Settings,
  state: State,
  { error }: Extract<Event, { kind: "acted" }>,
  nowMs: number,
): Step {
  const { role } = state;
  if (role.kind === "promoting" && role.askedMs === undefined) {
    if (error === undefined) return unchanged({ ...state, role: { ...role, askedMs: nowMs } });
    return failed(settings, state, role, error, nowMs);
  }
  if (role.kind === "demoting" && role.askedMs === undefined) {
    if (error === undefined) return unchanged({ ...state, role: { ...role, askedMs: nowMs } });
    const retryInMs = retryMs(settings, role.attempt);
    return {
      state: { ...state, role: { ...role, askedMs: nowMs, repeatMs: nowMs + retryInMs, refused: true } },
      actions: [],
      notes: [{ kind: "stopRefused", attempt: role.attempt, why: error, retryInMs }],
    };
  }
  return unchanged(state);
}

/** Brings the role in line with the primary: the one place where a promotion or a demotion is begun. */
function resolve(settings: Settings, state: State, nowMs: number): Step {
  const { role, primary } = state;
  // What was true before our own network went is no ground for a change of role.
  if (state.networkDownSinceMs !== undefined) return unchanged(state);
  if (role.kind === "standby" && primary.kind === "dead") {
    const timeline: Timeline = { firstMissedMs: primary.firstMissMs, decidedMs: nowMs };
    return {
      state: { ...state, role: promoting(settings, 1, timeline, nowMs) },
      actions: ["start"],
      notes: [{ kind: "promoting", attempt: 1, action: "start", why: `the primary is dead (${primary.why})` }],
    };
  }
  const holding = role.kind === "active" || role.kind === "promoting" || role.kind === "waiting";
  if (holding && primary.kind === "healthy" && isProven(settings.probe, primary, nowMs)) {
    return {
      state: { ...state, role: { kind: "demoting", sinceMs: nowMs, attempt: 1, repeatMs: nowMs + stopPatienceMs } },
      actions: ["stop"],
      notes: [{ kind: "demoting", healthyForMs: nowMs - primary.sinceMs, successes: primary.successes }],
    };
  }
  return unchanged(state);
}
