import { expect, test } from "vitest";
import { inOurLight } from "../../../monitor/network.ts";

const miss = { kind: "timedOut", afterMs: 5_000 } as const;
const healthy = { kind: "healthy", latencyMs: 1 } as const;
const withTailnet = ["127.0.0.1", "203.0.113.5", "100.101.102.103"];
const without = ["127.0.0.1", "203.0.113.5"];

test.each(["100.64.0.1", "fd7a:115c:a1e0::1", "home", "home.tail1234.ts.net"])(
  "a miss of %s says nothing while we have no tailnet address",
  (host) => {
    expect(inOurLight(miss, host, without)).toMatchObject({ kind: "networkDown" });
    expect(inOurLight(miss, host, withTailnet)).toBe(miss);
    expect(inOurLight(miss, host, ["fd7a:115c:a1e0::53"])).toBe(miss);
  },
);

test.each(["127.0.0.1", "192.168.1.4", "100.128.0.1", "localhost"])("%s is reached without a tailnet", (host) => {
  expect(inOurLight(miss, host, without)).toBe(miss);
});

test("an answer is an answer", () => {
  expect(inOurLight(healthy, "100.64.0.1", without)).toBe(healthy);
});
