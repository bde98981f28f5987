import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { probe } from "../../../monitor/probe.ts";

const host = "127.0.0.1";
const timeoutMs = 300;
const open: { server: Server; sockets: Set<Socket> }[] = [];

/** Every server of a test, hung connections included, ends with it. */
async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket.on("error", () => {})));
  open.push({ server, sockets });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return (server.address() as AddressInfo).port;
}

afterEach(() => {
  for (const { server, sockets } of open.splice(0)) {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
});

const http = (answer: (request: IncomingMessage, response: ServerResponse) => void) => listen(createServer(answer));
const tcp = (talk: (socket: Socket) => void) => listen(createTcpServer(talk));
const ask = async (port: number) => probe({ host, port }, timeoutMs);

/** A gateway as OpenClaw 2026.9.6 answers. */
const gateway = (readyz: [number, object], startupz: [number, object]) =>
  http((request, response) => {
    const [status, body] = request.url === "/readyz" ? readyz : startupz;
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });

describe("a gateway that speaks for itself", () => {
  test("ready is healthy, with its latency", async () => {
    const port = await gateway([200, { ready: true }], [200, { ok: true, status: "started" }]);
    expect(await ask(port)).toMatchObject({ kind: "healthy", latencyMs: expect.any(Number) });
  });

  test.each([
    ["starting", { kind: "starting" }],
    ["draining", { kind: "draining" }],
  ])("not ready and %s", async (status, expected) => {
    const port = await gateway([503, { ready: false }], [503, { ok: false, status }]);
    expect(await ask(port)).toEqual(expected);
  });

  test("not ready though started is degraded, and says what fails", async () => {
    const port = await gateway(
      [503, { ready: false, failing: ["irc:default"] }],
      [200, { ok: true, status: "started" }],
    );
    expect(await ask(port)).toEqual({ kind: "degraded", detail: "failing irc:default" });
  });
});

describe("answers that are none", () => {
  test("a page with status 200 is a wrong answer", async () => {
    const port = await http((_, response) => response.end("<!doctype html><title>OpenClaw</title>"));
    expect(await ask(port)).toMatchObject({ kind: "wrongAnswer", detail: expect.stringContaining("<!doctype html>") });
  });

  test("status 200 that does not say ready is a wrong answer", async () => {
    const port = await http((_, response) => response.end('{"ok":true}'));
    expect(await ask(port)).toMatchObject({ kind: "wrongAnswer" });
  });

  test.each(["{not json", "null", "[]", '"ready"', ""])("the body %j is a wrong answer", async (body) => {
    const port = await http((_, response) => response.end(body));
    expect(await ask(port)).toMatchObject({ kind: "wrongAnswer" });
  });

  test("a redirect is a wrong answer and is not followed", async () => {
    let asked = 0;
    const port = await http((_, response) => {
      asked += 1;
      response.writeHead(302, { location: `http://${host}/elsewhere` }).end();
    });
    expect(await ask(port)).toMatchObject({ kind: "wrongAnswer", detail: expect.stringContaining("status 302") });
    expect(asked).toBe(1);
  });

  test("a body without end is cut off at 64 KiB", async () => {
    let sent = 0;
    const port = await http((_, response) => {
      const more = () => {
        while (!response.destroyed && response.write("x".repeat(16_384))) sent += 16_384;
      };
      response.on("drain", more);
      more();
    });
    expect(await ask(port)).toEqual({ kind: "wrongAnswer", detail: "/readyz: more than 64 KiB" });
    expect(sent).toBeLessThan(16 * 1024 * 1024);
  });

  test("something that does not speak HTTP is a wrong answer", async () => {
    const port = await tcp((socket) => socket.write("SSH-2.0-OpenSSH_10.0\r\n"));
    expect(await ask(port)).toMatchObject({ kind: "wrongAnswer", detail: expect.stringContaining("not HTTP") });
  });

  test("headers without end are a wrong answer", async () => {
    const port = await tcp((socket) => socket.write(`HTTP/1.1 200 OK\r\nx: ${"y".repeat(100_000)}\r\n`));
    expect(await ask(port)).toMatchObject({ kind: "wrongAnswer" });
  });
});

describe("silence", () => {
  const inTime = async (port: number) => {
    const startedAt = performance.now();
    const seen = await ask(port);
    expect(performance.now() - startedAt).toBeLessThan(timeoutMs + 200);
    return seen;
  };

  test("a process that takes the connection and never answers", async () => {
    expect(await inTime(await tcp(() => {}))).toEqual({ kind: "timedOut", afterMs: timeoutMs });
  });

  test("headers, and then nothing", async () => {
    const port = await http((_, response) => response.writeHead(200).flushHeaders());
    expect(await inTime(port)).toEqual({ kind: "timedOut", afterMs: timeoutMs });
  });

  test("a byte now and then does not buy time", async () => {
    const port = await http((_, response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write(" "), 20);
      response.on("close", () => clearInterval(timer));
    });
    expect(await inTime(port)).toEqual({ kind: "timedOut", afterMs: timeoutMs });
  });

  test("the second question shares the time of the first", async () => {
    const port = await http((request, response) => {
      if (request.url === "/readyz") setTimeout(() => response.writeHead(503).end('{"ready":false}'), 200);
    });
    expect(await inTime(port)).toEqual({ kind: "timedOut", afterMs: timeoutMs });
  });
});

describe("nobody there", () => {
  test("a closed port is refused", async () => {
    const port = await tcp(() => {});
    open.pop()!.server.close();
    expect(await ask(port)).toEqual({ kind: "refused", detail: "connection refused" });
  });

  test("a connection that is reset is refused", async () => {
    const port = await tcp((socket) => socket.once("data", () => socket.resetAndDestroy()));
    expect(await ask(port)).toEqual({ kind: "refused", detail: "connection reset" });
  });

  test("hanging up without a word is refused", async () => {
    const port = await tcp((socket) => socket.once("data", () => socket.end()));
    expect(await ask(port)).toMatchObject({ kind: "refused" });
  });

  test("hanging up in the middle of a body is refused, never half an answer", async () => {
    const port = await http((_, response) => {
      response.writeHead(200, { "content-length": 100 });
      response.write('{"ready":true}', () => response.destroy());
    });
    expect(await ask(port)).toMatchObject({ kind: "refused" });
  });

  test("a name that nobody knows is unreachable: no word from its machine", async () => {
    expect((await probe({ host: "no-such-host.invalid", port: 1 }, 5_000)).kind).toMatch(/unreachable|networkDown/);
  });
});
