import type { Observation } from "./observation.ts";

/** An observation in a person's words. */
export function describe(observation: Observation): string {
  switch (observation.kind) {
    case "healthy":
      return `ready, answered in ${Math.round(observation.latencyMs)} ms`;
    case "starting":
      return "starting";
    case "draining":
      return "draining";
    case "timedOut":
      return `no answer within ${seconds(observation.afterMs)}`;
    case "degraded":
      return `alive, not ready: ${observation.detail}`;
    case "wrongAnswer":
      return `wrong answer: ${observation.detail}`;
    case "unable":
    case "refused":
    case "unreachable":
    case "networkDown":
      return observation.detail;
  }
}

/** 1234 -> "1.2 s", 90000 -> "1 min 30 s", 7200000 -> "2 h". */
export function seconds(ms: number): string {
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const whole = Math.round(ms / 1000);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const parts = hours > 0 ? [`${hours} h`] : [];
  if (minutes > 0) parts.push(`${minutes} min`);
  if (rest > 0) parts.push(`${rest} s`);
  return parts.join(" ");
}
