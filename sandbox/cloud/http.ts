/** A small JSON API server: routes, bodies, errors. */
import { createServer, type IncomingMessage, type Server } from "node:http";

export interface Request {
  /** The named groups of the route's pattern. */
  readonly path: Readonly<Record<string, string>>;
  /** As the caller wrote it, host and all. */
  readonly url: URL;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  /** Parsed JSON or form fields; {} without a body. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** A status and its JSON; without JSON an empty body. */
export interface Response {
  readonly status: number;
  readonly json?: unknown;
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
    const what = `${incoming.method} ${incoming.url?.split("?")[0]}`;
    const answer = await route(apis, incoming).catch((error: unknown): Response => {
      const { message, stack } = error instanceof Error ? error : new Error(String(error));
      log(`${what}: ${stack ?? message}`);
      return { status: 500, json: { id: "server_error", message } };
    });
    log(`${what} ${answer.status}`);
    const text = answer.json === undefined ? "" : JSON.stringify(answer.json);
    outgoing.writeHead(answer.status, text ? { "content-type": "application/json; charset=utf-8" } : {});
    outgoing.end(text);
  });
}

async function route(apis: readonly Api[], incoming: IncomingMessage): Promise<Response> {
  const body = await readBody(incoming);
  const address = `http://${incoming.headers.host ?? "cloud"}${incoming.url}`;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const api = apis.find((a) => url?.pathname.startsWith(`${a.prefix}/`));
  if (!url || !api) return { status: 404, json: { message: "no API here" } };
  const pathname = url.pathname.slice(api.prefix.length).replace(/\/$/, "");
  const found = api.routes.find((r) => r.method === incoming.method && r.pattern.test(pathname));
  const path = decoded(found?.pattern.exec(pathname)?.groups ?? {});
  const request: Request = {
    path: path ?? {},
    url,
    query: url.searchParams,
    headers: incoming.headers,
    body: body ?? {},
  };
  const refused = api.refuse(request, pathname);
  if (refused) return refused;
  if (!found) return api.notFound;
  return body && path ? found.handle(request) : api.malformed;
}

/** Without their percent signs; undefined when one of them is not UTF-8. */
function decoded(groups: Readonly<Record<string, string | undefined>>): Record<string, string> | undefined {
  const given = Object.entries(groups).filter((group): group is [string, string] => group[1] !== undefined);
  try {
    return Object.fromEntries(given.map(([name, value]) => [name, decodeURIComponent(value)]));
  } catch {
    return undefined;
  }
}
