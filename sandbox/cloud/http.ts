/** A small JSON API server: routes, bodies, errors. */
import { createServer, type IncomingMessage, type Server } from "node:http";

export interface Request {
  /** The named groups of the route's pattern. */
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  /** Parsed JSON or form fields; {} without a body. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly remoteAddress: string;
}

/** A status and its JSON; without JSON an empty body. `text` is sent as it is. */
export interface Response {
  readonly status: number;
  readonly json?: unknown;
  readonly text?: string;
}

export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly pattern: RegExp;
  readonly handle: (request: Request) => Response | Promise<Response>;
}

/** An API: where it is mounted, who may come in, how it words its errors. */
export interface Api {
  readonly prefix: string;
  readonly routes: readonly Route[];
  /** The answer for somebody who may not come in; undefined lets in. */
  readonly refuse: (request: Request, pathname: string) => Response | undefined;
  readonly notFound: Response;
  readonly malformed: Response;
}

const bodyLimitBytes = 1024 * 1024;

async function readBody(request: IncomingMessage): Promise<Record<string, unknown> | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bodyLimitBytes) return undefined;
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString("utf8");
  if (!text) return {};
  if (request.headers["content-type"]?.startsWith("application/x-www-form-urlencoded"))
    return Object.fromEntries(new URLSearchParams(text));
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** A server of several APIs. `log` gets one line a request, without headers and bodies: they hold secrets. */
export function serve(apis: readonly Api[], log: (line: string) => void): Server {
  return createServer(async (incoming, outgoing) => {
    const url = new URL(incoming.url ?? "/", "http://cloud");
    const answer = await route(apis, incoming, url).catch((error: unknown): Response => {
      log(
        `${incoming.method} ${url.pathname}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      );
      return {
        status: 500,
        json: { id: "server_error", message: error instanceof Error ? error.message : "unexpected" },
      };
    });
    log(`${incoming.method} ${url.pathname} ${answer.status}`);
    const text = answer.text ?? (answer.json === undefined ? "" : JSON.stringify(answer.json));
    outgoing.writeHead(
      answer.status,
      answer.json === undefined ? {} : { "content-type": "application/json; charset=utf-8" },
    );
    outgoing.end(text);
  });
}

async function route(apis: readonly Api[], incoming: IncomingMessage, url: URL): Promise<Response> {
  const api = apis.find((a) => url.pathname.startsWith(a.prefix));
  const body = await readBody(incoming);
  if (!api) return { status: 404, json: { message: "no API here" } };
  const pathname = url.pathname.slice(api.prefix.length).replace(/\/$/, "");
  const found = api.routes.find((r) => r.method === incoming.method && r.pattern.test(pathname));
  const request: Request = {
    path: Object.fromEntries(
      Object.entries(found?.pattern.exec(pathname)?.groups ?? {}).map(([k, v]) => [k, decodeURIComponent(v)]),
    ),
    query: url.searchParams,
    headers: incoming.headers,
    body: body ?? {},
    remoteAddress: incoming.socket.remoteAddress?.replace(/^::ffff:/, "") ?? "",
  };
  return (
    api.refuse(request, pathname) ??
    (body === undefined ? api.malformed : ((await found?.handle(request)) ?? api.notFound))
  );
}
