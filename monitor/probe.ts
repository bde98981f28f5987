import { readAbility } from "./ability.ts";
import { type Answer, get, NotAnAnswer } from "./get.ts";
import type { Observation } from "./observation.ts";
import type { Target } from "./settings.ts";

/**
 * Asks a gateway whether it is ready, and if it is not, why. Never throws, never takes longer than `timeoutMs`
 * for everything together (name lookup, both requests, bodies), reads at most 64 KiB of an answer, and follows no redirect.
 */
export function probe(target: Target, timeoutMs: number): Promise<Observation> {
  return within(timeoutMs, async (signal, elapsedMs) => {
    const ready = await get({ ...target, path: "/readyz" }, signal);
    if (isReady(ready)) return { kind: "healthy", latencyMs: elapsedMs() };
    if (!isOwnWords(ready, "ready")) return { kind: "wrongAnswer", detail: `/readyz: ${ready.summary}` };
    return whyNotReady(ready, await get({ ...target, path: "/startupz" }, signal));
  });
}

/** Asks the monitor of another standby whether it takes over. As careful as `probe`. */
export function probeStandby(target: Target, timeoutMs: number): Promise<Observation> {
  return within(timeoutMs, async (signal, elapsedMs) => {
    const { status, fields } = await get({ ...target, path: "/healthz" }, signal);
    return readAbility(status, fields, elapsedMs());
  });
}

async function within(
  timeoutMs: number,
  ask: (signal: AbortSignal, elapsedMs: () => number) => Promise<Observation>,
): Promise<Observation> {
  const startedAt = performance.now();
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), timeoutMs);
  try {
    return await ask(deadline.signal, () => performance.now() - startedAt);
  } catch (error) {
    if (deadline.signal.aborted) return { kind: "timedOut", afterMs: timeoutMs };
    return fromError(error);
  } finally {
    clearTimeout(timer);
  }
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
    case "ETIMEDOUT":
    case "EHOSTUNREACH":
    case "EHOSTDOWN":
      return { kind: "unreachable", detail: "host unreachable" };
    case "ENOTFOUND":
      return { kind: "unreachable", detail: "its name is not known" };
  }
  // The parser's own words: what answered does not speak HTTP.
  if (code.startsWith("HPE_")) return { kind: "wrongAnswer", detail: `not HTTP (${code})` };
  return { kind: "refused", detail: error instanceof Error ? error.message : String(error) };
}

function codeOf(error: unknown): string {
  if (typeof error !== "object" || error === null || !("code" in error)) return "";
  return String(error.code);
}
