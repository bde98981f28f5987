import { request } from "node:http";
import type { Observation } from "./observation.ts";

/** Where a gateway listens. */
export interface Target {
  host: string;
  port: number;
}

/** No honest answer of a gateway comes near this. */
const bodyLimitBytes = 64 * 1024;

/**
 * Asks a gateway whether it is ready, and if it is not, why. Never throws, never takes longer than `timeoutMs`
 * for everything together (name lookup, both requests, bodies), reads at most 64 KiB of an answer, and follows no redirect.
 */
export async function probe(target: Target, timeoutMs: number): Promise<Observation> {
  const startedAt = performance.now();
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), timeoutMs);
  try {
    const ready = await get(target, "/readyz", deadline.signal);
    if (isReady(ready)) return { kind: "healthy", latencyMs: performance.now() - startedAt };
    if (!isOwnWords(ready, "ready")) return { kind: "wrongAnswer", detail: `/readyz: ${ready.summary}` };
    const startup = await get(target, "/startupz", deadline.signal);
    return whyNotReady(ready, startup);
  } catch (error) {
    if (deadline.signal.aborted) return { kind: "timedOut", afterMs: timeoutMs };
    return fromError(error);
  } finally {
    clearTimeout(timer);
  }
}

interface Answer {
  status: number;
  /** The body's JSON object, if it is one. */
  fields?: Record<string, unknown>;
  /** For a person: what came instead. */
  summary: string;
}

class NotAnAnswer extends Error {}

function get({ host, port }: Target, path: string, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    // A connection of its own for each question: that the gateway still accepts one is part of the question.
    const asked = request({ host, port, path, signal, agent: false, headers: { accept: "application/json" } });
    asked.on("error", reject);
    asked.on("response", (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size > bodyLimitBytes) {
          asked.destroy();
          reject(new NotAnAnswer(`${path}: more than ${bodyLimitBytes / 1024} KiB`));
        } else chunks.push(chunk);
      });
      response.on("error", reject);
      // After a whole answer this comes second and says nothing; after a part of one it is all there is.
      response.on("close", () => reject(new Error("hung up in the middle of an answer")));
      response.on("end", () => {
        if (response.complete) resolve(answerOf(response.statusCode ?? 0, Buffer.concat(chunks).toString("utf8")));
      });
    });
    asked.end();
  });
}

function answerOf(status: number, body: string): Answer {
  const summary = `status ${status}, ${JSON.stringify(body.slice(0, 60))}`;
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) {
      return { status, fields: parsed as Record<string, unknown>, summary };
    }
  } catch {
    // Not JSON: the summary tells what it was.
  }
  return { status, summary };
}

function isReady({ status, fields }: Answer): boolean {
  return status === 200 && fields?.ready === true;
}

/** A gateway says 200 or 503 with JSON of a known shape; anything else is somebody else speaking. */
function isOwnWords({ status, fields }: Answer, key: string): boolean {
  return (status === 200 || status === 503) && fields !== undefined && key in fields;
}

function whyNotReady(ready: Answer, startup: Answer): Observation {
  const status = startup.fields?.status;
  if (status === "draining") return { kind: "draining" };
  if (status === "starting") return { kind: "starting" };
  const failing = ready.fields?.failing;
  const detail = Array.isArray(failing) && failing.length > 0 ? `failing ${failing.join(", ")}`.slice(0, 200) : "";
  return { kind: "degraded", detail: detail === "" ? "it does not say why" : detail };
}

function fromError(error: unknown): Observation {
  if (error instanceof NotAnAnswer) return { kind: "wrongAnswer", detail: error.message };
  const code = codeOf(error);
  switch (code) {
    case "ENETUNREACH":
    case "ENETDOWN":
    case "EADDRNOTAVAIL":
    case "EAI_AGAIN":
      return { kind: "networkDown", detail: code };
    case "ECONNREFUSED":
      return { kind: "refused", detail: "connection refused" };
    case "ECONNRESET":
    case "EPIPE":
      return { kind: "refused", detail: "connection reset" };
    case "EHOSTUNREACH":
      return { kind: "refused", detail: "host unreachable" };
    case "ENOTFOUND":
      return { kind: "refused", detail: "its name is not known" };
  }
  // The parser's own words: what answered does not speak HTTP.
  if (code.startsWith("HPE_")) return { kind: "wrongAnswer", detail: `not HTTP (${code})` };
  return { kind: "refused", detail: error instanceof Error ? error.message : String(error) };
}

function codeOf(error: unknown): string {
  if (typeof error !== "object" || error === null || !("code" in error)) return "";
  return String(error.code);
}
