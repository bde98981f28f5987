import { createServer, get, type Server } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import type { NetworkInterfaceInfo } from "node:os";
import { afterEach, beforeEach, expect, test } from "vitest";
import { keepListening, type Listener, ownTailnetAddresses } from "../../../monitor/listen.ts";
import { makeClock, type VirtualClock } from "../../simulation/clock.ts";

let clock: VirtualClock;
let said: string[];
let addresses: string[];
let port: number;
let listener: Listener | undefined;

beforeEach(async () => {
  clock = makeClock();
  said = [];
  addresses = [];
  port = await freePort();
});
afterEach(() => listener?.stop());

async function freePort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port: free } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return free;
}

const start = () => {
  const makeServer = (): Server => createServer((_, response) => response.setHeader("connection", "close").end("here"));
  listener = keepListening(makeServer, port, { clock, say: (_, text) => said.push(text) }, () => addresses);
};
const looks = () => clock.runUntil(clock.nowMs() + 5_000);
const listening = (...expected: string[]) => expect.poll(() => listener!.addresses()).toEqual(expected);

function asked(host: string): Promise<string> {
  return new Promise((resolve) => {
    get({ host, port, agent: false }, (response) => response.setEncoding("utf8").on("data", resolve)).on(
      "error",
      (error) => resolve((error as NodeJS.ErrnoException).code ?? ""),
    );
  });
}

test("an address that comes late is served when it is there", async () => {
  start();
  expect(await asked("127.0.0.2")).toBe("ECONNREFUSED");
  addresses = ["127.0.0.2"];
  looks();
  await listening("127.0.0.2");
  expect(await asked("127.0.0.2")).toBe("here");
  expect(await asked("127.0.0.1")).toBe("ECONNREFUSED");
  expect(said).toEqual([`The status is served at http://127.0.0.2:${port}/`]);
});

test("when the address changes, so does the service, and each is told once", async () => {
  addresses = ["127.0.0.2"];
  start();
  await listening("127.0.0.2");
  addresses = ["127.0.0.3"];
  looks();
  await listening("127.0.0.3");
  looks();
  expect(await asked("127.0.0.2")).toBe("ECONNREFUSED");
  expect(await asked("127.0.0.3")).toBe("here");
  expect(said).toEqual([
    `The status is served at http://127.0.0.2:${port}/`,
    "This machine no longer has the address 127.0.0.2; the status is not served there any more.",
    `The status is served at http://127.0.0.3:${port}/`,
  ]);
});

test("a port that is taken is tried again, and told once", async () => {
  const other = createTcpServer();
  await new Promise<void>((resolve) => other.listen(port, "127.0.0.2", resolve));
  addresses = ["127.0.0.2"];
  start();
  await expect.poll(() => said).toEqual([expect.stringContaining("EADDRINUSE. Next: again every 5 s.")]);
  looks();
  await new Promise((resolve) => other.close(resolve));
  await expect
    .poll(() => {
      looks();
      return listener!.addresses();
    })
    .toEqual(["127.0.0.2"]);
  expect(said.slice(1)).toEqual([expect.stringContaining("works again"), expect.stringContaining("is served at")]);
});

const one = (address: string, cidr: string): NetworkInterfaceInfo[] => [
  { address, cidr, netmask: "", mac: "", internal: false, family: "IPv4" },
];

test("a tailnet address is one of Tailscale's ranges that is alone in its network", () => {
  const interfaces = {
    lo: one("127.0.0.1", "127.0.0.1/8"),
    eth0: one("203.0.113.5", "203.0.113.5/20"),
    // A provider's own network of that range: its other customers must not be served.
    eth1: one("100.70.0.5", "100.70.0.5/16"),
    tailscale0: [...one("100.101.102.103", "100.101.102.103/32"), ...one("fd7a:115c:a1e0::1", "fd7a:115c:a1e0::1/128")],
  };
  expect(ownTailnetAddresses(interfaces)).toEqual(["100.101.102.103", "fd7a:115c:a1e0::1"]);
});
