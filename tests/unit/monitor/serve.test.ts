import { type IncomingHttpHeaders, request, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { style } from "../../../monitor/page-style.ts";
import { makeServer } from "../../../monitor/serve.ts";
import type { Status } from "../../../monitor/status.ts";
import { makeClock, type VirtualClock } from "../../simulation/clock.ts";
import { sampleStatus } from "./sample-status.ts";

const host = "127.0.0.1";
let clock: VirtualClock;
let server: Server;
let port: number;
let status: Status;
let made: number;
const sockets: Socket[] = [];

beforeEach(async () => {
  clock = makeClock();
  status = sampleStatus;
  made = 0;
  server = makeServer(() => {
    made += 1;
    return status;
  }, clock);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  port = (server.address() as AddressInfo).port;
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  server.close();
});

interface Got {
  code: number;
  headers: IncomingHttpHeaders;
  body: string;
}

function ask(path: string, method = "GET", sent = ""): Promise<Got> {
  return new Promise((resolve, reject) => {
    const asked = request({ host, port, path, method, agent: false }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (chunk) => {
        body += chunk;
      });
      response.on("end", () => resolve({ code: response.statusCode ?? 0, headers: response.headers, body }));
    });
    asked.on("error", reject);
    asked.end(sent);
  });
}

/** Opens a connection, says something, and collects what comes back until it is hung up. */
function talk(words: string): { socket: Socket; answered: Promise<string> } {
  const socket = connect({ host, port });
  sockets.push(socket);
  let heard = "";
  const answered = new Promise<string>((resolve) => {
    socket.on("data", (chunk) => {
      heard += chunk;
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve(heard));
  });
  socket.write(words);
  return { socket, answered };
}

describe("what is asked for is answered", () => {
  test("/healthz in short, for a program", async () => {
    const { code, body } = await ask("/healthz");
    expect([code, JSON.parse(body)]).toEqual([200, { ok: true, role: "active", primary: "healthy" }]);
  });

  test("/healthz is 503 when the watch stands still", async () => {
    status = { ...sampleStatus, monitor: { ...sampleStatus.monitor, alive: false } };
    const { code, body } = await ask("/healthz");
    expect([code, JSON.parse(body)]).toEqual([503, { ok: false, role: "active", primary: "healthy" }]);
  });

  test("/status as JSON, whole", async () => {
    const { headers, body } = await ask("/status?pretty");
    expect(headers["content-type"]).toBe("application/json");
    expect(JSON.parse(body)).toEqual(sampleStatus);
  });

  test("/metrics in Prometheus' format", async () => {
    const { headers, body } = await ask("/metrics");
    expect(headers["content-type"]).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(body).toContain('openclaw_standby_role{role="active"} 1\n');
  });

  test("/ as a page", async () => {
    const { headers, body } = await ask("/");
    expect(headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(body).toContain("<h1>Active");
  });

  test("HEAD without the body", async () => {
    const { code, headers, body } = await ask("/", "HEAD");
    expect(code).toBe(200);
    expect(Number(headers["content-length"])).toBeGreaterThan(5_000);
    expect(body).toBe("");
  });
});

describe("nothing else is", () => {
  test.each(["/favicon.ico", "/status/", "/../etc/passwd", "/__proto__", "/constructor"])("%s is 404", async (path) => {
    expect((await ask(path)).code).toBe(404);
  });

  test.each(["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])("%s is 405", async (method) => {
    const { code, headers } = await ask("/status", method, method === "POST" ? "x".repeat(1_000) : "");
    expect([code, headers.allow]).toEqual([405, "GET, HEAD"]);
    expect(made).toBe(0);
  });
});

test.each(["/", "/status", "/metrics", "/healthz", "/nothing"])(
  "%s lets a browser do nothing more with it",
  async (path) => {
    const { headers } = await ask(path);
    expect(headers).toMatchObject({
      "cache-control": "no-store",
      "content-security-policy": expect.stringMatching(/^default-src 'none'; style-src 'sha256-[\w+/]{43}='; /),
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
    });
    expect(headers).not.toHaveProperty("access-control-allow-origin");
  },
);

test("the one style sheet that is allowed is the page's own", async () => {
  const { headers, body } = await ask("/");
  const { createHash } = await import("node:crypto");
  const inPage = /<style>([\s\S]*?)<\/style>/.exec(body)![1]!;
  expect(inPage).toBe(style);
  expect(headers["content-security-policy"]).toContain(createHash("sha256").update(inPage).digest("base64"));
});

test("however often it is asked for, an answer is made once a second", async () => {
  for (let count = 0; count < 5; count += 1) await ask("/");
  expect(made).toBe(1);
  clock.runUntil(1_000);
  await ask("/");
  expect(made).toBe(2);
});

test("a mistake of ours is an answer, not the end of the watch", async () => {
  status = {} as Status;
  expect(await ask("/")).toMatchObject({ code: 500, body: expect.stringContaining("could not be told") });
});

describe("hung up on", () => {
  test("is who never comes to the point", async () => {
    const connected = new Promise((resolve) => server.once("connection", resolve));
    const { answered } = talk("GET / HTTP/1.1\r\nx: ");
    await connected;
    clock.runUntil(10_000);
    expect(await answered).toBe("");
  });

  test("is who does not speak HTTP", async () => {
    expect(await talk("SSH-2.0-OpenSSH_10.0\r\n").answered).toBe("");
  });

  test("is who has headers without end", async () => {
    expect(await talk(`GET / HTTP/1.1\r\nx: ${"y".repeat(100_000)}\r\n`).answered).toBe("");
  });

  test("is who wants to speak something else", async () => {
    const words = "GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n";
    expect(await talk(words).answered).toBe("");
    expect(await talk("CONNECT example.org:443 HTTP/1.1\r\nhost: x\r\n\r\n").answered).toBe("");
  });

  test("is who has had an answer, whatever else comes", async () => {
    const heard = await talk("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\nbody").answered;
    expect(heard).toMatch(/^HTTP\/1\.1 405 /);
    expect(heard.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });

  test("is the seventeenth of those who wait", async () => {
    let connections = 0;
    const full = new Promise<void>((resolve) => {
      server.on("connection", () => {
        connections += 1;
        if (connections === 16) resolve();
      });
    });
    for (let count = 0; count < 16; count += 1) talk("GET ");
    await full;
    expect(await talk("GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").answered).toBe("");
    clock.runUntil(10_000);
    await expect
      .poll(() =>
        ask("/healthz").then(
          ({ code }) => code,
          () => 0,
        ),
      )
      .toBe(200);
  });
});
