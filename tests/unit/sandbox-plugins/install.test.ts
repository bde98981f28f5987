import { access, constants, mkdir, mkdtemp, readdir, readFile, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { repoDir } from "../../../sandbox/paths.ts";
import { installPlugins } from "../../../sandbox/plugins/install.ts";

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "plugins-"));
  vi.stubEnv("HOME", home);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(home, { recursive: true });
});

const names = ["command", "digitalocean", "random", "tailscale", "tls"];
const folderOf = async (name: string) => {
  const text = await readFile(join(repoDir, `node_modules/@pulumi/${name}/package.json`), "utf8");
  return `resource-${name}-v${(JSON.parse(text) as { version: string }).version}`;
};

test("stand-ins lie where the engine looks for the plugins of the SDKs, and can be run", async () => {
  await installPlugins(join(home, "pulumi"));
  const folders = await Promise.all(names.map(folderOf));
  expect((await readdir(join(home, "pulumi/plugins"))).sort()).toEqual(folders);
  for (const [index, name] of names.entries()) {
    const launcher = join(home, "pulumi/plugins", folders[index]!, `pulumi-resource-${name}`);
    await access(launcher, constants.X_OK);
    expect(await readFile(launcher, "utf8")).toContain(join(repoDir, `sandbox/plugins/${name}.ts`));
  }
});

test("a genuine plugin of that version, where this user has it, is used instead, also after a stand-in was", async () => {
  await installPlugins(join(home, "pulumi"));
  const folder = await folderOf("tls");
  const genuine = join(home, ".pulumi/plugins", folder);
  await mkdir(genuine, { recursive: true });
  await installPlugins(join(home, "pulumi"));
  expect(await readlink(join(home, "pulumi/plugins", folder))).toBe(genuine);
});
