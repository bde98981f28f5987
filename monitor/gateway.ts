import type { Note } from "./notes.ts";
import type { Action, SeenUnits } from "./observation.ts";
import { isProven } from "./peer.ts";
import { retryMs } from "./retry.ts";
import type { Settings } from "./settings.ts";
import { type GatewayTask, isFaltering, isHandsOff, peersOf, type State, type Step, unchanged } from "./state.ts";

/*
 * The gateway of a standby, its channel closed: started in good time before a promotion may need it (`eager`), or kept
 * up always (`warm`), and stopped again where it is not wanted. Promotions and demotions have their own files; while
 * one of them is under way nothing is done here.
 */

type Task<Kind extends GatewayTask["kind"]> = Extract<GatewayTask, { kind: Kind }>;

/** Starts or stops the gateway, where that is due. */
export function tendGateway(settings: Settings, state: State, nowMs: number): Step {
  const { role, gateway, durable } = state;
  if (role.kind !== "standby" || gateway.view === "unseen") return unchanged(state);
  if (isHandsOff(state) || durable.drill !== undefined) return unchanged(state);
  const need = needOf(settings, state, nowMs);
  if (need === undefined) return unchanged(state);
  return need.kind === "up" ? keepUp(state, need.why, nowMs) : keepDown(state, need.why, nowMs);
}

/** Where it should be; undefined where it may be as it is. */
function needOf(
  { promotion: { mode }, probe }: Settings,
  state: State,
  nowMs: number,
): { kind: "up" | "down"; why: string } | undefined {
  if (mode === "warm") return { kind: "up", why: "it is kept ready at all times" };
  if (state.durable.standing?.kind === "demoted") return { kind: "down", why: "a takeover is ruled out by hand" };
  const peers = peersOf(state);
  if (mode === "eager" && peers.every(isFaltering)) return { kind: "up", why: "it may be needed soon" };
  const calm = peers.some((peer) => isProven(probe, peer, probe.minimumStableMs, nowMs));
  return calm ? { kind: "down", why: "it is not needed" } : undefined;
}

function keepUp(state: State, why: string, nowMs: number): Step {
  const { view, task } = state.gateway;
  switch (task.kind) {
    case "none":
      if (view === "stopping") return unchanged(state);
      // It runs already, by another's doing or an earlier run's: what is left is to see whether it is ready.
      if (isUp(view)) return assign(state, { kind: "warming", sinceMs: nowMs, attempt: 0, askedMs: nowMs });
      return warmUp(state, 1, why, nowMs);
    case "waiting":
      if (nowMs < task.untilMs || view === "stopping") return unchanged(state);
      return warmUp(state, task.attempt + 1, why, nowMs);
    case "warming":
    case "warm":
    case "cooling":
      return unchanged(state);
  }
}

function warmUp(state: State, attempt: number, why: string, nowMs: number): Step {
  const task = { kind: "warming", sinceMs: nowMs, attempt } as const;
  const action = isUp(state.gateway.view) ? "rewarm" : "warm";
  return assign(state, task, [{ kind: "warming", attempt, action, why }], [action]);
}

function keepDown(state: State, why: string, nowMs: number): Step {
  const { view, task } = state.gateway;
  if (task.kind === "cooling" || (task.kind === "warming" && task.askedMs === undefined)) return unchanged(state);
  if (!isUp(view)) return task.kind === "none" ? unchanged(state) : assign(state, { kind: "none" });
  if (task.kind === "waiting" && nowMs < task.untilMs) return unchanged(state);
  const attempt = task.kind === "waiting" ? task.attempt + 1 : 1;
  return assign(state, { kind: "cooling", attempt }, [{ kind: "cooling", why }], ["cool"]);
}

/** What a look at its unit says. */
export function gatewaySeen(
  settings: Settings,
  state: State,
  { gateway: seen, ready }: SeenUnits,
  askedAtMs: number,
  nowMs: number,
): Step {
  const view = seen.kind;
  const same = view === state.gateway.view;
  const next = same ? state : { ...state, gateway: { ...state.gateway, view } };
  const { task } = next.gateway;
  switch (task.kind) {
    case "none":
      return unchanged(next);
    case "warming":
      if (task.askedMs === undefined || askedAtMs < task.askedMs) return unchanged(next);
      if (ready) return warmed(next, task, nowMs);
      if (!isUp(view)) return failed(settings, next, task, "it ended by itself", nowMs);
      if (nowMs - task.askedMs < settings.promotion.timeoutMs) return unchanged(next);
      return failed(settings, next, task, "it does not get ready", nowMs);
    case "warm":
      return isUp(view) ? unchanged(next) : assign(next, { kind: "none" });
    case "cooling":
      if (task.askedMs === undefined || askedAtMs < task.askedMs || isUp(view)) return unchanged(next);
      return assign(next, { kind: "none" });
    case "waiting":
      return ready ? assign(next, { kind: "warm", sinceMs: nowMs }) : unchanged(next);
  }
}

/** systemd took our request, or refused it. */
export function gatewayAnswered(
  settings: Settings,
  state: State,
  action: Extract<Action, "warm" | "rewarm" | "cool">,
  error: string | undefined,
  nowMs: number,
): Step {
  const { task } = state.gateway;
  const asked = action === "cool" ? "cooling" : "warming";
  if ((task.kind !== "warming" && task.kind !== "cooling") || task.kind !== asked || task.askedMs !== undefined) {
    return unchanged(state);
  }
  if (error === undefined) return assign(state, { ...task, askedMs: nowMs });
  if (task.kind === "warming") return failed(settings, state, task, error, nowMs);
  const retryInMs = retryMs(settings, task.attempt);
  return assign(state, { kind: "waiting", attempt: task.attempt, untilMs: nowMs + retryInMs }, [
    { kind: "coolingRefused", why: error, retryInMs },
  ]);
}

function warmed(state: State, { sinceMs, attempt }: Task<"warming">, nowMs: number): Step {
  const notes: Note[] = attempt === 0 ? [] : [{ kind: "warm", tookMs: nowMs - sinceMs }];
  return assign(state, { kind: "warm", sinceMs: nowMs }, notes);
}

function failed(settings: Settings, state: State, { attempt }: Task<"warming">, why: string, nowMs: number): Step {
  const retryInMs = retryMs(settings, Math.max(1, attempt));
  return assign(state, { kind: "waiting", attempt, untilMs: nowMs + retryInMs }, [
    { kind: "warmFailed", attempt, why, retryInMs },
  ]);
}

function assign(state: State, task: GatewayTask, notes: Note[] = [], actions: Action[] = []): Step {
  return { state: { ...state, gateway: { ...state.gateway, task } }, actions, notes };
}

function isUp(view: State["gateway"]["view"]): boolean {
  return view === "queued" || view === "starting" || view === "running";
}
