import { chmodSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import type { Note } from "./notes.ts";
import type { Order } from "./observation.ts";
import type { State } from "./state.ts";
import type { Level, Line } from "./wording.ts";

/** What the monitor writes back, one JSON object a line: what it says meanwhile, and at the end how it went. */
export type Reply = { kind: "said"; level: Level; text: string } | { kind: "over"; outcome: Outcome };

export type Outcome = "done" | "refused" | "failed";

/** An order is a line of a few dozen bytes; one that talks on is not one of ours. */
const requestLimitBytes = 4_096;
const patienceMs = 10_000;
/** Persons and a timer; more is a fault. */
const connectionLimit = 8;

/** What the control socket needs of the monitor. */
export interface Commanded {
  order(order: Order): Note[];
  state(): State;
  word(note: Note): Line;
}

export interface ControlServer {
  /** Everything that is told also goes to whoever waits for the end of an order. */
  told(notes: Note[], state: State): void;
  /** Resolves when orders can be given, or never can be. */
  listening: Promise<void>;
  close(): void;
}

/**
 * Takes orders on a unix socket: one JSON line in (`Order`), JSON lines out (`Reply`). Who may talk is who may open
 * the socket: root and the members of its group (0660). `trouble` is told of a socket that cannot be had: the watch
 * goes on without it.
 */
export function serveControl(path: string, monitor: Commanded, trouble: (text: string) => void): ControlServer {
  const followers = new Map<Socket, Order>();
  /** Whose order is being given at this moment: it is not over before it was taken. */
  let giving: Socket | undefined;

  function take(socket: Socket, line: string): void {
    const order = parseOrder(line);
    if (order === undefined) {
      write(socket, { kind: "said", level: "error", text: "That is not an order." });
      finish(socket, "refused");
      return;
    }
    // What follows from the order is told while it is given: the follower listens already.
    followers.set(socket, order);
    giving = socket;
    const notes = monitor.order(order);
    giving = undefined;
    if (notes.some(({ kind }) => kind === "orderRefused")) finish(socket, "refused");
    else followUp(socket, order, notes, monitor.state());
  }

  function followUp(socket: Socket, order: Order, notes: Note[], state: State): void {
    const outcome = outcomeOf(order, notes, state);
    if (outcome !== undefined) finish(socket, outcome);
  }

  function finish(socket: Socket, outcome: Outcome): void {
    followers.delete(socket);
    write(socket, { kind: "over", outcome });
    socket.end();
  }

  const server = createServer((socket) => {
    let text = "";
    socket.setEncoding("utf8");
    const timer = setTimeout(() => socket.destroy(), patienceMs);
    const forget = () => {
      clearTimeout(timer);
      followers.delete(socket);
    };
    socket.on("error", forget);
    socket.on("close", forget);
    socket.on("data", (chunk: string) => {
      if (followers.has(socket)) return;
      text += chunk;
      const end = text.indexOf("\n");
      if (end === -1 && text.length <= requestLimitBytes) return;
      clearTimeout(timer);
      take(socket, text.slice(0, Math.max(0, end)));
    });
  });
  server.maxConnections = connectionLimit;
  server.on("error", (error) => trouble(`No orders can be taken: ${error.message}`));
  try {
    // One that an earlier run left behind; a living run would have the runtime directory to itself.
    rmSync(path, { force: true });
  } catch (error) {
    trouble(`No orders can be taken: ${(error as Error).message}`);
  }
  const listening = new Promise<void>((resolve) => {
    server.on("error", () => resolve());
    server.listen(path, () => {
      try {
        chmodSync(path, 0o660);
      } catch (error) {
        trouble(`Only root can give orders: ${(error as Error).message}`);
      }
      resolve();
    });
  });

  return {
    listening,
    close: () => server.close(),
    told(notes, state) {
      for (const [socket, order] of [...followers]) {
        for (const note of notes) write(socket, { kind: "said", ...monitor.word(note) });
        if (socket !== giving) followUp(socket, order, notes, state);
      }
    },
  };
}

/** Has the order come to its end? A refusal has been told by then. */
function outcomeOf(order: Order, notes: Note[], { role, durable }: State): Outcome | undefined {
  const has = (kind: Note["kind"]) => notes.some((note) => note.kind === kind);
  switch (order.kind) {
    case "pause":
    case "resume":
      return "done";
    case "promote":
      if (role.kind === "active") return "done";
      // It is tried again; who waits at the prompt need not.
      return has("promotionFailed") || durable.standing?.kind !== "promoted" ? "failed" : undefined;
    case "demote":
      if (role.kind === "standby") return "done";
      return has("stopRefused") ? "failed" : undefined;
    case "drill": {
      const over = notes.find((note) => note.kind === "drillOver");
      if (over?.kind === "drillOver") return over.report.failure === undefined ? "done" : "failed";
      return has("drillBecameReal") ? "failed" : undefined;
    }
  }
}

function write(socket: Socket, reply: Reply): void {
  // One that does not read is not written to without end.
  if (socket.writable && socket.writableLength < 64 * 1024) socket.write(`${JSON.stringify(reply)}\n`);
}

/** A line of the socket as an order; undefined if it is none. */
export function parseOrder(line: string): Order | undefined {
  let raw: unknown;
  try {
    raw = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof raw !== "object" || raw === null || !("kind" in raw)) return undefined;
  switch (raw.kind) {
    case "promote":
    case "demote":
    case "resume":
    case "drill":
      return { kind: raw.kind };
    case "pause": {
      if (!("forMs" in raw)) return { kind: "pause" };
      const { forMs } = raw;
      return typeof forMs === "number" && forMs > 0 && Number.isFinite(forMs) ? { kind: "pause", forMs } : undefined;
    }
    default:
      return undefined;
  }
}
