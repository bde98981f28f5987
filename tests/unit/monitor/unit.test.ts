import { expect, test } from "vitest";
import { parseProperties, viewOf } from "../../../monitor/unit.ts";

const loaded = { LoadState: "loaded", Result: "success", Job: "" };
const ready = async () => ({ ready: true as const });
const notAsked = async () => {
  throw new Error("a gateway that does not run is not asked");
};

test("reads what systemctl show prints", () => {
  expect(parseProperties("LoadState=loaded\nActiveState=active\nJob=\nResult=exit=1\n")).toEqual({
    LoadState: "loaded",
    ActiveState: "active",
    Job: "",
    Result: "exit=1",
  });
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
  [{ ActiveState: "deactivating" }, { kind: "stopping" }],
])("%j is %j", async (properties, view) => {
  expect(await viewOf({ ...loaded, ...properties }, notAsked)).toEqual(view);
});

test("a process that runs is as ready as its gateway says", async () => {
  expect(await viewOf({ ...loaded, ActiveState: "active" }, ready)).toEqual({ kind: "running", ready: true });
});

test("a unit that is not there is unknown, not stopped", async () => {
  expect(await viewOf({ LoadState: "not-found", ActiveState: "inactive" }, notAsked)).toMatchObject({
    kind: "unknown",
  });
});
