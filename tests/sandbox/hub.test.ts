/**
 * The hub, as machines and the owner see it from outside. Needs root; makes the images the first time (minutes), then
 * takes ten seconds. Replaces the hub of a sandbox that runs in this checkout.
 */
import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { joinAsOwner } from "../../sandbox/ask.ts";
import { createJoinKey, type Hub, readHub, startHub } from "../../sandbox/hub/hub.ts";
import { ensureImage } from "../../sandbox/machines/image.ts";
import { destroyMachine, listMachines } from "../../sandbox/machines/machine.ts";
import { networkDown, networkUp } from "../../sandbox/machines/network.ts";
import { stateDir } from "../../sandbox/paths.ts";

let hub: Hub;
let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "hub-test-"));
  await destroyMachine("hub");
  await networkUp();
  await ensureImage("debian-13", console.log);
  hub = await startHub(console.log);
}, 900_000);

afterAll(async () => {
  await destroyMachine("hub");
  if (listMachines().length === 0) await networkDown();
  await rm(dir, { recursive: true, force: true });
});

test("what opens the hub is kept for its owner alone", async () => {
  expect((await stat(join(stateDir, "hub.json"))).mode & 0o777).toBe(0o600);
  expect(await readHub()).toEqual(hub);
});

describe("the tailnet's control server", () => {
  const get = (path: string, headers: Record<string, string>) =>
    new Promise<{ status: number; body: string }>((resolve, reject) => {
      request(`${hub.tailnet.url}${path}`, { ca: hub.tailnet.caPem, headers }, async (response) => {
        resolve({ status: response.statusCode ?? 0, body: (await response.toArray()).join("") });
      })
        .on("error", reject)
        .end();
    });

  test("proves itself to those who trust the sandbox's authority", async () => {
    expect(await get("/health", {})).toEqual({ status: 200, body: '{"status":"pass"}\n' });
  });

  test("takes the API key, and nothing without it", async () => {
    const { status, body } = await get("/api/v1/user", { authorization: `Bearer ${hub.tailnet.apiKey}` });
    expect([status, JSON.parse(body).users[0].name]).toEqual([200, "owner"]);
    expect((await get("/api/v1/user", {})).status).toBe(401);
  });

  test("hands out keys to join with", async () => {
    expect(await createJoinKey(hub, "tag:standby")).toMatch(/^[0-9a-f]{48}$/);
  });
});

test("packages come signed with the key that the hub names", async () => {
  await writeFile(join(dir, "key.asc"), hub.apt.keyAsc);
  for (const release of ["tailscale/dists/trixie", "node/dists/nodistro"]) {
    const signed = await (await fetch(`${hub.apt.url}/${release}/InRelease`)).text();
    const gpg = ["--homedir", dir, "--batch", "--no-autostart"];
    await execa("gpg", [...gpg, "--import", join(dir, "key.asc")]);
    const { stderr } = await execa("gpg", [...gpg, "--status-fd", "2", "--verify"], { input: signed });
    expect(stderr).toContain(`VALIDSIG ${hub.apt.fingerprint}`);
  }
});

test("the workspace is cloned and pushed to with the deploy key, and no shell comes with it", async () => {
  const [key, knownHosts] = [join(dir, "deploy_key"), join(dir, "known_hosts")];
  await writeFile(key, hub.git.deployKey.privateKey, { mode: 0o600 });
  await writeFile(knownHosts, `${hub.ipv4} ${hub.git.hostKey}\n`);
  const ssh = ["-i", key, "-o", "IdentitiesOnly=yes", "-o", `UserKnownHostsFile=${knownHosts}`, "-o", "BatchMode=yes"];
  const env = { GIT_SSH_COMMAND: ["ssh", ...ssh].join(" ") };
  const git = (...args: string[]) => execa("git", ["-C", dir, ...args], { env });
  await git("clone", "-q", hub.git.url, "workspace");
  expect((await readdir(join(dir, "workspace"))).sort()).toEqual([".git", "AGENTS.md", "README.md"]);
  const author = ["-c", "user.name=Test", "-c", "user.email=test@localhost"];
  await git("-C", "workspace", ...author, "commit", "-q", "--allow-empty", "-m", "From the test");
  await git("-C", "workspace", "push", "-q");
  const shell = await execa("ssh", [...ssh, `git@${hub.ipv4}`, "id"], { reject: false });
  expect(shell.exitCode).not.toBe(0);
});

test("the owner is told when a gateway is not on IRC", async () => {
  const owner = await joinAsOwner(hub);
  await expect(owner.ask("a-nick-of-24-letters-abc", "are you there?", 1000)).rejects.toThrow("was not on IRC");
  await owner.leave();
});

test("the model says what it heard, and from where", async () => {
  const response = await fetch(`${hub.model.baseUrl}/chat/completions`, {
    method: "POST",
    body: JSON.stringify({ model: hub.model.id, messages: [{ role: "user", content: "hello" }] }),
  });
  expect(((await response.json()) as { choices: unknown[] }).choices[0]).toMatchObject({
    message: { content: "Heard from 198.51.100.1: hello" },
  });
});
