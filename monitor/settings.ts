/** How the monitor judges and acts. `config.ts` reads it from a file and checks it; durations are milliseconds. */
export interface Settings extends ReportSettings {
  /** The gateway that we stand by for: tailnet address or name, and its port. There is no default. */
  primary: { host: string; port: number };
  /** Port of the gateway on this machine, asked over loopback whether it is ready. */
  gatewayPort: number;
  /** The systemd unit that is the gateway on this machine. */
  unit: string;
  probe: ProbeSettings;
  promotion: PromotionSettings;
}

export interface ProbeSettings {
  /** Between checks while all is calm. */
  intervalMs: number;
  /** Between checks while in doubt. */
  quickIntervalMs: number;
  /** For the whole of a check. A gateway that starts can block for 3 s, so less than 5 s invites false alarms. */
  timeoutMs: number;
  /** Checks missed in a row that make a primary dead. */
  failThreshold: number;
  /** Checks answered in a row before we step back ... */
  recoverThreshold: number;
  /** ... and for how long at least they must have been. */
  minimumStableMs: number;
  /** After the monitor's start, a primary that was never reached since boot is not judged before this has passed. */
  startupGraceMs: number;
  /** How long a primary may be draining: OpenClaw waits up to 315 s for running turns. */
  drainGraceMs: number;
  /** How long it may be gone after draining or starting: it is restarting on purpose. */
  restartGraceMs: number;
  /** How long it may say "starting". */
  startGraceMs: number;
  /** How long it may be alive and not ready. */
  degradedGraceMs: number;
}

export interface PromotionSettings {
  /** From asking systemd for a start to a ready gateway; the workspace pull before it included. */
  timeoutMs: number;
  /** Wait before the second attempt; doubles with every further one ... */
  retryMinMs: number;
  /** ... up to this. */
  retryMaxMs: number;
}

/** How the monitor tells what it sees and does. */
export interface ReportSettings {
  /** Lines for a person, or JSON objects for a program that collects them. */
  journal: JournalFormat;
  /** Where the status is served over HTTP: on this address alone, or else on what the tailnet gives. Port 0: nowhere. */
  status: { host?: string; port: number };
  /** The webhooks that are told of every change of role, and of trouble. */
  notify: NotifySettings[];
  /** A file whose one line is a URL that is asked for regularly: its silence says that the monitor is dead. */
  pingUrlFile?: string;
  pingIntervalMs: number;
}

export type JournalFormat = "plain" | "json";

export interface NotifySettings {
  /** A file whose one line is the URL. It is a secret: who knows it can speak in our name. */
  urlFile: string;
  shape: Shape;
}

/** How a webhook wants its messages; `auto` goes by the name of its host. */
export type Shape = "auto" | "ntfy" | "slack" | "discord" | "json";

/** What holds where the file says nothing. */
export const defaults = {
  gatewayPort: 18789,
  unit: "openclaw-channel.service",
  probe: {
    intervalMs: 5_000,
    quickIntervalMs: 2_000,
    timeoutMs: 5_000,
    failThreshold: 3,
    recoverThreshold: 3,
    minimumStableMs: 20_000,
    startupGraceMs: 60_000,
    drainGraceMs: 330_000,
    restartGraceMs: 45_000,
    startGraceMs: 120_000,
    degradedGraceMs: 120_000,
  },
  promotion: { timeoutMs: 120_000, retryMinMs: 5_000, retryMaxMs: 300_000 },
  journal: "plain",
  status: { port: 18790 },
  notify: [],
  pingIntervalMs: 60_000,
} satisfies Omit<Settings, "primary">;
