import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { post } from "../../../monitor/webhook.ts";

const message = { event: "promoted", host: "standby", at: "2026-11-24T03:00:00.000Z", text: "PROMOTED" };
let server: Server | undefined;
afterEach(() => server?.close());

async function receiver(status: number): Promise<{ url: string; bodies: string[] }> {
  const bodies: string[] = [];
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      bodies.push(body);
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, bodies };
}

test("a message arrives as JSON, with the words where Slack and Discord look for them", async () => {
  const { url, bodies } = await receiver(204);
  expect(await post(url, message)).toBeUndefined();
  expect(JSON.parse(bodies[0]!)).toEqual({ ...message, content: "PROMOTED" });
});

test("a webhook that refuses is trouble in words", async () => {
  const { url } = await receiver(410);
  expect(await post(url, message)).toBe("status 410");
});

test.each(["", "not a url", "http://127.0.0.1:1/", "ftp://127.0.0.1/"])(
  "%j is trouble in words, never an exception",
  async (url) => {
    expect(await post(url, message)).toEqual(expect.any(String));
  },
);
