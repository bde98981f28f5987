import type { Server } from "node:http";
import { networkInterfaces } from "node:os";
import type { Clock } from "./clock.ts";
import type { Say } from "./journal.ts";
import { isTailnetAddress } from "./network.ts";
import { makeOutage, type Outage } from "./outage.ts";

/** How often the addresses of this machine are looked at: a tailnet may come late, go, and give out another address. */
const lookEveryMs = 5_000;

export interface Listener {
  /** The addresses that it is reached at now. */
  addresses(): string[];
  stop(): void;
}

/**
 * Keeps a server on every address that `wanted` names, and on no other: binds when one appears, lets go when it is
 * gone, tries again when it could not be bound. Each change is told once.
 */
export function keepListening(
  makeServer: () => Server,
  port: number,
  { clock, say }: { clock: Clock; say: Say },
  wanted: () => string[] = ownTailnetAddresses,
): Listener {
  const open = new Map<string, { server: Server; listening: boolean }>();
  const troubles = new Map<string, Outage>();
  let cancel = () => {};
  look();

  function look(): void {
    cancel = clock.after(lookEveryMs, look);
    const now = wanted();
    for (const address of open.keys()) if (!now.includes(address)) letGo(address);
    for (const address of troubles.keys()) if (!now.includes(address)) troubles.delete(address);
    for (const address of now) if (!open.has(address)) bind(address);
  }

  function bind(address: string): void {
    const server = makeServer();
    const entry = { server, listening: false };
    const trouble = troubles.get(address) ?? makeOutage(`The status page on ${address}:${port}`, clock, say);
    troubles.set(address, trouble);
    open.set(address, entry);
    server.on("error", (error: NodeJS.ErrnoException) => {
      if (open.get(address) === entry) open.delete(address);
      server.close();
      trouble.trouble(`cannot be served: ${error.code ?? error.message}. Next: again every ${lookEveryMs / 1000} s.`);
    });
    server.listen({ host: address, port, ipv6Only: true }, () => {
      entry.listening = true;
      trouble.works();
      say("info", `The status is served at ${urlOf(address, port)}`);
    });
  }

  function letGo(address: string): void {
    close(address);
    say("notice", `This machine no longer has the address ${address}; the status is not served there any more.`);
  }

  function close(address: string): void {
    const entry = open.get(address);
    open.delete(address);
    entry?.server.close();
    entry?.server.closeAllConnections();
  }

  return {
    addresses: () => [...open].filter(([, { listening }]) => listening).map(([address]) => address),
    stop() {
      cancel();
      for (const address of [...open.keys()]) close(address);
    },
  };
}

function urlOf(address: string, port: number): string {
  return `http://${address.includes(":") ? `[${address}]` : address}:${port}/`;
}

/**
 * The addresses that the tailnet gave this machine. Some providers use 100.64.0.0/10 for networks of their own, on
 * which nobody must be served: a tailnet address is the only one of its network.
 */
export function ownTailnetAddresses(interfaces = networkInterfaces()): string[] {
  return Object.values(interfaces)
    .flatMap((all) => all ?? [])
    .filter(({ address, cidr }) => isTailnetAddress(address) && (cidr?.endsWith("/32") || cidr?.endsWith("/128")))
    .map(({ address }) => address);
}
