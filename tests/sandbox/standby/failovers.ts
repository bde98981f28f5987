import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { joinAsOwner, type Owner } from "../../../sandbox/ask.ts";
import { waitForBoot } from "../../../sandbox/guest/exec.ts";
import { readHub } from "../../../sandbox/hub/hub.ts";
import { type Entry, followJournal } from "../../../sandbox/journal.ts";
import {
  cutMachine,
  exec,
  healMachine,
  pullPlug,
  rebootMachine,
  startMachine,
} from "../../../sandbox/machines/machine.ts";
import {
  killGateway,
  pauseGateway,
  startGateway,
  stopGateway,
  unpauseGateway,
  waitForGateway,
} from "../../../sandbox/primary/gateway.ts";
import { standbyMachine } from "../../../sandbox/story.ts";
import { minutes, on } from "./on.ts";

const standby = "standby";

/** A handful of the scenarios of tests/scenarios, for real: real gateways, a real tailnet, a real owner who asks. */
export function failovers(): void {
  let owner: Owner;

  beforeAll(async () => {
    owner = await joinAsOwner(await readHub());
  });
  afterAll(() => owner.leave());
  // Each one begins with a primary that is well, whatever became of the one before, and a standby that has forgotten it.
  beforeEach(async () => {
    if ((await exec("primary", ["systemctl", "is-active", "openclaw"])).stdout.trim() !== "active") {
      await startGateway();
      await waitForGateway(120_000);
    }
    await on(
      "systemctl stop openclaw-health-monitor openclaw-channel; rm -f /var/lib/openclaw-standby/orders.json; systemctl start openclaw-health-monitor",
    );
    await untilStatus("role +standby[\\s\\S]*primary .* healthy");
    await on("timeout 60 bash -c 'until curl -fs http://127.0.0.1:18789/readyz | grep -q true; do sleep 0.5; done'");
  }, 3 * minutes);

  const untilStatus = (words: string) =>
    expect
      .poll(async () => (await on("openclaw-standby status")).out, { timeout: 90_000, interval: 500 })
      .toMatch(new RegExp(words));
  const standsBack = async () => {
    await untilStatus("role +standby");
    await expect.poll(() => owner.isThere(standby), { timeout: 30_000, interval: 300 }).toBe(false);
  };
  const answers = async () => {
    const text = `are you there? ${Date.now()}`;
    expect((await owner.ask(standby, text, 90_000)).text).toContain(text);
  };

  it("a crash: it takes over, answers, and steps back", { timeout: 5 * minutes }, async () => {
    await killGateway();
    await answers();
    await startGateway();
    await waitForGateway(120_000);
    await standsBack();
    const { out } = await on("journalctl -u openclaw-health-monitor -o cat -n 12");
    expect(out).toMatch(/missed check 3 of 3[\s\S]*PROMOTE[\s\S]*PROMOTED[\s\S]*DEMOTE[\s\S]*DEMOTED/);
  });

  it("a hang is as dead as a crash", { timeout: 5 * minutes }, async () => {
    await pauseGateway();
    try {
      await answers();
    } finally {
      await unpauseGateway();
    }
    await standsBack();
  });

  it("a link that is cut", { timeout: 5 * minutes }, async () => {
    await cutMachine("primary");
    try {
      await answers();
    } finally {
      await healMachine("primary");
    }
    await standsBack();
  });

  it("a planned restart of the primary is no failover", { timeout: 5 * minutes }, async () => {
    const seen = journal(({ text }) => text);
    const finishing = owner.ask("primary", `wait 12 s ${Date.now()}`, 60_000); // it has something to finish first
    await untilTheModelIsAsked();
    await stopGateway();
    await finishing;
    await startGateway();
    await waitForGateway(120_000);
    await untilStatus("primary .* healthy");
    expect(seen.lines().filter((text) => text.startsWith("PROMOTE"))).toEqual([]);
    expect(seen.lines().join("\n")).toContain("it leaves on purpose");
    seen.stop();
  });

  it("the standby that is cut off itself stays where it is, and says so", { timeout: 5 * minutes }, async () => {
    const seen = journal(({ text }) => text);
    await cutMachine(standbyMachine());
    try {
      await seen.until(/ISOLATED|no network/, 150_000);
    } finally {
      await healMachine(standbyMachine());
    }
    await seen.until(/healthy again|is back|reached/, 90_000);
    expect(seen.lines().filter((text) => text.startsWith("PROMOTE"))).toEqual([]);
    seen.stop();
  });

  it("a monitor that is killed while active takes up its role again", { timeout: 5 * minutes }, async () => {
    await killGateway();
    await answers();
    await on("systemctl kill --signal=KILL openclaw-health-monitor");
    await untilStatus("role +active");
    await answers();
    await startGateway();
    await waitForGateway(120_000);
    await standsBack();
  });

  it("a standby that is rebooted while active is active again", { timeout: 6 * minutes }, async () => {
    await killGateway();
    await answers();
    await rebootMachine(standbyMachine());
    await expect
      .poll(async () => (await exec(standbyMachine(), ["systemctl", "is-active", "openclaw-channel"])).stdout.trim(), {
        timeout: 150_000,
        interval: 1000,
      })
      .toBe("active");
    await answers();
    await startGateway();
    await waitForGateway(120_000);
    await standsBack();
  });

  it("a machine that dies whole, primary or not, is a crash", { timeout: 6 * minutes }, async () => {
    await pullPlug("primary");
    try {
      await answers();
    } finally {
      await startMachine("primary");
    }
    await waitForBoot((argv, options) => exec("primary", argv, options), 60_000);
    await startGateway();
    await waitForGateway(120_000);
    await standsBack();
  });

  it("a pause is hands off, also for a primary that dies; resume takes over", { timeout: 5 * minutes }, async () => {
    await on("openclaw-standby pause 10min");
    const seen = journal(({ text }) => text);
    await killGateway();
    await seen.until(/The primary is dead/, 60_000);
    expect((await on("openclaw-standby status")).out).toMatch(/paused by hand/);
    expect(seen.lines().filter((text) => text.startsWith("PROMOTE"))).toEqual([]);
    await on("openclaw-standby resume");
    await answers();
    seen.stop();
    await startGateway();
    await waitForGateway(120_000);
    await standsBack();
  });

  it("a gateway here that has crashed again and again still opens its channel", { timeout: 5 * minutes }, async () => {
    for (let crash = 0; crash < 3; crash++) {
      await on(
        "systemctl kill --signal=KILL openclaw; timeout 60 bash -c 'until curl -fs http://127.0.0.1:18789/readyz | grep -q true; do sleep 0.5; done'",
      );
    }
    await on("openclaw-standby promote");
    await answers();
    await on("openclaw-standby demote");
    await standsBack();
  });

  it("a drill opens the channel, tells how long it took, and closes it", { timeout: 5 * minutes }, async () => {
    const { out, code } = await on("openclaw-standby drill");
    expect(out).toMatch(/DRILL PASSED.*channel connected \+\d+\.\d s, channel closed \+\d+\.\d s/);
    expect(code).toBe(0);
    await standsBack();
  });

  it("keeps what the standby's agent wrote, on a branch of its own", { timeout: 5 * minutes }, async () => {
    await on("openclaw-standby promote");
    await on("echo 'from the standby' > ~/.openclaw/workspace/kept.md", "openclaw");
    await on("openclaw-standby demote");
    const branches = async () =>
      (
        await exec("hub", [
          "git",
          "-c",
          "safe.directory=*",
          "-C",
          "/srv/git/workspace.git",
          "branch",
          "--format=%(refname:short)",
        ])
      ).stdout;
    await expect.poll(branches, { timeout: 60_000, interval: 500 }).toMatch(/^standby\/standby\//m);
    expect((await on("git -C ~/.openclaw/workspace status --porcelain", "openclaw")).out).toBe("");
    await on("openclaw-standby resume");
  });

  it("shows all of this on its page, and to Prometheus", async () => {
    const page = await on('curl -fs "http://$(tailscale ip -4):18790/"');
    expect(page.out).toContain("On standby");
    const metrics = await on('curl -fs "http://$(tailscale ip -4):18790/metrics"');
    expect(metrics.out).toMatch(/^openclaw_standby_role\{role="standby"\} 1$/m);
    expect((await on("curl -s -m 3 http://127.0.0.1:18790/")).code).not.toBe(0);
  });

  it("costs little while all is calm", { timeout: 2 * minutes }, async () => {
    const { out } = await on("grep VmRSS /proc/$(systemctl show -P MainPID openclaw-health-monitor)/status");
    expect(Number(/\d+/.exec(out)?.[0]) / 1024).toBeLessThan(70);
  });
}

/** The gateway has a turn under way: its model was asked, and has not answered. */
const untilTheModelIsAsked = () =>
  expect
    .poll(async () => (await exec("hub", ["ss", "-Htn", "state", "established", "sport = :8000"])).stdout.trim(), {
      timeout: 20_000,
      interval: 200,
    })
    .not.toBe("");

/** What the monitor says from now on. */
function journal(words: (entry: Entry) => string) {
  const lines: string[] = [];
  const following = followJournal(standbyMachine(), ["openclaw-health-monitor.service"], (entry) =>
    lines.push(words(entry)),
  );
  return {
    lines: () => lines,
    until: (pattern: RegExp, timeout: number) =>
      expect.poll(() => lines.join("\n"), { timeout, interval: 250 }).toMatch(pattern),
    stop: following.stop,
  };
}
