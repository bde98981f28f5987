import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Clock } from "./clock.ts";
import { metricsOf } from "./metrics.ts";
import { pageOf } from "./page.ts";
import { style } from "./page-style.ts";
import type { Status } from "./status.ts";

/** No connection lives longer, whatever it does: it is one question and one answer. */
const connectionMs = 10_000;
/** More at once are hung up on. */
const connectionsMax = 16;
/** An answer holds for this long: however often it is asked for, it is made once a second. */
const freshMs = 1_000;

interface Answer {
  code: number;
  type: string;
  body: string;
}

const routes = new Map<string, (status: Status) => Answer>([
  ["/", (status) => ({ code: 200, type: "text/html; charset=utf-8", body: pageOf(status) })],
  ["/status", (status) => ({ code: 200, type: "application/json", body: `${JSON.stringify(status, undefined, 2)}\n` })],
  ["/metrics", (status) => ({ code: 200, type: "text/plain; version=0.0.4; charset=utf-8", body: metricsOf(status) })],
  [
    "/healthz",
    ({ monitor, health }) => ({
      code: monitor.alive ? 200 : 503,
      type: "application/json",
      body: `${JSON.stringify({ ok: monitor.alive, ...health })}\n`,
    }),
  ],
]);

const headers = {
  "cache-control": "no-store",
  connection: "close",
  "content-security-policy":
    `default-src 'none'; style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'; ` +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/**
 * The status for everybody who reaches it, and nothing else: GET and HEAD, four paths, no bodies, no state. The caller
 * says where it listens. Whoever talks slowly, endlessly or nonsense is hung up on.
 */
export function makeServer(status: () => Status, clock: Clock): Server {
  const made = new Map<string, { answer: Answer; atMs: number }>();

  function answerTo(path: string): Answer {
    const route = routes.get(path);
    if (route === undefined) return plain(404, `Nothing here. There are: ${[...routes.keys()].join(" ")}\n`);
    const before = made.get(path);
    const nowMs = clock.nowMs();
    if (before !== undefined && nowMs - before.atMs < freshMs) return before.answer;
    const answer = attempt(route);
    made.set(path, { answer, atMs: nowMs });
    return answer;
  }

  /** A mistake of ours in what is told must not end the watch. */
  function attempt(route: (status: Status) => Answer): Answer {
    try {
      return route(status());
    } catch (error) {
      return plain(500, `This could not be told: ${(error as Error).message}\n`);
    }
  }

  function handle(request: IncomingMessage, response: ServerResponse): void {
    const isRead = request.method === "GET" || request.method === "HEAD";
    const { code, type, body } = isRead ? answerTo(pathOf(request.url)) : plain(405, "This is for reading only.\n");
    response.writeHead(code, {
      ...headers,
      ...(isRead ? {} : { allow: "GET, HEAD" }),
      "content-type": type,
      "content-length": Buffer.byteLength(body),
    });
    // `connection: close` hangs up after it; a body that still comes in is never read.
    response.end(request.method === "HEAD" ? undefined : body);
  }

  const server = createServer({ maxHeaderSize: 8_192, keepAlive: false }, handle);
  server.maxConnections = connectionsMax;
  server.on("connection", (socket) => {
    const cancel = clock.after(connectionMs, () => socket.destroy());
    socket.on("close", cancel);
  });
  // Not even an error is owed to who does not speak HTTP.
  server.on("clientError", (_error, socket) => socket.destroy());
  server.on("upgrade", (_request, socket) => socket.destroy());
  server.on("connect", (_request, socket) => socket.destroy());
  server.on("checkContinue", handle);
  return server;
}

function pathOf(url = "/"): string {
  const query = url.indexOf("?");
  return query === -1 ? url : url.slice(0, query);
}

function plain(code: number, body: string): Answer {
  return { code, type: "text/plain; charset=utf-8", body };
}
