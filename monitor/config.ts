import { isIP } from "node:net";
import { isTailnetAddress } from "./network.ts";
import {
  defaultStatusPort,
  defaults,
  type FlapSettings,
  type Mode,
  type NotifySettings,
  type ProbeSettings,
  type PromotionSettings,
  type ReportSettings,
  type Settings,
  type Target,
} from "./settings.ts";

export type Checked = { ok: true; settings: Settings } | { ok: false; mistakes: string[] };

/** Inclusive bounds of every number, in the unit of its name. A value outside is a slip, not a wish. */
const bounds: {
  probe: Record<keyof ProbeSettings, Bounds>;
  promotion: Record<Exclude<keyof PromotionSettings, "mode">, Bounds>;
  flap: Record<keyof FlapSettings, Bounds>;
} = {
  probe: {
    intervalMs: [1_000, 300_000],
    quickIntervalMs: [250, 60_000],
    timeoutMs: [1_000, 60_000],
    failThreshold: [1, 100],
    recoverThreshold: [1, 100],
    minimumStableMs: [0, 86_400_000],
    startupGraceMs: [0, 3_600_000],
    drainGraceMs: [0, 3_600_000],
    restartGraceMs: [0, 3_600_000],
    startGraceMs: [0, 3_600_000],
    degradedGraceMs: [0, 86_400_000],
  },
  promotion: { timeoutMs: [5_000, 3_600_000], retryMinMs: [1_000, 3_600_000], retryMaxMs: [1_000, 86_400_000] },
  // A window of less than an hour could not keep the promise of so many changes an hour.
  flap: { windowMs: [3_600_000, 604_800_000], stableMs: [1_000, 86_400_000], maxStableMs: [60_000, 86_400_000] },
};

const modes = ["cold", "eager", "warm"] as const satisfies Mode[];

type Bounds = readonly [min: number, max: number];

/**
 * Reads `monitor.json` strictly: unknown keys, wrong types, missing and senseless values are mistakes, and all of them
 * are told at once, each with its key and what was expected. What is absent takes its default; the primary has none.
 */
export function checkConfig(text: string): Checked {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (error) {
    return { ok: false, mistakes: [`not JSON: ${error instanceof Error ? error.message : String(error)}`] };
  }
  const mistakes: string[] = [];
  const say = (key: string, expected: string, got: unknown) => mistakes.push(`${key}: ${expected}, not ${show(got)}`);
  const root = objectAt(raw, "(the whole file)", [...topLevelKeys], say);
  if (root === undefined) return { ok: false, mistakes };

  const settings: Settings = {
    primary: primaryAt(root.primary, say),
    before: targetsAt(root.before, "before", defaultStatusPort, say),
    witness: targetsAt(root.witness, "witness", undefined, say),
    gatewayPort: numberAt(root, "gatewayPort", "gatewayPort", [1, 65_535], defaults.gatewayPort, say),
    gatewayUnit: unitAt(root, "gatewayUnit", defaults.gatewayUnit, say),
    channelUnit: unitAt(root, "channelUnit", defaults.channelUnit, say),
    probe: numbersAt(root.probe, "probe", bounds.probe, defaults.probe, say),
    promotion: promotionAt(root.promotion, say),
    flap: numbersAt(root.flap, "flap", bounds.flap, defaults.flap, say),
    ...reportAt(root, say),
  };

  if (settings.probe.quickIntervalMs > settings.probe.intervalMs) {
    mistakes.push("probe.quickIntervalMs: expected no more than probe.intervalMs");
  }
  if (settings.promotion.retryMinMs > settings.promotion.retryMaxMs) {
    mistakes.push("promotion.retryMinMs: expected no more than promotion.retryMaxMs");
  }
  if (settings.flap.stableMs > settings.flap.maxStableMs) {
    mistakes.push("flap.stableMs: expected no more than flap.maxStableMs");
  }
  if (settings.gatewayUnit === settings.channelUnit) {
    mistakes.push("channelUnit: expected another unit than gatewayUnit");
  }
  return mistakes.length === 0 ? { ok: true, settings } : { ok: false, mistakes };
}

const reportKeys = ["journal", "status", "notify", "pingUrlFile", "pingIntervalMs"] as const;
const topLevelKeys = [
  "primary",
  "before",
  "witness",
  "gatewayPort",
  "gatewayUnit",
  "channelUnit",
  "probe",
  "promotion",
  "flap",
  ...reportKeys,
] as const;

type Say = (key: string, expected: string, got: unknown) => void;
type Fields = Record<string, unknown>;

function objectAt(value: unknown, key: string, known: string[], say: Say): Fields | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    say(key, "expected an object", value);
    return undefined;
  }
  const prefix = key.startsWith("(") ? "" : `${key}.`;
  for (const [name, unknown] of Object.entries(value)) {
    if (!known.includes(name)) say(`${prefix}${name}`, `unknown key, expected one of ${known.join(", ")}`, unknown);
  }
  return value as Fields;
}

function primaryAt(value: unknown, say: Say): Target {
  if (value === undefined) {
    say("primary", 'required, expected {"host": the primary\'s tailnet address or name, "port": 18789}', value);
    return nowhere;
  }
  return targetAt(value, "primary", defaults.gatewayPort, say);
}

const nowhere: Target = { host: "", port: 0 };

/** `fallbackPort`: where the port may be left out. */
function targetAt(value: unknown, key: string, fallbackPort: number | undefined, say: Say): Target {
  const fields = objectAt(value, key, ["host", "port"], say);
  if (fields === undefined) return nowhere;
  const { host } = fields;
  if (fields.port === undefined && fallbackPort === undefined)
    say(`${key}.port`, "required, expected a port", undefined);
  const port = numberAt(fields, "port", `${key}.port`, [1, 65_535], fallbackPort ?? 0, say);
  if (typeof host === "string" && isHost(host)) return { host, port };
  say(`${key}.host`, `expected ${key === "primary" ? "the primary's" : "a"} tailnet address or name`, host);
  return nowhere;
}

function targetsAt(value: unknown, key: string, fallbackPort: number | undefined, say: Say): Target[] {
  if (value === undefined) return [];
  if (!Array.isArray(value) || value.length > 8) {
    say(key, 'expected a list of at most 8 of {"host", "port"}', value);
    return [];
  }
  return value.map((one, index) => targetAt(one, `${key}[${index}]`, fallbackPort, say));
}

function promotionAt(value: unknown, say: Say): PromotionSettings {
  if (typeof value !== "object" || value === null || !("mode" in value)) {
    return { ...defaults.promotion, ...numbersAt(value, "promotion", bounds.promotion, defaults.promotion, say) };
  }
  const { mode, ...numbers } = value;
  const known = modes.find((one) => one === mode);
  if (known === undefined) say("promotion.mode", `expected one of ${modes.join(", ")}`, mode);
  const durations = numbersAt(numbers, "promotion", bounds.promotion, defaults.promotion, say);
  return { mode: known ?? defaults.promotion.mode, ...durations };
}

function unitAt(fields: Fields, name: string, fallback: string, say: Say): string {
  // It becomes an argument of systemctl: no leading dash.
  return textAt(fields, name, /^[\w@.:][\w@.:-]*\.service$/, "expected the name of a .service unit", say) ?? fallback;
}

function isHost(host: string): boolean {
  if (isIP(host) !== 0) return !["0.0.0.0", "::"].includes(host);
  // A last label of digits would be a mistyped address.
  return /^(?=.{1,253}$)([a-z\d]([a-z\d-]{0,61}[a-z\d])?\.)*(?!\d+$)[a-z\d]([a-z\d-]{0,61}[a-z\d])?$/i.test(host);
}

function reportAt(root: Fields, say: Say): ReportSettings {
  const settings: ReportSettings = {
    journal: choiceAt(root.journal, "journal", ["plain", "json"], defaults.journal, say),
    status: statusAt(root.status, say),
    notify: notifyAt(root.notify, say),
    pingIntervalMs: numberAt(
      root,
      "pingIntervalMs",
      "pingIntervalMs",
      [10_000, 3_600_000],
      defaults.pingIntervalMs,
      say,
    ),
  };
  const pingUrlFile = textAt(root, "pingUrlFile", /^\/.+/, "expected an absolute path", say);
  return pingUrlFile === undefined ? settings : { ...settings, pingUrlFile };
}

function statusAt(value: unknown, say: Say): ReportSettings["status"] {
  const fields = value === undefined ? {} : objectAt(value, "status", ["host", "port"], say);
  if (fields === undefined) return defaults.status;
  const port = numberAt(fields, "port", "status.port", [0, 65_535], defaults.status.port, say);
  const { host } = fields;
  if (host === undefined) return { port };
  // Whoever reaches the address can read what is served there.
  if (typeof host === "string" && (isTailnetAddress(host) || host === "127.0.0.1" || host === "::1")) {
    return { host, port };
  }
  say("status.host", "expected a tailnet address of this machine, or its loopback", host);
  return { port };
}

const shapes = ["auto", "ntfy", "slack", "discord", "json"] as const;

function notifyAt(value: unknown, say: Say): NotifySettings[] {
  if (value === undefined) return defaults.notify;
  if (!Array.isArray(value) || value.length > 10) {
    say("notify", 'expected a list of at most 10 webhooks, each {"urlFile": "/...", "shape": "auto"}', value);
    return [];
  }
  return value.flatMap((one: unknown, index) => {
    const key = `notify.${index}`;
    const fields = objectAt(one, key, ["urlFile", "shape"], say);
    if (fields === undefined) return [];
    const { urlFile } = fields;
    const shape = choiceAt(fields.shape, `${key}.shape`, shapes, "auto", say);
    if (typeof urlFile === "string" && urlFile.startsWith("/")) return { urlFile, shape };
    say(`${key}.urlFile`, "expected an absolute path", urlFile);
    return [];
  });
}

function choiceAt<One extends string>(value: unknown, key: string, all: readonly One[], fallback: One, say: Say): One {
  if (value === undefined) return fallback;
  const chosen = all.find((one) => one === value);
  if (chosen === undefined) say(key, `expected one of ${all.join(", ")}`, value);
  return chosen ?? fallback;
}

function numbersAt<Key extends string>(
  value: unknown,
  key: string,
  limits: Record<Key, Bounds>,
  fallback: Record<Key, number>,
  say: Say,
): Record<Key, number> {
  const names = Object.keys(limits) as Key[];
  const fields = value === undefined ? {} : objectAt(value, key, names, say);
  if (fields === undefined) return fallback;
  const read = (name: Key) => [name, numberAt(fields, name, `${key}.${name}`, limits[name], fallback[name], say)];
  return Object.fromEntries(names.map(read)) as Record<Key, number>;
}

function numberAt(fields: Fields, name: string, key: string, [min, max]: Bounds, fallback: number, say: Say): number {
  const value = fields[name];
  if (value === undefined) return fallback;
  if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) return value;
  say(key, `expected a whole number from ${min} to ${max}`, value);
  return fallback;
}

function textAt(fields: Fields, name: string, pattern: RegExp, expected: string, say: Say): string | undefined {
  const value = fields[name];
  if (value === undefined) return undefined;
  if (typeof value === "string" && pattern.test(value)) return value;
  say(name, expected, value);
  return undefined;
}

function show(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value).slice(0, 80);
}
