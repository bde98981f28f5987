import { type ClientRequest, type RequestOptions, request } from "node:http";

/** One request to the outside. A GET has no body. */
export type Payload =
  | { method: "POST"; headers: Record<string, string>; body: string }
  | { method: "GET"; headers: Record<string, string> };

/** What became of it. Status 0: nobody answered. `trouble` is for a person, and never tells any part of the URL. */
export type Delivery = { ok: true } | { ok: false; status: number; trouble: string };

/**
 * Sends a request and looks at nothing but the status of the answer: redirects are not followed, bodies not read.
 * Never rejects, and takes no longer than `timeoutMs` for everything together. The URL is a secret: whoever knows it can
 * speak in our name, so errors are told by their code, as their messages would name the address.
 */
export async function deliver(url: string, payload: Payload, timeoutMs = 10_000): Promise<Delivery> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const target = URL.parse(url);
    if (target === null) return unanswered("its file holds no URL");
    if (target.protocol === "http:") return await send(request, target, payload, signal);
    if (target.protocol !== "https:") return unanswered("its URL is neither http:// nor https://");
    // Loaded at the first message only: TLS costs memory that a calm year does not need. Whom it trusts is said by the
    // flag --use-openssl-ca, in our unit: the machine's own store, of which only the one authority in question is read.
    const https = await import("node:https");
    return await send(https.request, target, payload, signal);
  } catch (error) {
    return unanswered(signal.aborted ? `no answer within ${timeoutMs / 1000} s` : codeOf(error));
  }
}

type Request = (url: URL, options: RequestOptions) => ClientRequest;

function send(ask: Request, url: URL, payload: Payload, signal: AbortSignal): Promise<Delivery> {
  return new Promise((resolve, reject) => {
    const body = payload.method === "POST" ? payload.body : "";
    const length = payload.method === "POST" ? { "content-length": String(Buffer.byteLength(body)) } : {};
    const asked = ask(url, {
      method: payload.method,
      agent: false,
      signal,
      headers: { ...payload.headers, ...length },
    });
    asked.on("error", reject);
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
  ENOTFOUND: "its name is not known",
  EAI_AGAIN: "its name cannot be looked up now",
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset",
  ENETUNREACH: "no network",
  ETIMEDOUT: "no connection",
};

function codeOf(error: unknown): string {
  const code = typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
  return words[code] ?? (code === "" ? "an error without a code" : code);
}
