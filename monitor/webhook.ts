import { type ClientRequest, request } from "node:http";
import type { RequestOptions } from "node:https";

/** What is told to the outside: one change of role, in words and in fields. */
export interface Message {
  event: string;
  host: string;
  /** ISO 8601. */
  at: string;
  text: string;
}

const timeoutMs = 10_000;

/**
 * Posts a message as JSON. `text` is what Slack shows and `content` what Discord shows; others take what they like.
 * Resolves to what went wrong, or nothing; never rejects. The caller does not wait for it: a dead webhook delays nothing.
 */
export async function post(url: string, message: Message): Promise<string | undefined> {
  try {
    const target = new URL(url);
    const body = JSON.stringify({ ...message, content: message.text });
    if (target.protocol === "http:") return await send(request, target, {}, body);
    // Loaded at the first message only: TLS costs memory that a calm year does not need.
    const https = await import("node:https");
    const { getCACertificates } = await import("node:tls");
    // Behind a proxy that inspects, the authority is one that only the machine's own store knows.
    const ca = [...getCACertificates("bundled"), ...getCACertificates("system")];
    return await send(https.request, target, { ca }, body);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

type Request = (url: URL, options: RequestOptions) => ClientRequest;

function send(ask: Request, url: URL, options: RequestOptions, body: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const asked = ask(url, {
      ...options,
      method: "POST",
      agent: false,
      signal: AbortSignal.timeout(timeoutMs),
      headers: { "content-type": "application/json", "content-length": Buffer.byteLength(body) },
    });
    asked.on("error", (error) => resolve(error.message));
    asked.on("response", (response) => {
      const status = response.statusCode ?? 0;
      resolve(status >= 200 && status < 300 ? undefined : `status ${status}`);
      // What it has to say beyond its status is of no use here.
      response.destroy();
    });
    asked.end(body);
  });
}
