/**
 * Tailscale's own Go client against the cloud daemon's API over a real headscale, with a device that is a real
 * tailscaled. Needs no machine, no root and no running sandbox; compiles the first time (minutes), later takes seconds.
 */
import { execa } from "execa";
import { afterAll, beforeAll, expect, test } from "vitest";
import { oauth, openCloud, type TestCloud, tailscaleApiKey } from "../../unit/sandbox-cloud/cloud.ts";
import { ensureTailscaleClient } from "./go-client.ts";
import { startTailnet, type Tailnet } from "./tailnet.ts";

let program: string;
let tailnet: Tailnet;
let cloud: TestCloud;

beforeAll(async () => {
  program = await ensureTailscaleClient(console.log);
  tailnet = await startTailnet();
  cloud = await openCloud(tailnet.headscale);
}, 900_000);
afterAll(async () => {
  await cloud?.close();
  await tailnet?.close();
});

/** Runs the client. @returns the last line that it printed. */
async function client(...args: string[]): Promise<string | undefined> {
  const result = await execa(program, args, {
    env: {
      CLOUD_URL: cloud.url,
      TAILSCALE_API_KEY: tailscaleApiKey,
      OAUTH_CLIENT_ID: oauth.clientId,
      OAUTH_CLIENT_SECRET: oauth.clientSecret,
    },
    reject: false,
    timeout: 60_000,
  });
  expect(result.exitCode, `${result.stdout}\n${result.stderr}`).toBe(0);
  return result.stdout.split("\n").at(-1);
}

test("the client finds what it expects of Tailscale: credentials and auth keys", async () => {
  expect(await client("keys")).toBe("ok: a tag that is none is a 400");
});

test("a machine joins with a key of the client's, once, and is a device that the client can take off again", async () => {
  const key = (await client("key"))!;
  await tailnet.join("standby", key);
  await expect(tailnet.join("impostor", key)).rejects.toThrow(/did not join/);
  expect(await client("devices", "standby")).toBe("ok: no device is left");
});
