import { mkdtempSync, rmSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { askTailnet, readTailnet, type TailnetState } from "../../../monitor/tailnet.ts";
import { isReached, weigh } from "../../../monitor/witness.ts";

const host = "127.0.0.1";
const witness = [
  { host: "100.64.0.9", port: 22 },
  { host: "192.0.2.1", port: 443 },
];
let server: Server | undefined;
afterEach(() => server?.close());

describe("who vouches that it is not we who are cut off", () => {
  test.each<[string, boolean[], TailnetState | undefined, object]>([
    ["one witness of two", [false, true], { kind: "online" }, { kind: "vouched", by: "192.0.2.1:443" }],
    ["a witness, without the control server", [true, false], { kind: "outOfTouch" }, { kind: "vouched" }],
    [
      "a witness, with nothing known of the tailnet",
      [true, false],
      { kind: "unknown", detail: "" },
      { kind: "vouched" },
    ],
    [
      "no witness",
      [false, false],
      { kind: "online" },
      { kind: "alone", detail: expect.stringContaining("192.0.2.1:443") },
    ],
    ["a witness elsewhere while the tailnet is down", [false, true], { kind: "down", detail: "x" }, { kind: "alone" }],
    ["no witness, outside a tailnet", [false, false], undefined, { kind: "alone" }],
  ])("%s", (_, reached, tailnet, expected) => {
    expect(weigh(witness, reached, tailnet)).toMatchObject(expected);
  });

  test.each<[TailnetState | undefined, string]>([
    [{ kind: "online" }, "vouched"],
    [{ kind: "outOfTouch" }, "alone"],
    [{ kind: "down", detail: 'tailscaled says "NeedsLogin"' }, "alone"],
    [{ kind: "unknown", detail: "no socket" }, "vouched"],
    [undefined, "vouched"],
  ])("without a witness in the configuration, the tailnet: %j is %s", (tailnet, kind) => {
    expect(weigh([], [], tailnet).kind).toBe(kind);
  });
});

describe("a witness is reached", () => {
  const listen = async () => {
    server = createServer();
    await new Promise<void>((resolve) => server!.listen(0, host, resolve));
    return { host, port: (server.address() as AddressInfo).port };
  };

  test("when it takes a connection", async () => {
    expect(await isReached(await listen(), 1_000)).toBe(true);
  });

  test("when it refuses one: its machine has answered", async () => {
    const target = await listen();
    server!.close();
    expect(await isReached(target, 1_000)).toBe(true);
  });

  test("not when nobody knows its name", async () => {
    expect(await isReached({ host: "no-such-host.invalid", port: 1 }, 1_000)).toBe(false);
  });
});

describe("what tailscaled says of itself", () => {
  test.each<[Record<string, unknown>, TailnetState["kind"]]>([
    [{ BackendState: "Running", Self: { Online: true } }, "online"],
    [{ BackendState: "Running", Self: { Online: false } }, "outOfTouch"],
    [{ BackendState: "Running" }, "outOfTouch"],
    [{ BackendState: "NeedsLogin", Self: null }, "down"],
    [{}, "unknown"],
  ])("%j is %s", (status, kind) => {
    expect(readTailnet(status).kind).toBe(kind);
  });

  test("is asked over its socket, in its own name, and without the list of peers", async () => {
    const dir = mkdtempSync(join(tmpdir(), "tailscaled-"));
    const path = join(dir, "tailscaled.sock");
    const asked: unknown[] = [];
    server = createHttpServer((request, response) => {
      asked.push(request.headers.host, request.url);
      response.end('{"BackendState":"Running","Self":{"Online":true}}');
    });
    await new Promise<void>((resolve) => server!.listen(path, resolve));
    expect(await askTailnet(1_000, path)).toEqual({ kind: "online" });
    expect(asked).toEqual(["local-tailscaled.sock", "/localapi/v0/status?peers=false"]);
    rmSync(dir, { recursive: true });
  });

  test("a machine without tailscaled says nothing, in words", async () => {
    expect(await askTailnet(1_000, "/nonexistent/tailscaled.sock")).toMatchObject({ kind: "unknown" });
  });
});
