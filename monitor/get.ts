import { type RequestOptions, request } from "node:http";

/** No honest answer of a gateway, a standby or tailscaled comes near this. */
const bodyLimitBytes = 64 * 1024;

export interface Answer {
  status: number;
  /** The body's JSON object, if it is one. */
  fields?: Record<string, unknown>;
  /** For a person: what came instead. */
  summary: string;
}

/** Something answered, and not in HTTP of a sensible size. */
export class NotAnAnswer extends Error {}

/** One GET: at most 64 KiB of an answer are read, no redirect is followed. Rejects where no whole answer comes. */
export function get(where: RequestOptions & { path: string }, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    // A connection of its own for each question: that the other side still accepts one is part of the question.
    const asked = request({
      ...where,
      signal,
      agent: false,
      headers: { accept: "application/json", ...where.headers },
    });
    asked.on("error", reject);
    asked.on("response", (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size > bodyLimitBytes) {
          asked.destroy();
          reject(new NotAnAnswer(`${where.path}: more than ${bodyLimitBytes / 1024} KiB`));
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
