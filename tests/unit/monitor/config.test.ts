import { describe, expect, test } from "vitest";
import { checkConfig } from "../../../monitor/config.ts";
import { defaults } from "../../../monitor/settings.ts";

const primary = { host: "100.64.0.1", port: 18789 };
const check = (config: unknown) => checkConfig(JSON.stringify(config));
const mistakesOf = (config: unknown) => {
  const checked = check(config);
  return checked.ok ? [] : checked.mistakes;
};

describe("a sound configuration", () => {
  test("needs a primary and nothing else", () => {
    expect(check({ primary })).toEqual({ ok: true, settings: { primary, ...defaults } });
  });

  test("the primary's port has a default, its host has none", () => {
    expect(check({ primary: { host: "home.tail1234.ts.net" } })).toMatchObject({ ok: true });
  });

  test("a standby before us answers on the status port, unless it says otherwise", () => {
    const checked = check({
      primary,
      before: [{ host: "a" }, { host: "b", port: 1 }],
      witness: [{ host: "c", port: 22 }],
    });
    expect(checked).toMatchObject({
      settings: {
        before: [
          { host: "a", port: 18790 },
          { host: "b", port: 1 },
        ],
        witness: [{ host: "c", port: 22 }],
      },
    });
  });

  test("one setting does not disturb the others", () => {
    const checked = check({ primary, probe: { failThreshold: 5 } });
    expect(checked).toMatchObject({ settings: { probe: { ...defaults.probe, failThreshold: 5 } } });
  });

  test("a webhook's shape goes by its host unless it is named", () => {
    const checked = check({ primary, notify: [{ urlFile: "/a" }, { urlFile: "/b", shape: "discord" }] });
    expect(checked).toMatchObject({
      settings: {
        notify: [
          { urlFile: "/a", shape: "auto" },
          { urlFile: "/b", shape: "discord" },
        ],
      },
    });
  });

  test("the status has a fixed address, or a port of its own, or none at all", () => {
    for (const status of [{ host: "100.64.0.2", port: 18790 }, { port: 9000 }, { port: 0 }])
      expect(check({ primary, status })).toMatchObject({ ok: true, settings: { status } });
  });

  test.each(["100.64.0.1", "fd7a:115c:a1e0::1", "home", "home-1.tail1234.ts.net"])("primary %s", (host) => {
    expect(mistakesOf({ primary: { host, port: 1 } })).toEqual([]);
  });
});

describe("a mistake is named by its key, with what was expected", () => {
  test.each<[string, unknown, string]>([
    ["no primary", {}, "primary: required"],
    ["an unknown key", { primary, prob: {} }, "prob: unknown key"],
    ["an unknown key further in", { primary, probe: { interval: 1 } }, "probe.interval: unknown key"],
    [
      "a threshold of 0",
      { primary, probe: { failThreshold: 0 } },
      "probe.failThreshold: expected a whole number from 1",
    ],
    ["a number as text", { primary, probe: { intervalMs: "5000" } }, "probe.intervalMs: expected a whole number"],
    ["half a check", { primary, probe: { recoverThreshold: 1.5 } }, "probe.recoverThreshold: expected a whole number"],
    [
      "seconds for milliseconds",
      { primary, probe: { timeoutMs: 5 } },
      "probe.timeoutMs: expected a whole number from 1000",
    ],
    [
      "a port that is none",
      { primary: { host: "a", port: 70_000 } },
      "primary.port: expected a whole number from 1 to 65535",
    ],
    ["an address that is none", { primary: { host: "100.64.0.999" } }, "primary.host: expected the primary's"],
    ["any address", { primary: { host: "0.0.0.0" } }, "primary.host: expected the primary's"],
    ["a URL", { primary: { host: "http://home:18789" } }, "primary.host: expected the primary's"],
    ["a relative file", { primary, pingUrlFile: "url" }, "pingUrlFile: expected an absolute path"],
    ["another journal", { primary, journal: "xml" }, "journal: expected one of plain, json"],
    ["the status for everybody", { primary, status: { host: "0.0.0.0" } }, "status.host: expected a tailnet"],
    ["the same in IPv6", { primary, status: { host: "0:0::0" } }, "status.host: expected a tailnet address"],
    ["the status on a public address", { primary, status: { host: "203.0.113.5" } }, "status.host: expected a tailnet"],
    ["the status on a name", { primary, status: { host: "standby" } }, "status.host: expected a tailnet address"],
    ["a webhook's URL in the open", { primary, notify: "https://ntfy.sh/x" }, "notify: expected a list"],
    [
      "a webhook without a file",
      { primary, notify: [{ shape: "slack" }] },
      "notify.0.urlFile: expected an absolute path",
    ],
    [
      "a shape that is none",
      { primary, notify: [{ urlFile: "/a" }, { urlFile: "/b", shape: "teams" }] },
      "notify.1.shape: expected one of auto",
    ],
    ["a ping a second", { primary, pingIntervalMs: 1_000 }, "pingIntervalMs: expected a whole number from 10000"],
    ["another kind of unit", { primary, gatewayUnit: "openclaw" }, "gatewayUnit: expected the name of a .service unit"],
    [
      "an option for a unit",
      { primary, channelUnit: "--user.service" },
      "channelUnit: expected the name of a .service",
    ],
    ["one unit for both", { primary, channelUnit: "openclaw.service" }, "channelUnit: expected another unit than"],
    [
      "a mode that is none",
      { primary, promotion: { mode: "hot" } },
      "promotion.mode: expected one of cold, eager, warm",
    ],
    ["a mode and a slip", { primary, promotion: { mode: "warm", timeout: 1 } }, "promotion.timeout: unknown key"],
    ["one standby for a list", { primary, before: primary }, "before: expected a list"],
    ["a standby without a host", { primary, before: [{ port: 1 }] }, "before[0].host: expected a tailnet address"],
    ["a slip in a standby", { primary, before: [{ host: "a", prot: 1 }] }, "before[0].prot: unknown key"],
    ["a witness without a port", { primary, witness: [{ host: "a" }] }, "witness[0].port: required"],
    [
      "a window too short",
      { primary, flap: { windowMs: 60_000 } },
      "flap.windowMs: expected a whole number from 3600000",
    ],
    ["growth beyond its bound", { primary, flap: { stableMs: 900_001 } }, "flap.stableMs: expected no more than"],
    ["a list", [], "(the whole file): expected an object"],
    [
      "doubt calmer than calm",
      { primary, probe: { intervalMs: 1000, quickIntervalMs: 1001 } },
      "probe.quickIntervalMs: expected no more than",
    ],
  ])("%s", (_, config, message) => {
    expect(mistakesOf(config)).toEqual([expect.stringContaining(message)]);
  });

  test("what is not JSON", () => {
    expect(checkConfig("primary = 1")).toMatchObject({ ok: false, mistakes: [expect.stringContaining("not JSON")] });
  });
});

test("all mistakes are told at once", () => {
  expect(mistakesOf({ x: 1, gatewayPort: 0, probe: { failThreshold: -1, y: 2 }, promotion: 3 })).toHaveLength(6);
});
