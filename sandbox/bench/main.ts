/**
 * `npm run bench [-- --trials N] [--monitors warm,shell] [--faults kill,cut]
 * [--keep] [--reuse]`: how long the owner is cut off, measured.
 * Brings up a sandbox of its own; the monitors take turns on the same machine, so that all have the same.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { joinAsOwner } from "../ask.ts";
import { runSteps } from "../cli.ts";
import { readHub } from "../hub/hub.ts";
import { stateDir } from "../paths.ts";
import { buildSteps, endWorld, pulumiUp, worldSteps } from "../world.ts";
import { chart } from "./chart.ts";
import { costOfMonitor, type MonitorName, monitorNames, originalConfig, useMonitor } from "./monitors.ts";
import { type Bench, table } from "./table.ts";
import { type FaultName, faultNames, runTrial, type Trial } from "./trial.ts";

const { values } = parseArgs({
  options: {
    trials: { type: "string", default: "5" },
    monitors: { type: "string", default: monitorNames.join(",") },
    faults: { type: "string", default: faultNames.join(",") },
    /** Leaves the sandbox up for another run, which takes it with `--reuse`. */
    keep: { type: "boolean", default: false },
    reuse: { type: "boolean", default: false },
  },
});
const monitors = values.monitors.split(",") as MonitorName[];
const faults = values.faults.split(",") as FaultName[];

if (!values.reuse) await runSteps([...buildSteps, ...worldSteps(), { title: "pulumi up: the standby", run: pulumiUp }]);
try {
  const original = await originalConfig();
  const trials: Trial[] = [];
  const cost: Bench["cost"] = {};
  const owner = await joinAsOwner(await readHub());
  for (const monitor of monitors) {
    await useMonitor(monitor, original);
    if (monitor !== "shell") cost[monitor] = await costOfMonitor();
    for (let i = 0; i < Number(values.trials); i++)
      for (const fault of faults) {
        const trial = await runTrial(monitor, fault, owner);
        trials.push(trial);
        console.log(
          `${monitor.padEnd(6)} ${fault.padEnd(5)} ${JSON.stringify(trial.stepsMs)} answered ${trial.answeredMs}`,
        );
        await save({ at: new Date().toISOString(), trials, cost });
      }
  }
  await owner.leave();
  console.log(`\n${table({ at: "", trials, cost })}`);
} finally {
  if (!values.keep) await endWorld();
}

async function save(bench: Bench): Promise<void> {
  await writeFile(join(stateDir, "bench.json"), `${JSON.stringify(bench, null, 2)}\n`);
  await writeFile(join(stateDir, "bench.md"), `${table(bench)}\n`);
  await writeFile(join(stateDir, "failover.svg"), chart(bench.trials));
}
