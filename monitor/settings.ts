/** How the monitor judges and acts. `config.ts` reads it from a file and checks it; durations are milliseconds. */
export interface Settings extends ReportSettings {
  /** The gateway that we stand by for: tailnet address or name, and its port. There is no default. */
  primary: Target;
  /**
   * The standbys that come before us, best first: address of each one's monitor, and the port of its status server.
   * While one of them can take over, we need not.
   */
  before: Target[];
  /**
   * Who can vouch that it is not we who are cut off: any port that takes a connection or refuses one. Without any,
   * the tailnet's own state decides.
   */
  witness: Target[];
  /** Port of the gateway on this machine, asked over loopback whether it is ready. */
  gatewayPort: number;
  /** The unit that is the gateway on this machine; it starts with its channel closed. */
  gatewayUnit: string;
  /** The unit that opens the gateway's channel, and that runs while the channel is connected. */
  channelUnit: string;
  probe: ProbeSettings;
  promotion: PromotionSettings;
  flap: FlapSettings;
}

/** Where somebody listens. */
export interface Target {
  host: string;
  port: number;
}

export interface ProbeSettings {
  /** Between checks while all is calm. */
  intervalMs: number;
  /** Between checks while in doubt. */
  quickIntervalMs: number;
  /** For the whole of a check. A gateway that starts can block for 3 s, so less than 5 s invites false alarms. */
  timeoutMs: number;
  /** Checks missed in a row that make a peer dead. */
  failThreshold: number;
  /** Checks answered in a row before we step back ... */
  recoverThreshold: number;
  /** ... and for how long at least they must have been. */
  minimumStableMs: number;
  /** After the monitor's start, a peer that was never reached since boot is not judged before this has passed. */
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

/**
 * When the gateway on this machine runs, its channel closed, without being promoted:
 * `cold` never; `eager` from the first check that the primary misses; `warm` always.
 */
export type Mode = "cold" | "eager" | "warm";

export interface PromotionSettings {
  mode: Mode;
  /** From asking systemd to a connected channel; the workspace pull before it included. */
  timeoutMs: number;
  /** Wait before the second attempt; doubles with every further one ... */
  retryMinMs: number;
  /** ... up to this. */
  retryMaxMs: number;
}

/** How a primary that comes and goes is followed less and less. `flap.ts` has the rule. */
export interface FlapSettings {
  /** A takeover counts as a flap for this long. */
  windowMs: number;
  /** After the second takeover within the window a recovery must last this long; twice as long after each further one ... */
  stableMs: number;
  /** ... up to this. */
  maxStableMs: number;
}

/** Where the monitors of other standbys answer, if nothing else is said. */
export const defaultStatusPort = 18790;

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
  before: [],
  witness: [],
  gatewayPort: 18789,
  gatewayUnit: "openclaw.service",
  channelUnit: "openclaw-channel.service",
  probe: {
    intervalMs: 3_000,
    quickIntervalMs: 1_000,
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
  promotion: { mode: "warm", timeoutMs: 120_000, retryMinMs: 5_000, retryMaxMs: 300_000 },
  flap: { windowMs: 3_600_000, stableMs: 60_000, maxStableMs: 900_000 },
  journal: "plain",
  status: { port: defaultStatusPort },
  notify: [],
  pingIntervalMs: 60_000,
} satisfies Omit<Settings, "primary">;
