import { type ClientRequest, request } from "node:http";
import type { RequestOptions } from "node:https";
import type { SecureContext } from "node:tls";

/** One request to the outside. A GET has no body. */
export type Payload =
  | { method: "POST"; headers: Record<string, string>; body: string }
  | { method: "GET"; headers: Record<string, string> };

/** What became of it. Status 0: nobody answered. `trouble` is for a person, and never tells any part of the URL. */
export type Delivery = { ok: true } | { ok: false; status: number; trouble: string };

const timeoutMs = 10_000;

/**
 * Sends a request and looks at nothing but the status of the answer: redirects are not followed, bodies not read.
 * Never rejects, and takes no longer than 10 s for everything together. The URL is a secret: whoever knows it can
 * speak in our name, so errors are told by their code, as their messages would name the address.
 */
export async function deliver(url: string, payload: Payload): Promise<Delivery> {
  try {
    const target = URL.parse(url);
    if (target === null) return unanswered("its file holds no URL");
    if (target.protocol === "http:") return await send(request, target, {}, payload);
    if (target.protocol !== "https:") return unanswered("its URL is neither http:// nor https://");
    // Loaded at the first message only: TLS costs memory that a calm year does not need.
    const https = await import("node:https");
    return await send(https.request, target, { secureContext: await trusted() }, payload);
  } catch (error) {
    return unanswered(codeOf(error));
  }
}

let context: Promise<SecureContext> | undefined;

/** Made once: hundreds of authorities are read into it. Behind a proxy that inspects, only the machine's own store knows its authority. */
function trusted(): Promise<SecureContext> {
  context ??= import("node:tls").then(({ createSecureContext, getCACertificates }) =>
    createSecureContext({ ca: [...new Set([...getCACertificates("bundled"), ...getCACertificates("system")])] }),
  );
  return context;
}

type Options = RequestOptions & { secureContext?: SecureContext };
type Request = (url: URL, options: Options) => ClientRequest;

function send(ask: Request, url: URL, options: Options, payload: Payload): Promise<Delivery> {
  return new Promise((resolve) => {
    const body = payload.method === "POST" ? payload.body : "";
    const length = payload.method === "POST" ? { "content-length": String(Buffer.byteLength(body)) } : {};
    const asked = ask(url, {
      ...options,
      method: payload.method,
      agent: false,
      signal: AbortSignal.timeout(timeoutMs),
      headers: { ...payload.headers, ...length },
    });
    asked.on("error", (error) => resolve(unanswered(codeOf(error))));
    asked.on("response", (response) => {
      const status = response.statusCode ?? 0;
      resolve(status >= 200 && status < 300 ? { ok: true } : { ok: false, status, trouble: `status ${status}` });
      // What it has to say beyond its status is of no use here.
      response.destroy();
    });
    asked.end(body);
  });
}

function unanswered(trouble: string): Delivery {
  return { ok: false, status: 0, trouble };
}

const words: Record<string, string> = {
  ABORT_ERR: `no answer within ${timeoutMs / 1000} s`,
  ENOTFOUND: "its name is not known",
  EAI_AGAIN: "its name cannot be looked up now",
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset",
  ENETUNREACH: "no network",
  ETIMEDOUT: "no connection",
};

function codeOf(error: unknown): string {
  const code = typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
  if (code in words) return words[code]!;
  return code === "" ? "an error without a code" : code;
}
