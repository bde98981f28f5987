import { createServer, type IncomingMessage, type Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, expect, test } from "vitest";
import { tailnetDeviceProvider } from "../../../infra/tailnet-device.ts";

const inputs = { hostname: "standby", tags: ["tag:standby"], machineId: "1" };
const standby = {
  nodeId: "n1",
  hostname: "standby",
  name: "standby.example.ts.net",
  addresses: ["fd7a::2", "100.64.0.2"],
  tags: ["tag:standby"],
};

let server: Server;
let asked: string[];
let answer: (request: IncomingMessage) => { status: number; body: unknown };

beforeEach(async () => {
  asked = [];
  answer = () => ({ status: 200, body: { devices: [standby] } });
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.authorization}`);
    const { status, body } = answer(request);
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
});

afterEach(() => server.close());

/** The provider as the engine runs it: written out as text, read back elsewhere, and given the stack's configuration. */
async function asTheEngineRunsIt(limitMs = 200): Promise<pulumi.dynamic.ResourceProvider> {
  const written = tailnetDeviceProvider(10, limitMs);
  const { text } = await pulumi.runtime.serializeFunction(() => written, {});
  const module = { exports: {} as { handler(): pulumi.dynamic.ResourceProvider } };
  new Function("exports", "require", "module", text)(module.exports, createRequire(import.meta.url), module);
  const provider = module.exports.handler();
  const config: Record<string, string> = {
    "tailscale:baseUrl": `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    "tailscale:apiKey": "tskey-api-1",
  };
  const get = (key: string) => config[key];
  await provider.configure?.({ config: { get, require: (key) => get(key)! } });
  return provider;
}

test("finds the device that has joined, with the credentials of the stack's configuration", async () => {
  const provider = await asTheEngineRunsIt();
  const { id, outs } = await provider.create!(inputs);
  expect(id).toBe("n1");
  expect(outs).toMatchObject({ address: "100.64.0.2", fqdn: "standby.example.ts.net" });
  expect(asked).toEqual([`GET /api/v2/tailnet/-/devices Basic ${Buffer.from("tskey-api-1:").toString("base64")}`]);
});

test("waits for a machine that joins later", async () => {
  let looks = 0;
  answer = () => ({ status: 200, body: { devices: ++looks < 3 ? [] : [standby] } });
  const { id } = await (await asTheEngineRunsIt()).create!(inputs);
  expect([id, looks]).toEqual(["n1", 3]);
});

test("does not take a device of the same name that has other tags", async () => {
  answer = () => ({ status: 200, body: { devices: [{ ...standby, tags: ["tag:laptop"] }] } });
  await expect((await asTheEngineRunsIt(30)).create!(inputs)).rejects.toThrow(/has not joined the tailnet/);
});

test("two devices of the same name and tags are told to the owner", async () => {
  answer = () => ({ status: 200, body: { devices: [standby, { ...standby, nodeId: "n2" }] } });
  await expect((await asTheEngineRunsIt()).create!(inputs)).rejects.toThrow(/2 devices called standby \(n1, n2\)/);
});

test("deletes the device, and takes one that is already gone as deleted", async () => {
  answer = () => ({ status: 404, body: { message: "not found" } });
  await (await asTheEngineRunsIt()).delete!("n1", inputs);
  expect(asked[0]).toMatch(/^DELETE \/api\/v2\/device\/n1 /);
});

test("a refused credential is an error with the API's words", async () => {
  answer = () => ({ status: 401, body: { message: "API token invalid" } });
  await expect((await asTheEngineRunsIt()).delete!("n1", inputs)).rejects.toThrow(/401 .*API token invalid/);
});

test("another machine is another device", async () => {
  const provider = await asTheEngineRunsIt();
  const { changes, replaces } = await provider.diff!("n1", inputs, { ...inputs, machineId: "2" });
  expect([changes, replaces]).toEqual([true, ["machineId"]]);
});
