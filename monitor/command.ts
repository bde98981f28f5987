import { connect } from "node:net";
import type { Outcome, Reply } from "./control.ts";
import type { Order } from "./observation.ts";
import { defaultPauseMs } from "./orders.ts";

/** The verbs that are orders to the monitor that runs on this machine. */
export const orderVerbs = ["promote", "demote", "pause", "resume", "drill"] as const;

/**
 * What was typed, as an order; a string says what is wrong with it. `ifCalm`: a timer's drill, whose refusal is no
 * failure.
 */
export function readOrder(
  verb: (typeof orderVerbs)[number],
  rest: string[],
): { order: Order; ifCalm: boolean } | string {
  if (verb === "pause") {
    const order = readPause(rest);
    return typeof order === "string" ? order : { order, ifCalm: false };
  }
  if (verb === "drill" && rest.length === 1 && rest[0] === "--if-calm")
    return { order: { kind: "drill" }, ifCalm: true };
  return rest.length === 0 ? { order: { kind: verb }, ifCalm: false } : `${verb} does not know "${rest.join(" ")}"`;
}

function readPause(rest: string[]): Order | string {
  const [duration, ...more] = rest;
  if (more.length > 0) return `pause takes one duration, not "${rest.join(" ")}"`;
  if (duration === undefined) return { kind: "pause", forMs: defaultPauseMs };
  if (duration === "forever") return { kind: "pause" };
  const [, amount, unit] = /^(\d{1,4})(s|m|min|h|d)$/.exec(duration) ?? [];
  const unitMs = { s: 1_000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 }[
    unit as "s" | "m" | "min" | "h" | "d"
  ];
  if (unitMs === undefined || Number(amount) === 0)
    return `"${duration}" is not a duration: 90s, 30min, 2h, 1d, forever`;
  return { kind: "pause", forMs: Number(amount) * unitMs };
}

/**
 * Gives an order and prints what the monitor says until it is carried out. `failed` also where there is no monitor to
 * give it to. Ending the command does not take the order back.
 */
export function give(path: string, order: Order, print: (line: string) => void): Promise<Outcome> {
  return new Promise((resolve) => {
    let text = "";
    let outcome: Outcome | undefined;
    const socket = connect(path);
    socket.setEncoding("utf8");
    socket.on("connect", () => socket.write(`${JSON.stringify(order)}\n`));
    socket.on("data", (chunk: string) => {
      text += chunk;
      const lines = text.split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) {
        const reply = JSON.parse(line) as Reply;
        if (reply.kind === "said") print(reply.text);
        else outcome = reply.outcome;
      }
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      print(whyNot(path, error));
      outcome = "failed";
    });
    socket.on("close", () => {
      if (outcome === undefined) print("The monitor hung up before it was done. The order, if it was taken, holds.");
      resolve(outcome ?? "failed");
    });
  });
}

function whyNot(path: string, error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case "EACCES":
      return `Not allowed to give orders (${path}): use sudo.`;
    case "ENOENT":
    case "ECONNREFUSED":
      return "No monitor is running on this machine: systemctl status openclaw-health-monitor";
    default:
      return `The order was not given: ${error.message}`;
  }
}
