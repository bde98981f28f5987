import type { Settings } from "./settings.ts";
import type { GatewayTask, State } from "./state.ts";
import { isIsolated, isWayInQuestion } from "./way.ts";

/** How long, in milliseconds, until the next question to the primary (rank 0) or to a standby before us. */
export function peerCadenceMs(settings: Settings, state: State, rank: number): number {
  const peer = rank === 0 ? state.primary : state.before[rank - 1];
  const { intervalMs } = settings.probe;
  if (state.networkDownSinceMs !== undefined || peer === undefined) return intervalMs;
  if (peer.kind === "healthy" && !peer.slow) return intervalMs;
  // Where a takeover hangs on it, one that counts as dead may still prove the way, or be back.
  if (peer.kind === "dead" && (!isWayInQuestion(state) || isIsolated(state))) return intervalMs;
  return quickMs(settings);
}

/** How long until the next question to the witnesses; undefined while there is nothing to ask them. */
export function witnessCadenceMs(settings: Settings, state: State): number | undefined {
  if (!isWayInQuestion(state)) return undefined;
  return isIsolated(state) ? settings.probe.intervalMs : quickMs(settings);
}

/** How long until the next look at the units. */
export function unitsCadenceMs({ role, gateway, durable }: State): number {
  switch (role.kind) {
    case "standby":
      return Math.min(taskMs(gateway.task), durable.drill === undefined ? 30_000 : 1_000);
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

/** Is our own gateway to be asked whether it is ready? Only where something depends on the answer. */
export function asksReadiness({ role, gateway: { task } }: State): boolean {
  if (role.kind === "promoting" || role.kind === "waiting") return true;
  return role.kind === "standby" && (task.kind === "warming" || task.kind === "waiting");
}

function quickMs({ probe }: Settings): number {
  return Math.min(probe.quickIntervalMs, probe.intervalMs);
}

/** In calm a look is for what somebody did by hand, and for a warm gateway that is gone. */
function taskMs({ kind }: GatewayTask): number {
  switch (kind) {
    case "none":
    case "warm":
      return 30_000;
    case "waiting":
      return 2_000;
    case "warming":
    case "cooling":
      return 1_000;
  }
}
