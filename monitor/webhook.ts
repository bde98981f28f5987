import type { ClientRequest, RequestOptions } from "node:http";

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
    // Loaded at the first message only: TLS costs memory that a calm year does not need.
    const { request } = target.protocol === "https:" ? await import("node:https") : await import("node:http");
    return await send(request, target, JSON.stringify({ ...message, content: message.text }));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function send(request: (url: URL, options: RequestOptions) => ClientRequest, url: URL, body: string) {
  return new Promise<string | undefined>((resolve) => {
    const asked = request(url, {
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
