/** JSON over HTTP, with errors that say what was asked and what came back. */
export interface Answer<T> {
  readonly status: number;
  readonly body: T;
}

/**
 * One call. To a question or a deletion 404 is an answer, for the caller to judge.
 * @throws on any other status that is not 2xx: method, address, status, and what the API said.
 */
export async function callJson<T>(
  method: string,
  url: string,
  authorization: string,
  body?: unknown,
): Promise<Answer<T>> {
  const response = await fetch(url, {
    method,
    headers: { authorization, ...(body !== undefined && { "content-type": "application/json" }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(60_000),
  }).catch((error: unknown) => {
    throw new Error(`${method} ${url}: no answer (${String((error as Error).cause ?? error)})`);
  });
  const text = await response.text();
  const gone = response.status === 404 && (method === "GET" || method === "DELETE");
  if (!response.ok && !gone) throw new Error(`${method} ${url}: ${response.status} ${text.slice(0, 500)}`);
  return { status: response.status, body: (text ? JSON.parse(text) : {}) as T };
}
