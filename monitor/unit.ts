import { execFile } from "node:child_process";
import type { Action, UnitsView, UnitView } from "./observation.ts";
import type { Settings } from "./settings.ts";

/** systemd answers in milliseconds; one that does not is in trouble that must not become ours. */
const patienceMs = 10_000;
const systemctl = "/usr/bin/systemctl";

type Units = Pick<Settings, "gatewayUnit" | "channelUnit"> & { promotion: Pick<Settings["promotion"], "mode"> };

/** What an action is in systemctl's words: one call, so that systemd brings the units into their order. */
export function commandOf({ gatewayUnit, channelUnit, promotion: { mode } }: Units, action: Action): string[] {
  switch (action) {
    case "promote":
      return ["start", channelUnit];
    case "retry":
      return ["restart", gatewayUnit, channelUnit];
    case "demote":
      return mode === "warm" ? ["stop", channelUnit] : ["stop", channelUnit, gatewayUnit];
    case "warm":
      return ["start", gatewayUnit];
    case "rewarm":
      return ["restart", gatewayUnit];
    case "cool":
      return ["stop", gatewayUnit];
  }
}

/** Asks systemd for one change of the units, without waiting for it. Resolves to what went wrong, or nothing. */
export function act(units: Units, action: Action): Promise<string | undefined> {
  const command = commandOf(units, action);
  return new Promise((resolve) => {
    execFile(
      systemctl,
      ["--no-ask-password", "--no-block", ...command],
      { timeout: patienceMs },
      (error, _, stderr) => {
        resolve(error === null ? undefined : `systemctl ${command.join(" ")}: ${firstLine(stderr) || error.message}`);
      },
    );
  });
}

/** The raw truth about a unit, as `systemctl show` prints it. */
export type UnitProperties = Partial<Record<"LoadState" | "ActiveState" | "SubState" | "Result" | "Job", string>>;

/** What systemd says of these units, in their order. Rejects if it says nothing within 10 s. */
export function showUnits(units: readonly string[]): Promise<UnitProperties[]> {
  const argv = ["show", "--property=LoadState,ActiveState,SubState,Result,Job", ...units];
  return new Promise((resolve, reject) => {
    execFile(systemctl, argv, { timeout: patienceMs }, (error, out, stderr) => {
      if (error === null) resolve(parseProperties(out));
      else reject(new Error(`systemctl show: ${firstLine(stderr) || error.message}`));
    });
  });
}

/** systemd ends its sentences with a dot; ours go on after it. */
function firstLine(stderr: string): string {
  return (stderr.trim().split("\n")[0] ?? "").replace(/\.$/, "");
}

/** Blocks of "Key=value" lines, one block a unit, to objects. */
export function parseProperties(out: string): UnitProperties[] {
  return out
    .trim()
    .split(/\n\n+/)
    .map((block) =>
      Object.fromEntries(
        block
          .split("\n")
          .filter((line) => line.includes("="))
          .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
      ),
    );
}

/** Both units, in our words. A gateway that runs is asked whether it is ready, where `askGateway` is given. */
export async function viewOf(
  { gatewayUnit, channelUnit }: Units,
  [gatewayShown = {}, channelShown = {}]: UnitProperties[],
  askGateway?: () => Promise<boolean>,
): Promise<UnitsView> {
  const gateway = unitView(gatewayUnit, gatewayShown);
  const channel = unitView(channelUnit, channelShown);
  if (typeof gateway === "string") return { kind: "unknown", detail: gateway };
  if (typeof channel === "string") return { kind: "unknown", detail: channel };
  const ready = gateway.kind === "running" && askGateway !== undefined && (await askGateway());
  return { kind: "seen", gateway, ready, channel };
}

/** A unit, or why it cannot be seen. */
export function unitView(unit: string, properties: UnitProperties): UnitView | string {
  const { LoadState, ActiveState, SubState, Result, Job } = properties;
  if (LoadState !== "loaded") return `systemd calls ${unit} "${LoadState ?? ""}"`;
  const hasJob = Job !== undefined && Job !== "" && Job !== "0";
  switch (ActiveState) {
    case "active":
      // A job for what is up already is one that takes it down, now or when the units after it have stopped.
      return hasJob ? { kind: "stopping" } : { kind: "running" };
    case "reloading":
      return { kind: "running" };
    case "activating":
      return { kind: "starting" };
    case "deactivating":
      return { kind: "stopping" };
    case "inactive":
    case "failed":
      if (hasJob) return { kind: "queued" };
      return ActiveState === "inactive" ? { kind: "stopped" } : { kind: "failed", result: Result ?? "no reason given" };
    default:
      return `systemd calls ${unit} "${ActiveState ?? ""}" (${SubState ?? ""})`;
  }
}
