import { expect, test } from "vitest";
import type { Action } from "../../../monitor/observation.ts";
import { defaults, type Mode } from "../../../monitor/settings.ts";
import { commandOf, parseProperties, unitView, viewOf } from "../../../monitor/unit.ts";

const loaded = { LoadState: "loaded", Result: "success", Job: "" };
const stopped = { ...loaded, ActiveState: "inactive" };
const running = { ...loaded, ActiveState: "active" };
const notAsked = async () => {
  throw new Error("a gateway that does not run is not asked");
};
const inMode = (mode: Mode) => ({ ...defaults, promotion: { ...defaults.promotion, mode } });

test("reads what systemctl show prints of two units", () => {
  expect(parseProperties("LoadState=loaded\nJob=\nResult=exit=1\n\nLoadState=not-found\n")).toEqual([
    { LoadState: "loaded", Job: "", Result: "exit=1" },
    { LoadState: "not-found" },
  ]);
});

test.each([
  [{ ActiveState: "inactive" }, { kind: "stopped" }],
  [{ ActiveState: "inactive", Job: "1234" }, { kind: "queued" }],
  [
    { ActiveState: "failed", Result: "exit-code" },
    { kind: "failed", result: "exit-code" },
  ],
  [{ ActiveState: "failed", Job: "12" }, { kind: "queued" }],
  [{ ActiveState: "activating", SubState: "auto-restart" }, { kind: "starting" }],
  [{ ActiveState: "active" }, { kind: "running" }],
  [{ ActiveState: "active", Job: "7" }, { kind: "stopping" }],
  [{ ActiveState: "deactivating" }, { kind: "stopping" }],
])("%j is %j", (properties, view) => {
  expect(unitView("openclaw.service", { ...loaded, ...properties })).toEqual(view);
});

test("a gateway that runs is as ready as it says itself, where it is asked", async () => {
  const ready = async () => true;
  expect(await viewOf(defaults, [running, stopped], ready)).toMatchObject({
    gateway: { kind: "running" },
    ready: true,
  });
  expect(await viewOf(defaults, [running, stopped])).toMatchObject({ ready: false });
  expect(await viewOf(defaults, [stopped, stopped], notAsked)).toMatchObject({ ready: false });
});

test("a unit that is not there is unknown, not stopped, and named", async () => {
  const missing = { LoadState: "not-found", ActiveState: "inactive" };
  const detail = expect.stringContaining("openclaw-channel.service");
  expect(await viewOf(defaults, [running, missing], notAsked)).toEqual({ kind: "unknown", detail });
});

test.each<[Action, Mode, string]>([
  ["promote", "eager", "start openclaw-channel.service"],
  ["retry", "warm", "restart openclaw.service openclaw-channel.service"],
  ["demote", "cold", "stop openclaw-channel.service openclaw.service"],
  ["demote", "eager", "stop openclaw-channel.service openclaw.service"],
  ["demote", "warm", "stop openclaw-channel.service"],
  ["warm", "warm", "start openclaw.service"],
  ["rewarm", "warm", "restart openclaw.service"],
  ["cool", "eager", "stop openclaw.service"],
])("%s in mode %s is systemctl %s", (action, mode, command) => {
  expect(commandOf(inMode(mode), action).join(" ")).toBe(command);
});
