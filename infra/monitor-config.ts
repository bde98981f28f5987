import type { Settings } from "./config.ts";

/** Each holds one URL, which is a secret. */
export const webhookUrlFile = "/etc/openclaw-standby/webhook-url";
export const pingUrlFile = "/etc/openclaw-standby/ping-url";

/** The monitor's configuration file, `/etc/openclaw-standby/monitor.json`. Durations in it are milliseconds. */
export function monitorConfig(settings: Settings): Record<string, unknown> {
  return {
    primary: { host: settings.primaryHost, port: settings.primaryPort },
    before: settings.standbysBefore,
    witness: settings.witnesses,
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
