import { peersOf, type State } from "../../monitor/state.ts";

/** Does anything in the state wait for time to pass? Where nothing does, and nothing has changed, nothing will. */
export function isPending(state: State): boolean {
  const { role, gateway, durable, networkDownSinceMs } = state;
  if (networkDownSinceMs !== undefined || durable.drill !== undefined) return true;
  if (durable.standing?.kind === "paused" && durable.standing.untilMs !== undefined) return true;
  if (gateway.task.kind !== "none" && gateway.task.kind !== "warm") return true;
  const peers = peersOf(state);
  if (peers.some(({ kind }) => kind !== "healthy" && kind !== "dead")) return true;
  switch (role.kind) {
    case "standby":
      return false;
    case "active":
      // A recovery that has to last still longer.
      return durable.standing === undefined && peers.some(({ kind }) => kind === "healthy");
    default:
      return true;
  }
}
