import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { deliver } from "../../../monitor/webhook.ts";

const payload = { method: "POST", headers: { title: "standby" }, body: "größer" } as const;
let server: Server | undefined;
afterEach(() => server?.close());

async function receiver(answer: RequestListener): Promise<string> {
  server = createServer(answer);
  await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/secret-path?token=secret-token`;
}

test("a message arrives whole, with its headers", async () => {
  const arrived: { headers: IncomingHttpHeaders; body: string }[] = [];
  const url = await receiver((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      arrived.push({ headers: request.headers, body });
      response.writeHead(204).end();
    });
  });
  expect(await deliver(url, payload)).toEqual({ ok: true });
  expect(arrived).toMatchObject([{ headers: { title: "standby", "content-length": "8" }, body: "größer" }]);
});

test.each([301, 404, 410, 500])("status %i is trouble, and is not followed", async (status) => {
  const url = await receiver((_, response) => response.writeHead(status, { location: "/elsewhere" }).end());
  expect(await deliver(url, payload)).toEqual({ ok: false, status, trouble: `status ${status}` });
});

test.each([
  ["", "holds no URL"],
  ["secret-host/secret-path", "holds no URL"],
  ["http://127.0.0.1:1/secret-path?secret-token", "connection refused"],
  ["http://secret-host.invalid/secret-path", "its name"],
  ["https://127.0.0.1:1/secret-path", "connection refused"],
  ["ftp://secret-host/", "neither http:// nor https://"],
  ["http://secret:secret@127.0.0.1:1/", "connection refused"],
])("%j is trouble in words that do not tell it", async (url, words) => {
  const delivery = await deliver(url, payload);
  expect(delivery).toMatchObject({ ok: false, status: 0, trouble: expect.stringContaining(words) });
  expect(JSON.stringify(delivery)).not.toContain("secret");
});

test("what hangs up is trouble in words that do not tell it", async () => {
  const url = await receiver((request) => request.socket.destroy());
  expect(await deliver(url, payload)).toEqual({ ok: false, status: 0, trouble: "connection reset" });
});

test("what never answers is given up", async () => {
  const url = await receiver((request) => request.resume());
  expect(await deliver(url, payload, 100)).toEqual({ ok: false, status: 0, trouble: "no answer within 0.1 s" });
  server?.closeAllConnections();
});
