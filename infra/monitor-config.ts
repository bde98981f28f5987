import type { Settings } from "./config.ts";

/** The monitor's configuration file, `/etc/openclaw-standby/monitor.json`. Durations in it are milliseconds. */
export function monitorConfig(settings: Settings): Record<string, unknown> {
  return {
    primary: { host: settings.primaryHost, port: settings.primaryPort },
    probe: {
      intervalMs: settings.probeIntervalSeconds * 1000,
      timeoutMs: settings.probeTimeoutSeconds * 1000,
      failThreshold: settings.failThreshold,
      recoverThreshold: settings.recoverThreshold,
    },
    ...(settings.webhookUrl && { notify: [{ urlFile: "/etc/openclaw-standby/webhook-url" }] }),
  };
}
