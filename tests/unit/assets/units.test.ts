/** How much each unit may do, by systemd's own count. Needs `systemd-analyze`, not a running systemd. */
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const analyze = "/usr/bin/systemd-analyze";
const path = (name: string) => fileURLToPath(new URL(`../../../${name}`, import.meta.url));

/** systemd's exposure of a unit, 0 (may do nothing) to 10. */
function exposure(file: string): number {
  const unit = join(mkdtempSync(join(tmpdir(), "unit-")), `${file.split("/").pop()!}`);
  copyFileSync(path(file), unit);
  const out = execFileSync(analyze, ["security", "--offline=true", "--no-pager", unit], { encoding: "utf8" });
  return Number(/Overall exposure level for \S+: ([\d.]+)/.exec(out)?.[1]);
}

it.runIf(existsSync(analyze) || process.env.CI).each([
  ["assets/systemd/openclaw-health-monitor.service", 1.5],
  ["assets/systemd/openclaw.service", 4],
  ["assets/systemd/openclaw-channel.service", 2],
  ["assets/systemd/openclaw-secrets-fetch.service", 2],
  ["assets/systemd/openclaw-workspace-pull.service", 2],
  ["assets/systemd/openclaw-workspace-save.service", 2],
  ["cloud-init/files/reboot.service", 2],
])("%s is exposed by at most %d", (file, most) => expect(exposure(file)).toBeLessThanOrEqual(most));
