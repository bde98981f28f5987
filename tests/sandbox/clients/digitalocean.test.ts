/**
 * DigitalOcean's own client, pydo, against the cloud daemon's API. Needs no machine and no running sandbox; pip fetches
 * the client the first time (half a minute), later it takes seconds.
 */
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, expect, test } from "vitest";
import { digitalOceanToken, openCloud, type TestCloud } from "../../unit/sandbox-cloud/cloud.ts";
import { ensurePython, type PythonPackage } from "./pypi.ts";

let pydo: PythonPackage;
let cloud: TestCloud;

beforeAll(async () => {
  pydo = await ensurePython("pydo", "0.44.0", console.log);
  const { promise: looked, resolve } = Promise.withResolvers<void>();
  cloud = await openCloud(undefined, (line) => {
    if (/^GET \/v2\/droplets\/\d+ 200$/.test(line)) resolve();
  });
  cloud.machines.takes = looked; // so that the client has seen the droplet while it is made
});
afterAll(() => cloud?.close());

test("pydo finds what it expects of DigitalOcean", async () => {
  const program = join(import.meta.dirname, "digitalocean.py");
  const result = await execa(pydo.python, [program], {
    env: { ...pydo.env, CLOUD_URL: cloud.url, DIGITALOCEAN_TOKEN: digitalOceanToken, NO_PROXY: "127.0.0.1" },
    reject: false,
    timeout: 120_000,
  });
  expect([result.exitCode, result.stdout.split("\n").at(-1)], `${result.stdout}\n${result.stderr}`).toEqual([
    0,
    "ok: nothing is left",
  ]);
});
