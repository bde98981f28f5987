import { parseArgs } from "node:util";
import fc from "fast-check";
import { runWorld } from "./run.ts";
import { ailingWorld, cutOffWorld, flappingWorld, world } from "./worlds.ts";

// npm run simulate -- [--days 100000] [--seed 42]: as many simulated days as there is patience for.
const { values } = parseArgs({ options: { days: { type: "string", default: "10000" }, seed: { type: "string" } } });
const wantedDays = Number(values.days);
const firstSeed = Number(values.seed ?? Date.now() % 2 ** 31);
if (!(wantedDays > 0) || !Number.isInteger(firstSeed)) {
  console.error("usage: npm run simulate -- [--days N] [--seed N]");
  process.exit(64);
}

const dayMs = 86_400_000;
const startedAt = performance.now();
let days = 0;
for (let seed = firstSeed; days < wantedDays; seed += 1) {
  let simulatedMs = 0;
  const promise = fc.property(world(60), (one) => {
    simulatedMs += runWorld(one, 30 * 60_000).simulatedMs;
  });
  for (const special of [ailingWorld, flappingWorld, cutOffWorld]) {
    const kept = fc.property(special, (one) => {
      simulatedMs += runWorld(one, 30 * 60_000).simulatedMs;
    });
    fc.assert(kept, { seed, numRuns: 50 });
  }
  // Throws with the seed and the smallest world that breaks a promise.
  fc.assert(promise, { seed, numRuns: 500 });
  days += simulatedMs / dayMs;
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0);
  console.log(`seed ${seed}: all promises kept; ${Math.round(days)} days in ${seconds} s`);
}
