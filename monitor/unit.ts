import { execFile } from "node:child_process";
import type { Action, Observation, UnitView } from "./observation.ts";

/** systemd answers in milliseconds; one that does not is in trouble that must not become ours. */
const patienceMs = 10_000;
const systemctl = "/usr/bin/systemctl";

/** Asks systemd for one change of the unit, without waiting for it. Resolves to what went wrong, or nothing. */
export function act(unit: string, action: Action): Promise<string | undefined> {
  const argv = ["--no-ask-password", "--no-block", action, unit];
  return new Promise((resolve) => {
    execFile(systemctl, argv, { timeout: patienceMs }, (error, _out, stderr) => {
      resolve(error === null ? undefined : `systemctl ${action}: ${firstLine(stderr) || error.message}`);
    });
  });
}

/** The raw truth about the unit, as `systemctl show` prints it. */
export type UnitProperties = Partial<Record<"LoadState" | "ActiveState" | "SubState" | "Result" | "Job", string>>;

/** What systemd says. Rejects if it says nothing within 10 s. */
export function showUnit(unit: string): Promise<UnitProperties> {
  const argv = ["show", "--property=LoadState,ActiveState,SubState,Result,Job", unit];
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

/** "Key=value" lines to an object. */
export function parseProperties(out: string): UnitProperties {
  return Object.fromEntries(
    out
      .split("\n")
      .filter((line) => line.includes("="))
      .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
}

/**
 * systemd's words in ours. A process that runs is not yet a gateway that is ready: `askGateway` is asked then,
 * and only then.
 */
export async function viewOf(
  properties: UnitProperties,
  askGateway: () => Promise<{ ready: true } | { ready: false; detail: string }>,
): Promise<UnitView> {
  const { LoadState, ActiveState, SubState, Result, Job } = properties;
  if (LoadState !== "loaded") return { kind: "unknown", detail: `systemd calls the unit "${LoadState ?? ""}"` };
  switch (ActiveState) {
    case "active":
    case "reloading":
      return { kind: "running", ...(await askGateway()) };
    case "activating":
      return { kind: "starting" };
    case "deactivating":
      return { kind: "stopping" };
    case "inactive":
    case "failed":
      if (Job !== undefined && Job !== "" && Job !== "0") return { kind: "queued" };
      return ActiveState === "inactive" ? { kind: "stopped" } : { kind: "failed", result: Result ?? "no reason given" };
    default:
      return { kind: "unknown", detail: `systemd calls the unit "${ActiveState ?? ""}" (${SubState ?? ""})` };
  }
}

/** Our own gateway's `/readyz`, in the terms of the unit. */
export function readiness(
  observation: Observation,
  words: (observation: Observation) => string,
): { ready: true } | { ready: false; detail: string } {
  return observation.kind === "healthy" ? { ready: true } : { ready: false, detail: words(observation) };
}
