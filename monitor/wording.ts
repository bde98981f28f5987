import type { Note } from "./notes.ts";
import type { Action } from "./observation.ts";
import { drillOver, excused, ordered, orderRefused, primaryAnswers, roleFound, timelineOf } from "./sentences.ts";
import type { Settings } from "./settings.ts";
import { seconds } from "./words.ts";

/** How much it matters, in the words of syslog: a person is woken by `warning` and above. */
export type Level = "info" | "notice" | "warning" | "error";

export interface Line {
  level: Level;
  text: string;
}

/** A note as one line for the journal: what was seen, what was decided and why, what comes next. */
export function word(settings: Settings, note: Note): Line {
  const { probe, promotion, gatewayUnit, channelUnit } = settings;
  const primary = `${settings.primary.host}:${settings.primary.port}`;
  switch (note.kind) {
    case "watching": {
      const others = settings.before.length === 0 ? "" : ` and ${settings.before.length} standby(s) before us`;
      return info(
        `Watching the primary ${primary}${others}: a check every ${seconds(probe.intervalMs)}, ` +
          `dead after ${probe.failThreshold} missed in a row; mode ${promotion.mode}. Next: asking systemd for ${channelUnit}.`,
      );
    }
    case "roleFound":
      return roleFound(channelUnit, note);
    case "unitUnknown":
      return error(`Cannot see the units here: ${note.detail}. Nothing is decided about them until I can.`);
    case "primaryAnswers":
      return info(primaryAnswers(note.was, Math.round(note.latencyMs)));
    case "primaryUnseen":
      return notice(
        `The primary ${primary} has not been reached since this machine started (${note.why}). ` +
          `Next: not judged for another ${seconds(note.graceMs)}, the tailnet may still be coming up.`,
      );
    case "primaryMissed": {
      const next = note.misses < note.of ? ` Next: asking again within ${seconds(probe.quickIntervalMs)}.` : "";
      return notice(`The primary missed check ${note.misses} of ${note.of}: ${note.why}.${next}`);
    }
    case "primaryExcused":
      return notice(excused(note.reason, note.detail, note.graceMs));
    case "primaryDead":
      return warning(`The primary is dead: ${note.why}; not serving for ${seconds(note.forMs)}.`);
    case "beforeAble":
      return notice(`Standby ${note.rank} before us, ${note.peer.host}, can take over. Next: leaving it to that one.`);
    case "beforeUnable":
      return notice(`Standby ${note.rank} before us, ${note.peer.host}, cannot take over: ${note.why}.`);
    case "networkDown":
      return warning(`This machine itself has no network (${note.detail}). Next: nothing is judged until it is back.`);
    case "networkBack":
      return notice(`This machine's network is back after ${seconds(note.afterMs)}.`);
    case "isolated":
      return warning(
        `ISOLATED: not taking over, since it may be this machine that is cut off: ${note.detail}. ` +
          `Next: asking again every ${seconds(probe.intervalMs)}.`,
      );
    case "isolationOver":
      return warning(
        `No longer isolated, after ${seconds(note.afterMs)}: reached ${note.by}. Next: counting missed checks anew.`,
      );
    case "promoting":
      return warning(`PROMOTE${nth(note.attempt)}: ${doing(settings, note.action)}, because: ${note.why}.`);
    case "promoted":
      return warning(`PROMOTED: the channel on this machine is connected. ${timelineOf(note.timeline)}`);
    case "promotionFailed":
      return error(
        `PROMOTION FAILED (attempt ${note.attempt}): ${note.why}. Next: again in ${seconds(note.retryInMs)}.`,
      );
    case "flapping":
      return warning(
        `FLAPPING: takeover ${note.takeovers} within ${seconds(note.withinMs)}. ` +
          `Next: I step back only from a recovery that has lasted ${seconds(note.stableMs)}.`,
      );
    case "channelLost":
      return warning(`The channel on this machine is no longer connected: ${note.detail}.`);
    case "demoting":
      return warning(`DEMOTE: ${note.why}. Next: ${doing(settings, "demote")}.`);
    case "demoted":
      return warning(
        `DEMOTED: the channel on this machine is closed after ${seconds(note.tookMs)}. Next: watching the primary.`,
      );
    case "stopRefused":
      return error(
        `DEMOTION FAILED (attempt ${note.attempt}): ${note.why}. Next: again in ${seconds(note.retryInMs)}.`,
      );
    case "demotionDropped":
      return warning("DEMOTE is dropped: it was refused, and this machine is needed again. Next: staying active.");
    case "stoppingAgain":
      return warning(
        `DEMOTE (attempt ${note.attempt}): ${doing(settings, "demote")} again, after ${seconds(note.forMs)}: ${note.detail}.`,
      );
    case "warming":
      return notice(
        `Making the gateway here ready${nth(note.attempt)}: ` +
          `${doing(settings, note.action)}, its channel closed, because: ${note.why}.`,
      );
    case "warm":
      return info(`The gateway here is ready after ${seconds(note.tookMs)}, its channel closed.`);
    case "warmFailed":
      return error(
        `The gateway here could not be made ready${nth(note.attempt)}: ${note.why}. ` +
          `Next: again in ${seconds(note.retryInMs)}; a promotion does not wait for it.`,
      );
    case "cooling":
      return notice(`Stopping the gateway here (${gatewayUnit}), its channel closed, because: ${note.why}.`);
    case "coolingRefused":
      return error(`The gateway here could not be stopped: ${note.why}. Next: again in ${seconds(note.retryInMs)}.`);
    case "ordered":
      return warning(ordered(note.order, note.forMs));
    case "orderRefused":
      return notice(orderRefused(note.order, note.why));
    case "orderOver":
      return warning(`BY HAND: the order "${note.order}" is over: ${note.why}. Next: the automatic is at work again.`);
    case "drillBegun":
      return warning(
        `DRILL: pretending that the primary is dead; it is not touched. Next: ${doing(settings, "promote")}.`,
      );
    case "drillConnected":
      return warning(
        `DRILL: the channel on this machine is connected. ${timelineOf(note.timeline)} Next: stepping back, if the primary is still well.`,
      );
    case "drillAborted":
      return warning(`DRILL: ended by hand. Next: ${doing(settings, "demote")}.`);
    case "drillBecameReal":
      return warning(`DRILL: the primary is dead for real now (${note.why}). Next: this machine stays active.`);
    case "drillOver":
      return drillOver(note.report);
  }
}

/** An action as what is being done. */
function doing({ gatewayUnit, channelUnit, promotion }: Settings, action: Action): string {
  switch (action) {
    case "promote":
      return `starting ${channelUnit}`;
    case "retry":
      return `restarting ${gatewayUnit} and ${channelUnit}`;
    case "demote":
      return promotion.mode === "warm" ? `stopping ${channelUnit}` : `stopping ${channelUnit} and ${gatewayUnit}`;
    case "warm":
      return `starting ${gatewayUnit}`;
    case "rewarm":
      return `restarting ${gatewayUnit}`;
    case "cool":
      return `stopping ${gatewayUnit}`;
  }
}

function nth(attempt: number): string {
  return attempt <= 1 ? "" : ` (attempt ${attempt})`;
}

function info(text: string): Line {
  return { level: "info", text };
}

function notice(text: string): Line {
  return { level: "notice", text };
}

function warning(text: string): Line {
  return { level: "warning", text };
}

function error(text: string): Line {
  return { level: "error", text };
}
