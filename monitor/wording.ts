import type { Note, Timeline } from "./notes.ts";
import { type Excuse, seconds } from "./primary.ts";
import type { Settings } from "./settings.ts";

/** How much it matters, in the words of syslog: a person is woken by `warning` and above. */
export type Level = "info" | "notice" | "warning" | "error";

export interface Line {
  level: Level;
  text: string;
}

/** A note as one line for the journal: what was seen, what was decided and why, what comes next. */
export function word(settings: Settings, note: Note): Line {
  const { probe, unit } = settings;
  const primary = `${settings.primary.host}:${settings.primary.port}`;
  switch (note.kind) {
    case "watching":
      return info(
        `Watching the primary ${primary}: a check every ${seconds(probe.intervalMs)}, ` +
          `dead after ${probe.failThreshold} missed in a row. Next: asking systemd for ${unit}.`,
      );
    case "roleFound":
      return roleFound(unit, note);
    case "unitUnknown":
      return { level: "error", text: `Cannot see ${unit}: ${note.detail}. Nothing is decided about it until I can.` };
    case "primaryAnswers":
      return info(primaryAnswers(note.was, Math.round(note.latencyMs)));
    case "primaryUnseen":
      return {
        level: "notice",
        text:
          `The primary ${primary} has not been reached since this machine started (${note.why}). ` +
          `Next: not judged for another ${seconds(note.graceMs)}, the tailnet may still be coming up.`,
      };
    case "primaryMissed": {
      const next = note.misses < note.of ? ` Next: asking again within ${seconds(probe.quickIntervalMs)}.` : "";
      return { level: "notice", text: `The primary missed check ${note.misses} of ${note.of}: ${note.why}.${next}` };
    }
    case "primaryExcused":
      return { level: "notice", text: excused(note.reason, note.detail, note.graceMs) };
    case "primaryDead":
      return { level: "warning", text: `The primary is dead: ${note.why}; not serving for ${seconds(note.forMs)}.` };
    case "networkDown":
      return {
        level: "warning",
        text: `This machine itself has no network (${note.detail}). Next: nothing is judged until it is back.`,
      };
    case "networkBack":
      return { level: "notice", text: `This machine's network is back after ${seconds(note.afterMs)}.` };
    case "promoting": {
      const verb = note.action === "restart" ? "restarting" : "starting";
      const attempt = note.attempt === 1 ? "" : ` (attempt ${note.attempt})`;
      return { level: "warning", text: `PROMOTE${attempt}: ${verb} ${unit}, because: ${note.why}.` };
    }
    case "promoted":
      return { level: "warning", text: `PROMOTED: the gateway on this machine is ready. ${timeline(note.timeline)}` };
    case "promotionFailed":
      return {
        level: "error",
        text: `PROMOTION FAILED (attempt ${note.attempt}): ${note.why}. Next: again in ${seconds(note.retryInMs)}.`,
      };
    case "gatewayLost":
      return { level: "warning", text: `The gateway on this machine is no longer ready: ${note.detail}.` };
    case "demoting":
      return {
        level: "warning",
        text:
          `DEMOTE: the primary has been healthy for ${seconds(note.healthyForMs)}, ` +
          `${note.successes} checks or more in a row. Stopping ${unit}; it may finish what it is saying.`,
      };
    case "demoted":
      return {
        level: "warning",
        text: `DEMOTED: the gateway on this machine stopped after ${seconds(note.tookMs)}. Next: watching the primary.`,
      };
    case "stopRefused":
      return {
        level: "error",
        text: `DEMOTION FAILED (attempt ${note.attempt}): ${note.why}. Next: again in ${seconds(note.retryInMs)}.`,
      };
    case "stoppingAgain":
      return {
        level: "warning",
        text: `DEMOTE (attempt ${note.attempt}): stopping ${unit} again, after ${seconds(note.forMs)}: ${note.detail}.`,
      };
  }
}

function info(text: string): Line {
  return { level: "info", text };
}

function roleFound(unit: string, note: Extract<Note, { kind: "roleFound" }>): Line {
  const how = {
    standby: `${unit} is stopped: this machine is on standby.`,
    active: `${unit} is running: this machine is active.`,
    promoting: `${unit} is on its way up: this machine is being promoted.`,
    demoting: `${unit} is stopping: this machine is being demoted.`,
  }[note.role];
  if (note.atStart) return info(`${how} Next: asking the primary.`);
  return { level: "warning", text: `${how} That was not my doing; I take it as it is.` };
}

function primaryAnswers(was: string, latencyMs: number): string {
  const answered = `answered in ${latencyMs} ms`;
  if (was === "unseen") return `The primary is healthy (${answered}), the first time since this machine started.`;
  if (was === "dead") return `The primary is back (${answered}). Next: it has to stay before I step back.`;
  return `The primary is healthy again (${answered}).`;
}

function excused(reason: Excuse, detail: string, graceMs: number): string {
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

function timeline({ firstMissedMs, decidedMs, unitStartedMs, gatewayReadyMs }: Timeline): string {
  const origin = firstMissedMs ?? decidedMs;
  const steps = [
    ["decided", decidedMs],
    ["unit started", unitStartedMs],
    ["gateway ready", gatewayReadyMs],
  ] as const;
  const told = steps.flatMap(([name, atMs]) => (atMs === undefined ? [] : [`${name} +${seconds(atMs - origin)}`]));
  const from = firstMissedMs === undefined ? "Since the decision" : "Since the first missed check";
  return `${from}: ${told.join(", ")}.`;
}
