import { setTimeout as wait } from "node:timers/promises";
import type { Owner } from "../ask.ts";
import { followJournal } from "../journal.ts";
import { cutMachine, healMachine } from "../machines/machine.ts";
import { killGateway, pauseGateway, startGateway, unpauseGateway, waitForGateway } from "../primary/gateway.ts";
import { milestones, standbyMachine } from "../story.ts";
import { type MonitorName, untilStandingBy } from "./monitors.ts";

export const faultNames = ["kill", "hang", "cut"] as const;
export type FaultName = (typeof faultNames)[number];

/** What happens to the primary, and how it is undone. */
const faults: Record<FaultName, { strike: () => Promise<unknown>; undo: () => Promise<unknown> }> = {
  kill: { strike: killGateway, undo: startGateway },
  hang: { strike: pauseGateway, undo: unpauseGateway },
  cut: { strike: () => cutMachine("primary"), undo: () => healMachine("primary") },
};

/** One failover. Times are milliseconds from the fault; a step that was not seen is missing. */
export interface Trial {
  readonly monitor: MonitorName;
  readonly fault: FaultName;
  /** From the fault to the standby answering a message; undefined: it did not, within the limit. */
  readonly answeredMs?: number;
  readonly stepsMs: Record<string, number>;
}

/** How long the owner waits before calling it a day. */
export const patienceMs = 75_000;

/** Hurts the primary, asks the standby until it answers, and puts all back as it was. */
export async function runTrial(monitor: MonitorName, fault: FaultName, owner: Owner): Promise<Trial> {
  const stepsMs: Record<string, number> = {};
  const seen: { event: string; atMs: number }[] = [];
  const units = [...new Set(milestones.map((m) => m.unit))];
  const watching = followJournal(standbyMachine(), units, ({ unit, text, atMs }) => {
    const found = milestones.find((m) => m.unit === unit && m.says.test(text));
    if (found) seen.push({ event: found.event, atMs });
  });
  await faults[fault].strike();
  const struckMs = Date.now();
  const answer = await owner.ask("standby", `are you there? ${struckMs}`, patienceMs).catch(() => undefined);
  const answeredMs = answer && Date.now() - struckMs;
  for (const { event, atMs } of seen) if (atMs >= struckMs) stepsMs[event] ??= Math.round(atMs - struckMs);
  watching.stop();
  await faults[fault].undo();
  await waitForGateway(120_000);
  await untilStandingBy(monitor);
  // The channel's unit is down before the gateway has left IRC: a question in between would be lost.
  while (await owner.isThere("standby")) await wait(200);
  return { monitor, fault, stepsMs, ...(answeredMs !== undefined && { answeredMs }) };
}
