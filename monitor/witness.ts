import { connect } from "node:net";
import { livesOnTailnet } from "./network.ts";
import type { Vouching } from "./observation.ts";
import type { Settings, Target } from "./settings.ts";
import { askTailnet, type TailnetState } from "./tailnet.ts";

/** For all witnesses together, and tailscaled: a takeover may have to wait for it. */
const patienceMs = 3_000;

/** Is it we who are cut off? Asks tailscaled and every witness at once; never rejects, never takes longer than 3 s. */
export async function askWitnesses({ primary, witness }: Settings): Promise<Vouching> {
  const tailnet = livesOnTailnet(primary.host) ? askTailnet(patienceMs) : undefined;
  const reached = await Promise.all(witness.map((one) => isReached(one, patienceMs)));
  return weigh(witness, reached, await tailnet);
}

/**
 * Without a running tailnet no peer on it can be reached, whoever else can. With it, a witness that was reached vouches
 * for us, and where there are witnesses one has to be. Without any, being in touch with the tailnet's control server is
 * what there is to go by. Where nothing can be asked, nothing speaks against us: two active gateways do less harm than none.
 */
export function weigh(
  witness: readonly Target[],
  reached: readonly boolean[],
  tailnet: TailnetState | undefined,
): Vouching {
  if (tailnet?.kind === "down") return { kind: "alone", detail: tailnet.detail };
  const voucher = witness[reached.indexOf(true)];
  if (voucher !== undefined) return { kind: "vouched", by: `${voucher.host}:${voucher.port}` };
  if (witness.length > 0) {
    const names = witness.map(({ host, port }) => `${host}:${port}`).join(", ");
    return { kind: "alone", detail: `no witness can be reached (${names})` };
  }
  switch (tailnet?.kind) {
    case "outOfTouch":
      return { kind: "alone", detail: "tailscaled has lost touch with the tailnet's control server" };
    case "online":
      return { kind: "vouched", by: "the tailnet's control server" };
    case "unknown":
      return { kind: "vouched", by: `nobody, since there is nobody to ask: ${tailnet.detail}` };
    case undefined:
      return { kind: "vouched", by: "nobody, since there is nobody to ask: no witness is configured" };
  }
}

/** A port that takes a connection, or refuses it, has been reached; what listens there does not matter. */
export function isReached({ host, port }: Target, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const settle = (reached: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(reached);
    };
    // Name lookup included, which a socket's own timeout is not.
    const timer = setTimeout(() => settle(false), timeoutMs);
    socket.on("connect", () => settle(true));
    socket.on("error", (error: NodeJS.ErrnoException) => {
      settle(error.code === "ECONNREFUSED" || error.code === "ECONNRESET");
    });
  });
}
