import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, get, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundleMonitor, sourceHash } from "../../../monitor/bundle.ts";

let dir: string;
let primary: Server;
let monitor: ChildProcess;
const journal: { event: string; text: string }[] = [];

/** The monitor that ships, as a process, over a primary that is healthy; there is no systemd for it here. */
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "monitor-run-"));
  primary = createServer((_, response) => response.end('{"ready":true}'));
  const host = "127.0.0.1";
  const port = await listening(primary);
  const config = { primary: { host, port }, journal: "json", status: { host, port: await freePort() } };
  writeFileSync(join(dir, "monitor.json"), JSON.stringify(config));
  writeFileSync(join(dir, "monitor.mjs"), await bundleMonitor());
  const { JOURNAL_STREAM: _, NOTIFY_SOCKET: __, ...env } = process.env;
  monitor = spawn(process.execPath, ["--jitless", join(dir, "monitor.mjs"), "run", join(dir, "monitor.json")], {
    env: { ...env, RUNTIME_DIRECTORY: dir, STATE_DIRECTORY: dir },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let unread = "";
  monitor.stdout!.setEncoding("utf8").on("data", (chunk) => {
    const lines = `${unread}${chunk}`.split("\n");
    unread = lines.pop()!;
    journal.push(...lines.map((line) => JSON.parse(line)));
  });
});
afterAll(() => {
  monitor.kill("SIGKILL");
  primary.close();
  rmSync(dir, { recursive: true });
});

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listening(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const told = (words: string) =>
  expect.poll(() => journal.map(({ text }) => text)).toContainEqual(expect.stringContaining(words));

function read(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (chunk) => {
        body += chunk;
      });
      response.on("end", () => resolve(body));
    }).on("error", reject);
  });
}

test("the monitor serves its status, writes JSON to its journal, and ends when it is told to", async () => {
  await told("The status is served at http://127.0.0.1:");
  await told("The primary is healthy");
  const url = /http:\S+/.exec(journal.find(({ text }) => text.includes("served at"))!.text)![0];
  const health = { ok: true, role: "unknown", promotionFailing: false, paused: false, isolated: false };
  expect(JSON.parse(await read(`${url}healthz`))).toEqual({ ...health, primary: "healthy" });
  expect(await read(`${url}metrics`)).toContain(`openclaw_standby_build_info{source="${sourceHash()}"`);
  expect(await read(url)).toContain("<h1>Not known yet");
  const ended = new Promise((resolve) => monitor.on("exit", resolve));
  monitor.kill("SIGTERM");
  expect(await ended).toBe(0);
  expect(journal.at(-1)!.text).toContain("Stopping on SIGTERM");
});
