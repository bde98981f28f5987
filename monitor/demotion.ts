import type { Note } from "./notes.ts";
import type { SeenUnits } from "./observation.ts";
import { retryMs } from "./retry.ts";
import type { Settings } from "./settings.ts";
import { isHandsOff, type RoleOf, type State, type Step, unchanged } from "./state.ts";

/** A stop that takes longer than this is asked for again: OpenClaw may wait 315 s for a running turn. */
export const stopPatienceMs = 340_000;

/** A channel that is up this long after its stop was accepted is up because somebody opened it. */
const startedAgainMs = 3_000;

/** Asks systemd to close the channel. */
export function demote(state: State, why: string, nowMs: number): Step {
  return {
    state: { ...state, role: { kind: "demoting", sinceMs: nowMs, attempt: 1, repeatMs: nowMs + stopPatienceMs } },
    actions: ["demote"],
    notes: state.durable.drill === undefined ? [{ kind: "demoting", why }] : [],
  };
}

/** `foundAgain`: takes the role that systemd says we have, after all. */
export function demotionSeen(
  state: State,
  role: RoleOf<"demoting">,
  { channel }: SeenUnits,
  nowMs: number,
  foundAgain: () => Step,
): Step {
  switch (channel.kind) {
    case "stopped":
    case "failed": {
      const notes: Note[] =
        state.durable.drill === undefined ? [{ kind: "demoted", tookMs: nowMs - role.sinceMs }] : [];
      return { state: { ...state, role: { kind: "standby", sinceMs: nowMs } }, actions: [], notes };
    }
    case "stopping":
      return nowMs < role.repeatMs ? unchanged(state) : demoteAgain(state, role, "it is still stopping", nowMs);
    case "queued":
    case "starting":
    case "running":
      if (role.refused) return nowMs < role.repeatMs ? unchanged(state) : demoteAgain(state, role, "refused", nowMs);
      // systemd stops at once what it agreed to stop: somebody has started this again.
      return nowMs < (role.askedMs ?? nowMs) + startedAgainMs ? unchanged(state) : foundAgain();
  }
}

/** systemd took our request, or refused it. */
export function demotionAnswered(
  settings: Settings,
  state: State,
  role: RoleOf<"demoting">,
  error: string | undefined,
  nowMs: number,
): Step {
  if (error === undefined) return unchanged({ ...state, role: { ...role, askedMs: nowMs } });
  const retryInMs = retryMs(settings, role.attempt);
  return {
    state: { ...state, role: { ...role, askedMs: nowMs, repeatMs: nowMs + retryInMs, refused: true } },
    actions: [],
    notes: [{ kind: "stopRefused", attempt: role.attempt, why: error, retryInMs }],
  };
}

/** It was refused, and by now we are needed again: the channel stays open. */
export function demotionDropped(state: State, nowMs: number): Step {
  return {
    state: { ...state, role: { kind: "active", sinceMs: nowMs } },
    actions: [],
    notes: [{ kind: "demotionDropped" }],
  };
}

function demoteAgain(state: State, role: RoleOf<"demoting">, detail: string, nowMs: number): Step {
  if (isHandsOff(state)) return unchanged(state);
  const attempt = role.attempt + 1;
  const { sinceMs } = role;
  return {
    state: { ...state, role: { kind: "demoting", sinceMs, attempt, repeatMs: nowMs + stopPatienceMs } },
    actions: ["demote"],
    notes: [{ kind: "stoppingAgain", attempt, forMs: nowMs - sinceMs, detail }],
  };
}
