/**
 * The whole story, with nothing but what an owner has: a chat window, and `pulumi`. Each step checks what it shows, and
 * fails the run when it is not so.
 */
import { setTimeout as wait } from "node:timers/promises";
import { type Answer, joinAsOwner, type Owner } from "./ask.ts";
import { seconds } from "./cli.ts";
import { readHub } from "./hub/hub.ts";
import { exec, listMachines } from "./machines/machine.ts";
import { killGateway, startGateway, waitForGateway } from "./primary/gateway.ts";
import { stackOutputs } from "./stack.ts";
import { cloudKeys, endWorld, pulumiLines, type Step, writeReport } from "./world.ts";

/** What a run saw: `timelineMs` counts from the moment the primary was killed. */
export interface Report {
  readonly startedAt: string;
  readonly checks: { readonly name: string; readonly seen: string }[];
  readonly timelineMs: Record<string, number>;
  readonly stepsMs: Record<string, number>;
  passed: boolean;
}

const standbyNick = "standby";
const primaryNick = "primary";

/** The machine that the stack made. */
export function standbyMachine(): string {
  const found = listMachines().find((m) => /^d\d+$/.test(m.name));
  if (!found) throw new Error("There is no standby: run `npm run sandbox -- up` first.");
  return found.name;
}

/** The steps after the world is up, and the report that they fill in. */
export function storySteps(report: Report): Step[] {
  let killedMs = 0;
  let owner: Owner;
  const saw = (name: string, seen: string) => report.checks.push({ name, seen });
  const mark = (event: string, atMs = performance.now()) => {
    report.timelineMs[event] = Math.round(atMs - killedMs);
  };
  const timed = (steps: Step[]): Step[] =>
    steps.map(({ title, run }) => ({
      title,
      run: async (log) => {
        const before = performance.now();
        await run(log);
        report.stepsMs[title] = Math.round(performance.now() - before);
      },
    }));

  return timed([
    {
      title: "pulumi up: the standby",
      run: async (log) => {
        await pulumiLines(["up", "--yes", "--skip-preview", "--non-interactive", "--color", "never"], log);
        const { tailnetAddress } = await stackOutputs();
        saw("the standby's tailnet address", String(tailnetAddress));
      },
    },
    {
      title: "pulumi preview: nothing left to change",
      run: async (log) => {
        await pulumiLines(["preview", "--expect-no-changes", "--non-interactive", "--color", "never"], log);
        saw("preview after up", "no changes");
      },
    },
    {
      title: "The primary answers its owner; the standby is silent",
      run: async () => {
        owner = await joinAsOwner(await readHub());
        const { text } = await owner.ask(primaryNick, "are you there?", 30_000);
        saw("primary answers", text);
        const silent = await owner.ask(standbyNick, "and you?", 2000).then(
          (a: Answer) => a.text,
          () => "silent",
        );
        if (silent !== "silent") throw new Error(`The standby answered while the primary was healthy: ${silent}`);
        saw("standby before", silent);
      },
    },
    {
      title: "The primary is killed; the standby answers",
      run: async (log) => {
        await killGateway();
        killedMs = performance.now();
        const watching = watchJournal((event) => {
          mark(event);
          log(`${event} after ${seconds(performance.now() - killedMs)}`);
        });
        const { text } = await owner.ask(standbyNick, "the primary is gone, are you there?", 120_000);
        mark("message answered");
        saw("standby answers", text);
        await watching.stop();
      },
    },
    {
      title: "The primary returns; the standby steps back",
      run: async () => {
        await startGateway();
        await waitForGateway(120_000);
        mark("primary back");
        await until("the standby's gateway is stopped", 120_000, async () => {
          const { stdout } = await exec(standbyMachine(), [
            "systemctl",
            "show",
            "-p",
            "ActiveState",
            "--value",
            "openclaw.service",
          ]);
          return stdout.trim() === "inactive";
        });
        mark("demoted");
        const { text } = await owner.ask(primaryNick, "welcome back?", 30_000);
        saw("primary answers again", text);
        await owner.leave();
      },
    },
    {
      title: "pulumi destroy: nothing is left",
      run: async (log) => {
        const keys = await cloudKeys();
        await pulumiLines(["destroy", "--yes", "--skip-preview", "--non-interactive", "--color", "never"], log);
        const left = await cloudInventory(keys);
        if (left.length > 0) throw new Error(`Left in the cloud after destroy: ${left.join(", ")}`);
        saw("left in the cloud", "nothing");
        mark("destroyed");
        const here = await endWorld();
        if (here.length > 0) throw new Error(`Left on this host: ${here.join(", ")}`);
        saw("left on this host", "nothing");
        report.passed = true;
        await writeReport(report);
      },
    },
  ]);
}

/** What the standby's journal says of its gateway, as it says it. */
function watchJournal(onEvent: (event: string) => void): { stop: () => Promise<void> } {
  const machine = standbyMachine();
  const seen = new Set<string>();
  const events: readonly [RegExp, string][] = [
    [/miss|refused|no answer|timed out/i, "first missed check"],
    [/promot/i, "promoted"],
    [/ready/i, "gateway ready"],
  ];
  let stopped = false;
  const since = new Date().toISOString().replace("T", " ").slice(0, 19);
  const look = async () => {
    const { stdout } = await exec(machine, [
      "journalctl",
      "-u",
      "openclaw-health-monitor",
      "--since",
      `${since} UTC`,
      "-o",
      "cat",
      "--no-pager",
    ]);
    for (const [pattern, event] of events)
      if (!seen.has(event) && pattern.test(stdout)) {
        seen.add(event);
        onEvent(event);
      }
  };
  const loop = (async () => {
    while (!stopped) {
      await look();
      await wait(250);
    }
  })();
  return {
    stop: async () => {
      stopped = true;
      await loop;
      await look();
    },
  };
}

async function until(what: string, timeoutMs: number, check: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await check())) {
    if (performance.now() > deadline) throw new Error(`Not within ${seconds(timeoutMs)}: ${what}.`);
    await wait(250);
  }
}

/** Whatever the cloud and the tailnet still have of the stack, in words. */
export async function cloudInventory(keys: {
  url: string;
  digitalOceanToken: string;
  tailscaleApiKey: string;
}): Promise<string[]> {
  const ask = async (path: string, token: string, list: string) => {
    const response = await fetch(`${keys.url}${path}`, { headers: { authorization: `Bearer ${token}` } });
    return (
      (
        (await response.json()) as Record<
          string,
          { name?: string; id?: string | number; hostname?: string; tags?: string[] }[]
        >
      )[list] ?? []
    );
  };
  const lists = [
    ["/v2/droplets", "droplets"],
    ["/v2/firewalls", "firewalls"],
    ["/v2/account/keys", "ssh_keys"],
    ["/v2/tags", "tags"],
  ] as const;
  const left: string[] = [];
  for (const [path, list] of lists)
    for (const item of await ask(path, keys.digitalOceanToken, list)) left.push(`${list} ${item.name ?? item.id}`);
  for (const item of await ask("/api/v2/tailnet/-/keys", keys.tailscaleApiKey, "keys"))
    left.push(`auth key ${item.id}`);
  for (const device of await ask("/api/v2/tailnet/-/devices", keys.tailscaleApiKey, "devices"))
    if (!device.tags?.includes("tag:primary")) left.push(`device ${device.hostname}`);
  return left;
}
