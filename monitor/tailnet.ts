import { get } from "./get.ts";

const socketPath = "/var/run/tailscale/tailscaled.sock";

/** What this machine's tailscaled says of itself. */
export type TailnetState =
  /** Running, and in touch with the control server. */
  | { kind: "online" }
  /** Running, and out of touch with the control server: peers may still be reached. */
  | { kind: "outOfTouch" }
  /** Not running in the tailnet: no peer can be reached. */
  | { kind: "down"; detail: string }
  /** It could not be asked, or not understood. */
  | { kind: "unknown"; detail: string };

/**
 * Asks tailscaled over its own socket, which every local user may read the status from. Without the list of peers: the
 * answer stays small, and what the control server believes of a peer is minutes old when it matters. Never rejects.
 */
export async function askTailnet(timeoutMs: number, path = socketPath): Promise<TailnetState> {
  const where = {
    socketPath: path,
    path: "/localapi/v0/status?peers=false",
    headers: { host: "local-tailscaled.sock" },
  };
  try {
    const { status, fields, summary } = await get(where, AbortSignal.timeout(timeoutMs));
    if (status !== 200 || fields === undefined) return { kind: "unknown", detail: `tailscaled: ${summary}` };
    return readTailnet(fields);
  } catch (error) {
    return { kind: "unknown", detail: `tailscaled: ${(error as Error).message}` };
  }
}

/** The status' `BackendState`, and `Self.Online`: whether it is in touch with the control server. */
export function readTailnet({ BackendState, Self }: Record<string, unknown>): TailnetState {
  if (typeof BackendState !== "string") return { kind: "unknown", detail: "tailscaled's status has no BackendState" };
  if (BackendState !== "Running") return { kind: "down", detail: `tailscaled says "${BackendState}"` };
  const online = typeof Self === "object" && Self !== null && "Online" in Self && Self.Online === true;
  return { kind: online ? "online" : "outOfTouch" };
}
