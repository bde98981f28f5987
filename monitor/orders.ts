import { demote } from "./demotion.ts";
import { endDrill, startDrill } from "./drill.ts";
import type { Standing } from "./durable.ts";
import type { Order } from "./observation.ts";
import { isProven } from "./peer.ts";
import type { Settings } from "./settings.ts";
import { andThen, isHolding, peersOf, type State, type Step, unchanged } from "./state.ts";

/*
 * Orders by hand. One holds at a time: the last one given.
 *
 * promote  active, whatever the primary does, until `resume` or `demote`
 * demote   on standby, even if the primary is dead, until somebody before us is healthy, or `resume`
 * pause    hands off: nothing is started or stopped, for a time or until `resume`
 * resume   the automatic again
 * drill    see `drill.ts`
 */

/** A pause ends by itself after this, unless told otherwise. */
export const defaultPauseMs = 3_600_000;

/** Takes an order, or refuses it with a clear word. */
export function obey(settings: Settings, state: State, order: Order, nowMs: number): Step {
  const { standing, drill } = state.durable;
  switch (order.kind) {
    case "promote": {
      const ended = endDrill(state, "promoted by hand in the middle of it", nowMs);
      const stands = andThen(ended, (next) => stand(next, "promote", { kind: "promoted", sinceMs: nowMs }));
      return andThen(stands, ({ role, ...next }) =>
        // An attempt that waits for its turn has it now.
        unchanged({ ...next, role: role.kind === "waiting" ? { ...role, untilMs: nowMs } : role }),
      );
    }
    case "demote": {
      if (drill !== undefined) return abortDrill(state, nowMs);
      const stands = stand(state, "demote", { kind: "demoted", sinceMs: nowMs });
      return andThen(stands, (next) =>
        isHolding(next.role) ? demote(next, "it was ordered by hand", nowMs) : unchanged(next),
      );
    }
    case "pause": {
      if (drill !== undefined) return refuse(state, order, "a drill is under way; `demote` ends it");
      const { forMs } = order;
      const until = forMs === undefined ? {} : { untilMs: nowMs + forMs };
      return stand(state, "pause", { kind: "paused", sinceMs: nowMs, ...until }, forMs);
    }
    case "resume":
      if (drill !== undefined) return refuse(state, order, "a drill is under way; `demote` ends it");
      if (standing === undefined) return refuse(state, order, "no order is in force: the automatic is at work");
      return { state: withoutStanding(state), actions: [], notes: [{ kind: "ordered", order: "resume" }] };
    case "drill": {
      const obstacle = obstacleToDrill(state);
      return obstacle === undefined ? startDrill(settings, state, nowMs) : refuse(state, order, obstacle);
    }
  }
}

/** Ends what ends by itself: a pause after its time, a demotion by hand when somebody before us is well again. */
export function expireOrders({ probe }: Settings, state: State, nowMs: number): Step {
  const { standing } = state.durable;
  if (standing?.kind === "paused" && standing.untilMs !== undefined && nowMs >= standing.untilMs) {
    const why = "its time is over";
    return { state: withoutStanding(state), actions: [], notes: [{ kind: "orderOver", order: "pause", why }] };
  }
  if (standing?.kind !== "demoted" || state.networkDownSinceMs !== undefined) return unchanged(state);
  if (!peersOf(state).some((peer) => isProven(probe, peer, probe.minimumStableMs, nowMs))) return unchanged(state);
  const why = "the primary, or a standby before us, is healthy";
  return { state: withoutStanding(state), actions: [], notes: [{ kind: "orderOver", order: "demote", why }] };
}

function obstacleToDrill({ role, primary, durable, networkDownSinceMs }: State): string | undefined {
  if (durable.drill !== undefined) return "a drill is under way already";
  if (durable.standing !== undefined) {
    return `an order is in force (${durable.standing.kind} by hand); \`resume\` ends it`;
  }
  if (role.kind !== "standby") return `this machine is not on standby, it is ${role.kind}`;
  if (networkDownSinceMs !== undefined) return "this machine has no network";
  if (primary.kind !== "healthy") return `the primary is not healthy, it is ${primary.kind}`;
  return undefined;
}

function abortDrill(state: State, nowMs: number): Step {
  const { drill } = state.durable;
  if (drill === undefined) return unchanged(state);
  const failure = "ended by hand";
  const aborted = { ...state, durable: { ...state.durable, drill: { ...drill, stage: "closing" as const, failure } } };
  const ordered: Step = { state: aborted, actions: [], notes: [{ kind: "drillAborted" }] };
  return andThen(ordered, (next) => (isHolding(next.role) ? demote(next, failure, nowMs) : unchanged(next)));
}

function stand(state: State, order: "promote" | "demote" | "pause", standing: Standing, forMs?: number): Step {
  return {
    state: { ...state, durable: { ...state.durable, standing } },
    actions: [],
    notes: [{ kind: "ordered", order, ...(forMs === undefined ? {} : { forMs }) }],
  };
}

function withoutStanding(state: State): State {
  const { standing: _, ...durable } = state.durable;
  return { ...state, durable };
}

function refuse(state: State, order: Order, why: string): Step {
  return { state, actions: [], notes: [{ kind: "orderRefused", order: order.kind, why }] };
}
