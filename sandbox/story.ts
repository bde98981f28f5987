/**
 * The whole story, with nothing but what an owner has: a chat window, and `pulumi`. Each step checks what it shows, and
 * fails the run when it is not so.
 */
import { setTimeout as wait } from "node:timers/promises";
import { type Answer, joinAsOwner, type Owner } from "./ask.ts";
import { seconds } from "./cli.ts";
import { readHub } from "./hub/hub.ts";
import { followJournal, lastEntry } from "./journal.ts";
import { exec, listMachines } from "./machines/machine.ts";
import { killGateway, startGateway, waitForGateway } from "./primary/gateway.ts";
import { stackOutputs } from "./stack.ts";
import { cloudKeys, endWorld, pulumiDestroy, pulumiLines, pulumiUp, type Step, writeReport } from "./world.ts";

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

/** Whether a machine is one that the cloud has made. */
export const isStandby = (machine: string): boolean => /^d\d+$/.test(machine);

/** The machine that the stack made. */
export function standbyMachine(): string {
  const found = listMachines().find(({ name }) => isStandby(name));
  if (!found) throw new Error("There is no standby: run `npm run sandbox -- up` first.");
  return found.name;
}

/** The steps after the world is up, and the report that they fill in. */
export function storySteps(report: Report): Step[] {
  let killedMs = 0;
  let readyMs: number | undefined;
  let watching: { stop: () => void };
  let owner: Owner;
  const saw = (name: string, seen: string) => report.checks.push({ name, seen });
  const mark = (event: string, atMs = Date.now()) => {
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
        await pulumiUp(log);
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
        await until("the standby's gateway is ready, its channel closed", 120_000, async () => {
          readyMs = (await lastEntry(standbyMachine(), monitor, "The gateway here is ready"))?.atMs;
          return readyMs !== undefined;
        });
      },
    },
    {
      title: "The primary is killed; the standby answers",
      run: async (log) => {
        watching = watchMilestones((event, atMs) => {
          mark(event, atMs);
          log(`${event} after ${seconds(atMs - killedMs)}`);
        });
        await killGateway();
        killedMs = Date.now();
        mark("gateway ready", readyMs); // kept warm: before it was needed
        const { text } = await owner.ask(standbyNick, "the primary is gone, are you there?", 120_000);
        mark("message answered");
        saw("standby answers", text);
      },
    },
    {
      title: "The primary returns; the standby steps back",
      run: async () => {
        await startGateway();
        await waitForGateway(120_000);
        mark("primary back");
        await until("the standby has stepped back", 120_000, async () => "demoted" in report.timelineMs);
        watching.stop();
        await until("the standby is off its channel", 20_000, async () => {
          const { stdout } = await exec(standbyMachine(), ["systemctl", "is-active", "openclaw-channel.service"]);
          return stdout.trim() === "inactive";
        });
        const missing = milestones.map(({ event }) => event).filter((event) => !(event in report.timelineMs));
        if (missing.length > 0) throw new Error(`Not seen in the standby's journal: ${missing.join(", ")}.`);
        const { text } = await owner.ask(primaryNick, "welcome back?", 30_000);
        saw("primary answers again", text);
        await owner.leave();
      },
    },
    {
      title: "pulumi destroy: nothing is left",
      run: async (log) => {
        const keys = await cloudKeys();
        await pulumiDestroy(log);
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

const monitor = "openclaw-health-monitor.service";
/** How each step of a failover reads in the standby's journal: where, and in what words. */
export const milestones: readonly { event: string; unit: string; says: RegExp }[] = [
  { event: "first missed check", unit: monitor, says: /missed check 1 / },
  { event: "promoted", unit: monitor, says: /^PROMOTE\b/ },
  { event: "channel connected", unit: "openclaw-channel.service", says: /^The channel .* is connected/ },
  { event: "demoted", unit: monitor, says: /^DEMOTED\b/ },
];

/** Tells of each milestone as the standby's journal does. */
function watchMilestones(onEvent: (event: string, atMs: number) => void): { stop: () => void } {
  const seen = new Set<string>();
  return followJournal(standbyMachine(), [...new Set(milestones.map((m) => m.unit))], ({ unit, text, atMs }) => {
    const found = milestones.find((m) => m.unit === unit && m.says.test(text));
    if (!found || seen.has(found.event)) return;
    seen.add(found.event);
    onEvent(found.event, atMs);
  });
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
