import { setTimeout as wait } from "node:timers/promises";

/** What the gateway on this machine says of one of its channels. */
export type ChannelState =
  /** Connected: a message reaches the agent, and its answer the owner. */
  | { kind: "ready" }
  | { kind: "notReady"; detail: string }
  /** The gateway's configuration has it closed, or the gateway has not seen yet that it is open. */
  | { kind: "closed"; detail: string }
  /** It is to be open, and the gateway leaves it down: after crashes in quick succession it does not start one by itself. */
  | { kind: "stopped"; detail: string }
  /** The gateway itself does not answer: it is starting, or gone. */
  | { kind: "noGateway"; detail: string };

/** A question to the gateway may take this long; then the connection is taken for dead. */
const patienceMs = 4_000;

interface Frame {
  type?: string;
  event?: string;
  id?: string;
  ok?: boolean;
  payload?: unknown;
  error?: { code?: string; message?: string };
}

/**
 * Asks the gateway on this machine about a channel, over its WebSocket protocol with the gateway's own token: what
 * `openclaw channels status` does, without starting a program of a hundred megabytes for it each time.
 * Never throws; takes at most 8 s. One connection a question: none can be left half dead.
 */
export async function askChannel(port: number, token: string, channel: string): Promise<ChannelState> {
  try {
    return await talk(port, token, "operator.read", async (call) => {
      const status = (await call("channels.status", { probe: false, timeoutMs: patienceMs })) as {
        channelAccounts?: Record<string, Account[]>;
      };
      return stateOf(status.channelAccounts?.[channel] ?? []);
    });
  } catch (error) {
    return { kind: "noGateway", detail: error instanceof Error ? error.message : String(error) };
  }
}

/** Has the gateway start a channel that it leaves down. @throws with what the gateway says against it. */
export async function startChannel(port: number, token: string, channel: string): Promise<void> {
  await talk(port, token, "operator.admin", (call) => call("channels.start", { channel }));
}

interface Account {
  enabled?: boolean;
  running?: boolean;
  restartPending?: boolean;
  lifecycle?: string;
  lastError?: string | null;
}

function stateOf(accounts: readonly Account[]): ChannelState {
  if (accounts.some(({ lifecycle }) => lifecycle === "ready")) return { kind: "ready" };
  const [account] = accounts;
  if (!account?.enabled) return { kind: "closed", detail: "the gateway has it closed" };
  const why = account.lastError ? `: ${account.lastError.slice(0, 200)}` : "";
  const detail = `${account.lifecycle ?? "of unknown state"}${why}`;
  return { kind: account.running || account.restartPending ? "notReady" : "stopped", detail };
}

type Call = (method: string, params: object) => Promise<unknown>;

/** One connection for one conversation. */
async function talk<T>(port: number, token: string, scope: string, say: (call: Call) => Promise<T>): Promise<T> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`);
  try {
    return await say(await connect(socket, token, scope));
  } finally {
    socket.close();
  }
}

/** Connects as the gateway's own machine does, for which its token is enough; resolves to a way to call methods. */
async function connect(socket: WebSocket, token: string, scope: string): Promise<Call> {
  const waiting = new Map<string, { resolve: (payload: unknown) => void; reject: (error: Error) => void }>();
  let challenged: () => void = () => {};
  const challenge = new Promise<void>((resolve) => {
    challenged = resolve;
  });
  const broken = new Promise<never>((_, reject) => {
    socket.addEventListener("error", () => reject(new Error("no connection to the gateway")));
    socket.addEventListener("close", ({ code, reason }) => reject(new Error(`the gateway hung up: ${reason || code}`)));
  });
  broken.catch(() => {}); // whoever waits hears of it
  socket.addEventListener("message", ({ data }) => {
    const frame = JSON.parse(String(data)) as Frame;
    if (frame.event === "connect.challenge") challenged();
    if (frame.type !== "res" || frame.id === undefined) return;
    const { resolve, reject } = waiting.get(frame.id) ?? {};
    waiting.delete(frame.id);
    if (frame.ok) resolve?.(frame.payload);
    else reject?.(new Error(`the gateway says: ${frame.error?.message ?? frame.error?.code ?? "no"}`));
  });
  const within = <T>(what: Promise<T>): Promise<T> =>
    Promise.race([
      what,
      broken,
      wait(patienceMs, undefined, { ref: false }).then(() => {
        throw new Error(`the gateway did not answer within ${patienceMs / 1000} s`);
      }),
    ]);
  let lastId = 0;
  const call: Call = (method, params) => {
    lastId += 1;
    const id = String(lastId);
    const answer = new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
    socket.send(JSON.stringify({ type: "req", id, method, params }));
    return within(answer);
  };
  await within(challenge);
  await call("connect", {
    minProtocol: 4,
    maxProtocol: 4,
    client: { id: "gateway-client", version: "1", platform: "linux", mode: "backend" },
    role: "operator",
    scopes: [scope],
    caps: [],
    auth: { token },
  });
  return call;
}
