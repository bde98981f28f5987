import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseScenario, play, printScenario } from "./scenario.ts";

const dir = join(import.meta.dirname, "../scenarios");

// UPDATE_SCENARIOS=1 writes the journals anew; the change is then read, like any other, in the diff.
const update = process.env.UPDATE_SCENARIOS !== undefined;

for (const name of readdirSync(dir).filter((one) => one.endsWith(".txt"))) {
  test(`scenario ${name.slice(0, -".txt".length)}`, () => {
    const path = join(dir, name);
    const scenario = parseScenario(readFileSync(path, "utf8"));
    const journal = play(scenario.script);
    if (update) writeFileSync(path, printScenario({ ...scenario, journal }));
    else expect(journal).toBe(scenario.journal);
  });
}
