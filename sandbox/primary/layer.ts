import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ensureAptRepository } from "../build/apt.ts";
import type { Log } from "../build/log.ts";
import { installPackages } from "../guest/apt-source.ts";
import { type Exec, run, shell, waitForBoot, writeFile } from "../guest/exec.ts";
import { serveFolders } from "../guest/folder-server.ts";
import { ensureLayer } from "../machines/image.ts";
import { hostIpv4 } from "../machines/names.ts";

/** What the primary runs. The plugin's newest release is older than the gateway's: they are numbered apart. */
export const openclawVersions = { openclaw: "2026.9.6", ircPlugin: "2026.9.5" } as const;

const unitFile = join(import.meta.dirname, "guest", "openclaw.service");

/** Makes the layer "primary" over debian-13: Tailscale, Node, OpenClaw and its IRC plugin, installed and never started. */
export async function ensurePrimaryLayer(log: Log): Promise<void> {
  const apt = await ensureAptRepository(log);
  const unit = await readFile(unitFile, "utf8");
  const provision = async (exec: Exec) => {
    await waitForBoot(exec, 60_000);
    const server = await serveFolders({ packages: apt.dir }, hostIpv4);
    try {
      // A machine of the sandbox tells no one outside about itself.
      await writeFile(exec, "/etc/systemd/system/tailscaled.service.d/quiet.conf", quietTailscaled);
      await installPackages(exec, `${server.url}/packages`, apt, ["tailscale", "nodejs", "git"]);
    } finally {
      await server.close();
    }
    await installOpenClaw(exec);
    await writeFile(exec, "/etc/systemd/system/openclaw.service", unit);
    // The layer keeps no identity: each machine made of it gets its own node key.
    await shell(exec, "systemctl stop tailscaled.service && rm -rf /var/lib/tailscale");
  };
  const recipe = createHash("sha256")
    .update(`${unit}${await readFile(import.meta.filename, "utf8")}`)
    .digest("hex");
  await ensureLayer("primary", ["debian-13"], provision, `${apt.revision} ${recipe.slice(0, 16)}`, log);
}

const quietTailscaled = "[Service]\nEnvironment=TS_NO_LOGS_NO_SUPPORT=true\n";

async function installOpenClaw(exec: Exec): Promise<void> {
  const environment = "export NODE_USE_SYSTEM_CA=1 npm_config_fund=false npm_config_audit=false";
  await shell(
    exec,
    `${environment}
     npm install --global --ignore-scripts --loglevel=error openclaw@${openclawVersions.openclaw}
     openclaw --version # finishes the install, in a folder where openclaw's own user may not write
     useradd --create-home --shell /bin/bash openclaw`,
    { timeoutMs: 600_000 },
  );
  const asOpenclaw = { user: "openclaw", timeoutMs: 300_000 };
  const install = `openclaw plugins install @openclaw/irc@${openclawVersions.ircPlugin}`;
  await shell(exec, `export HOME=/home/openclaw; cd; ${environment}\n${install}`, asOpenclaw);
  await run(exec, ["/bin/rm", "-rf", "/root/.npm", "/home/openclaw/.npm"]);
  await shell(exec, warmUp, { timeoutMs: 180_000 });
}

/** Runs a gateway once in a home that is thrown away, so that Node keeps what it compiled. */
const warmUp = `
  install -d -o openclaw -g openclaw /var/cache/openclaw /tmp/warm-up/.openclaw
  chown -R openclaw:openclaw /tmp/warm-up
  cat >/tmp/warm-up/.openclaw/openclaw.json <<'JSON'
  { "gateway": { "mode": "local", "bind": "loopback", "auth": { "mode": "token", "token": "only for the warm-up" } },
    "models": { "catalogRefresh": { "enabled": false } }, "update": { "checkOnStart": false }, "cron": { "enabled": false },
    "discovery": { "mdns": { "mode": "off" } } }
JSON
  systemd-run --quiet --unit=warm-up --uid=openclaw -p KillMode=mixed -p SuccessExitStatus=143 -E HOME=/tmp/warm-up \\
    -E NODE_COMPILE_CACHE=/var/cache/openclaw -E OPENCLAW_CONFIG_READONLY=1 /usr/bin/openclaw gateway run
  timeout 120 bash -c 'until curl -fsS -m 2 http://127.0.0.1:18789/readyz | grep -q ready.:true; do sleep 1; done'
  systemctl stop warm-up
  rm -rf /tmp/warm-up`;
