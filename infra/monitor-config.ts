import type { Settings } from "./config.ts";
import { parseGit } from "./formats.ts";

/** Each holds one URL, which is a secret. */
export const webhookUrlFile = "/etc/openclaw-standby/webhook-url";
export const pingUrlFile = "/etc/openclaw-standby/ping-url";

/** The monitor's configuration file, `/etc/openclaw-standby/monitor.json`. Durations in it are milliseconds. */
export function monitorConfig(settings: Settings): Record<string, unknown> {
  return {
    primary: { host: settings.primaryHost, port: settings.primaryPort },
    before: settings.standbysBefore,
    witness: settings.witnesses.length > 0 ? settings.witnesses : usualWitnesses(settings),
    probe: {
      intervalMs: settings.probeIntervalSeconds * 1000,
      timeoutMs: settings.probeTimeoutSeconds * 1000,
      failThreshold: settings.failThreshold,
      recoverThreshold: settings.recoverThreshold,
      minimumStableMs: settings.recoverMinimumSeconds * 1000,
    },
    promotion: { mode: settings.promotionMode },
    ...(settings.webhookUrl && { notify: [{ urlFile: webhookUrlFile, shape: settings.webhookShape }] }),
    ...(settings.pingUrl && { pingUrlFile }),
  };
}

/**
 * Who vouches that it is not the standby that is cut off, where the owner names nobody: what it needs anyway, the
 * tailnet's control server and the git server. tailscaled itself takes minutes to notice a link that is silently dead.
 */
function usualWitnesses({ tailscaleLoginServer, workspaceRepository }: Settings): { host: string; port: number }[] {
  const control = new URL(tailscaleLoginServer || "https://controlplane.tailscale.com");
  const git = parseGit(workspaceRepository);
  return [
    { host: control.hostname.replace(/[[\]]/g, ""), port: Number(control.port || 443) },
    ...(git ? [{ host: git.host, port: git.port }] : []),
  ];
}
