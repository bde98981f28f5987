/** Small things that every verb of the sandbox uses: steps on a terminal, plain words for errors. */
import { Listr } from "listr2";
import type { Step } from "./world.ts";

/** Runs steps one after the other, each with its time; on a terminal live, elsewhere line by line. */
export async function runSteps(steps: readonly Step[]): Promise<void> {
  const startedMs = new Map<string, number>();
  const tasks = new Listr(
    steps.map(({ title, run }) => ({
      title,
      task: async (_context: unknown, task: { output: string; title: string }) => {
        startedMs.set(title, performance.now());
        await run((line) => {
          task.output = line;
        });
        task.title = `${title} (${seconds(performance.now() - startedMs.get(title)!)})`;
      },
      rendererOptions: { persistentOutput: false },
    })),
    { exitOnError: true, fallbackRenderer: "simple", rendererOptions: { collapseErrors: false } },
  );
  await tasks.run();
}

/** 12.3 s */
export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
