import type { Observation } from "./observation.ts";
import type { Role, State } from "./state.ts";
import { isIsolated } from "./way.ts";

/**
 * What a standby says of itself to those that come after it, in its status server's `GET /healthz`, beside `ok`: whether
 * it will take over, or has. The three last are reasons why it cannot.
 */
export interface Ability {
  role: Role["kind"];
  promotionFailing: boolean;
  /** By hand: hands off, or held on standby. */
  paused: boolean;
  /** It has no network, or cannot tell whether it is cut off. */
  isolated: boolean;
}

export function abilityOf(state: State): Ability {
  const { role, durable } = state;
  const held = durable.standing?.kind;
  return {
    role: role.kind,
    promotionFailing: role.kind === "waiting" || (role.kind === "promoting" && role.attempt > 1),
    paused: held === "paused" || held === "demoted",
    isolated: state.networkDownSinceMs !== undefined || isIsolated(state),
  };
}

/** What another standby's answer means for us. Fields that it does not have are taken for "no". */
export function readAbility(
  status: number,
  fields: Record<string, unknown> | undefined,
  latencyMs: number,
): Observation {
  if (fields === undefined || !("ok" in fields) || typeof fields.role !== "string") {
    return { kind: "wrongAnswer", detail: `/healthz: status ${status}, not a standby's words` };
  }
  if (status !== 200 || fields.ok !== true) return { kind: "unable", detail: "its monitor is stuck" };
  if (fields.promotionFailing === true) return { kind: "unable", detail: "its promotion fails" };
  // A pause leaves one that is active where it is.
  if (fields.paused === true && fields.role !== "active") return { kind: "unable", detail: "it is paused" };
  if (fields.isolated === true && fields.role !== "active") return { kind: "unable", detail: "it is cut off" };
  return { kind: "healthy", latencyMs };
}
