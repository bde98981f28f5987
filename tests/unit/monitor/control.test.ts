import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { give, readOrder } from "../../../monitor/command.ts";
import { type ControlServer, parseOrder, serveControl } from "../../../monitor/control.ts";
import { nothingDurable } from "../../../monitor/durable.ts";
import type { Note } from "../../../monitor/notes.ts";
import type { Order } from "../../../monitor/observation.ts";
import { defaults } from "../../../monitor/settings.ts";
import { initialState, type State } from "../../../monitor/state.ts";

const settings = { ...defaults, primary: { host: "100.64.0.1", port: 18789 } };
const standby: State = {
  ...initialState(settings, true, nothingDurable, 0),
  role: { kind: "standby", sinceMs: 0 },
};
const active: State = { ...standby, role: { kind: "active", sinceMs: 0 } };
const refusal: Note = { kind: "orderRefused", order: "drill", why: "it is not calm" };

let dir: string;
let path: string;
let control: ControlServer;
let state: State;
let answer: (order: Order) => Note[];
const orders: Order[] = [];

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "monitor-control-"));
  path = join(dir, "control.sock");
  state = standby;
  orders.length = 0;
  answer = () => [];
  // One that an earlier run has left behind.
  writeFileSync(path, "");
  control = serveControl(
    path,
    {
      order(order) {
        orders.push(order);
        const notes = answer(order);
        control.told(notes, state);
        return notes;
      },
      state: () => state,
      word: (note) => ({ level: "info", text: note.kind }),
    },
    (trouble) => expect.unreachable(trouble),
  );
  await control.listening;
});
afterEach(() => {
  control.close();
  rmSync(dir, { recursive: true });
});

const send = async (order: Order) => {
  const said: string[] = [];
  const outcome = await give(path, order, (line) => said.push(line));
  return { outcome, said };
};

describe("an order over the socket", () => {
  test("that is done at once", async () => {
    answer = () => [{ kind: "ordered", order: "pause" }];
    expect(await send({ kind: "pause", forMs: 5 })).toEqual({ outcome: "done", said: ["ordered"] });
    expect(orders).toEqual([{ kind: "pause", forMs: 5 }]);
  });

  test("that is refused, with the reason", async () => {
    answer = () => [refusal];
    expect(await send({ kind: "drill" })).toEqual({ outcome: "refused", said: ["orderRefused"] });
  });

  test("is followed until it is carried out", async () => {
    answer = () => {
      setImmediate(() => {
        state = active;
        control.told([{ kind: "promoted", attempt: 1, timeline: { decidedMs: 0 }, nowMs: 1 }], state);
      });
      return [{ kind: "ordered", order: "promote" }];
    };
    state = { ...standby, durable: { ...nothingDurable, standing: { kind: "promoted", sinceMs: 0 } } };
    expect(await send({ kind: "promote" })).toEqual({ outcome: "done", said: ["ordered", "promoted"] });
  });

  test("ends with the drill's own result", async () => {
    const report = { timeline: { decidedMs: 0 }, closedMs: 1, failure: "the channel did not connect" };
    answer = () => {
      setImmediate(() => control.told([{ kind: "drillOver", report, nowMs: 1 }], standby));
      return [{ kind: "drillBegun" }];
    };
    expect(await send({ kind: "drill" })).toEqual({ outcome: "failed", said: ["drillBegun", "drillOver"] });
  });

  test("only root and the group may give one", () => {
    expect(statSync(path).mode & 0o777).toBe(0o660);
  });

  test("what is none is turned away, and the next one is heard", async () => {
    const reply = await new Promise<string>((resolve) => {
      let text = "";
      connect(path)
        .on("data", (chunk) => {
          text += String(chunk);
        })
        .on("close", () => resolve(text))
        .end(`${"x".repeat(10_000)}\n`);
    });
    expect(reply).toContain("not an order");
    expect((await send({ kind: "pause" })).outcome).toBe("done");
  });

  test("without a monitor it says so", async () => {
    const said: string[] = [];
    expect(await give(join(dir, "none.sock"), { kind: "resume" }, (line) => said.push(line))).toBe("failed");
    expect(said.join()).toContain("No monitor is running");
    expect(existsSync(join(dir, "none.sock"))).toBe(false);
  });
});

test.each(["", "{", "null", '{"kind":"reboot"}', '{"kind":"pause","forMs":-1}', '{"kind":"pause","forMs":"1h"}'])(
  "%j is not an order",
  (line) => {
    expect(parseOrder(line)).toBeUndefined();
  },
);

describe("what is typed", () => {
  test.each<[string[], Order]>([
    [[], { kind: "pause", forMs: 3_600_000 }],
    [["90s"], { kind: "pause", forMs: 90_000 }],
    [["30min"], { kind: "pause", forMs: 1_800_000 }],
    [["2h"], { kind: "pause", forMs: 7_200_000 }],
    [["1d"], { kind: "pause", forMs: 86_400_000 }],
    [["forever"], { kind: "pause" }],
  ])("pause %j", (rest, order) => {
    expect(readOrder("pause", rest)).toEqual({ order, ifCalm: false });
  });

  test.each([["soon"], ["0s"], ["1h", "2h"], ["-1h"], ["1.5h"]])("pause %s is told as wrong", (...rest) => {
    expect(readOrder("pause", rest)).toEqual(expect.any(String));
  });

  test("a timer's drill may be refused", () => {
    expect(readOrder("drill", ["--if-calm"])).toEqual({ order: { kind: "drill" }, ifCalm: true });
    expect(readOrder("promote", ["--if-calm"])).toEqual(expect.any(String));
  });
});
