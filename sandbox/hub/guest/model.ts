/**
 * A language model for the sandbox: OpenAI's chat completions, answered at once with what was asked and from where.
 * Runs on the hub with Node alone. Usage: node model.ts PORT
 *
 * A question that begins "wait 12 s" is answered that much later, to have a call in flight.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

/** One message of a request, as far as the answer depends on it. */
export interface Message {
  role: string;
  content?: string | readonly { type: string; text?: string }[] | null;
}

interface Completion {
  model?: string;
  messages: readonly Message[];
  stream?: boolean;
}

/** The last thing a person said, without what OpenClaw wraps around it: context blocks before, runtime facts after. */
export function questionOf(messages: readonly Message[]): string {
  const spoken = messages.filter((message) => message.role === "user").map(textOf);
  const last = spoken.findLast((text) => !text.startsWith("<<<BEGIN_OPENCLAW_INTERNAL_CONTEXT>>>")) ?? "";
  const afterContext = last.replace(/^[^\n]*Conversation info:[^\n]*\n```json\n[\s\S]*?\n```\n+/, "");
  return afterContext.replace(/\n\nRuntime: [\s\S]*$/, "").trim();
}

/** What the model says to a question that came from `address`. */
export function answerTo(question: string, address: string): string {
  return `Heard from ${address}: ${question}`;
}

/** Milliseconds that a question asks to be kept waiting: "wait 12 s ..." is 12000, at most ten minutes. */
export function patienceMs(question: string): number {
  const seconds = Number(/^wait (\d{1,3}) s\b/.exec(question)?.[1] ?? 0);
  return Math.min(seconds, 600) * 1000;
}

function textOf(message: Message): string {
  if (typeof message.content === "string") return message.content;
  return (message.content ?? []).map((part) => part.text ?? "").join("");
}

async function complete(request: Completion, address: string, response: ServerResponse): Promise<void> {
  const question = questionOf(request.messages);
  await sleep(patienceMs(question));
  const answer = answerTo(question, address);
  console.log(answer);
  const head = { id: "chatcmpl-sandbox", created: Math.floor(Date.now() / 1000), model: request.model ?? "echo" };
  const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
  if (!request.stream) {
    const message = { role: "assistant", content: answer };
    const choices = [{ index: 0, message, finish_reason: "stop" }];
    sendJson(response, 200, { ...head, object: "chat.completion", choices, usage });
    return;
  }
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
  const send = (part: object) =>
    response.write(`data: ${JSON.stringify({ ...head, object: "chat.completion.chunk", ...part })}\n\n`);
  send({ choices: [{ index: 0, delta: { role: "assistant", content: answer }, finish_reason: null }] });
  send({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] });
  send({ choices: [], usage });
  response.end("data: [DONE]\n\n");
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = new URL(request.url ?? "/", "http://model").pathname;
  if (path.endsWith("/models")) {
    sendJson(response, 200, { object: "list", data: [{ id: "echo", object: "model", owned_by: "sandbox" }] });
  } else if (request.method === "POST" && path.endsWith("/chat/completions")) {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = JSON.parse(Buffer.concat(parts).toString("utf8")) as Completion;
    await complete(body, request.socket.remoteAddress?.replace(/^::ffff:/, "") ?? "nowhere", response);
  } else {
    sendJson(response, 404, { error: { message: `${request.method} ${path} is not served`, type: "not_found" } });
  }
}

/** Starts the server; resolves when it listens. */
export function serveModel(port: number, host = "0.0.0.0"): Promise<ReturnType<typeof createServer>> {
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      if (!response.headersSent)
        sendJson(response, 400, { error: { message: String(error), type: "invalid_request" } });
      else response.destroy();
    });
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject).listen(port, host, () => resolve(server));
  });
}

if (import.meta.main) await serveModel(Number(process.argv[2]));
