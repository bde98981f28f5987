import type { DrillReport, Note, Timeline } from "./notes.ts";
import type { Order } from "./observation.ts";
import type { Excuse, Peer } from "./peer.ts";
import type { Line } from "./wording.ts";
import { seconds } from "./words.ts";

/* The longer sentences of `wording.ts`. */

export function roleFound(channelUnit: string, { role, atStart }: Extract<Note, { kind: "roleFound" }>): Line {
  const how = {
    standby: `${channelUnit} is stopped: this machine is on standby.`,
    active: `${channelUnit} is running: this machine is active.`,
    promoting: `${channelUnit} is on its way up: this machine is being promoted.`,
    demoting: `${channelUnit} is stopping: this machine is being demoted.`,
  }[role];
  if (atStart) return { level: "info", text: `${how} Next: asking the primary.` };
  return { level: "warning", text: `${how} That was not my doing; I take it as it is.` };
}

export function primaryAnswers(was: Peer["kind"], latencyMs: number): string {
  const answered = `answered in ${latencyMs} ms`;
  if (was === "unseen") return `The primary is healthy (${answered}), the first time since this machine started.`;
  if (was === "dead") return `The primary is back (${answered}). Next: it has to stay before I step back.`;
  return `The primary is healthy again (${answered}).`;
}

export function excused(reason: Excuse, detail: string, graceMs: number): string {
  const until = `Next: it is given ${seconds(graceMs)} before it counts as dead.`;
  switch (reason) {
    case "draining":
      return `The primary is draining: it leaves on purpose. ${until}`;
    case "starting":
      return `The primary is starting. ${until}`;
    case "degraded":
      return `The primary is ${detail}. ${until}`;
    case "restarting":
      return `The primary is gone (${detail}) after it was draining or starting: probably a restart. ${until}`;
  }
}

/** When each step was done, counted from the first missed check, or from the decision where there was none. */
export function timelineOf(timeline: Timeline): string {
  return sentence(timeline, stepsOf(timeline));
}

function sentence({ firstMissedMs }: Timeline, steps: string[]): string {
  return `Since the ${firstMissedMs === undefined ? "decision" : "first missed check"}: ${steps.join(", ")}.`;
}

function stepsOf({ firstMissedMs, decidedMs, gatewayReadyMs, connectedMs }: Timeline): string[] {
  const origin = firstMissedMs ?? decidedMs;
  const told = firstMissedMs === undefined ? [] : [`decided ${after(decidedMs - origin)}`];
  if (gatewayReadyMs !== undefined) {
    told.push(gatewayReadyMs < origin ? "gateway ready already" : `gateway ready ${after(gatewayReadyMs - origin)}`);
  }
  if (connectedMs !== undefined) told.push(`channel connected ${after(connectedMs - origin)}`);
  return told;
}

export function ordered(order: Exclude<Order["kind"], "drill">, forMs: number | undefined): string {
  switch (order) {
    case "promote":
      return "BY HAND: promote. This machine is active, whatever the primary does, until `resume` or `demote`.";
    case "demote":
      return "BY HAND: demote. This machine stands back, even from a dead primary, until the primary is healthy or `resume`.";
    case "pause": {
      const until = forMs === undefined ? "until `resume`" : `for ${seconds(forMs)}, or until \`resume\``;
      return `BY HAND: pause. Watching goes on; nothing is started or stopped ${until}.`;
    }
    case "resume":
      return "BY HAND: resume. The automatic is at work again.";
  }
}

export function orderRefused(order: Order["kind"], why: string): string {
  return `BY HAND: ${order} is refused: ${why}.`;
}

export function drillOver({ timeline, closedMs, failure }: DrillReport): Line {
  const closed = `channel closed ${after(closedMs - timeline.decidedMs)}`;
  const steps = sentence(timeline, [...stepsOf(timeline), closed]);
  if (failure === undefined) return { level: "warning", text: `DRILL PASSED. ${steps}` };
  return { level: "error", text: `DRILL FAILED: ${failure}. ${steps}` };
}

function after(ms: number): string {
  return `+${seconds(ms)}`;
}
