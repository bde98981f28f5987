import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      // Fast tests: no root, no network, no machine. `npm run check` runs these.
      {
        test: {
          name: "unit",
          include: ["tests/unit/**/*.test.ts", "tests/simulation/**/*.test.ts"],
          // Many of them wait for processes: one worker more than a small machine has cores.
          maxWorkers: 3,
          // What is polled for comes at once, except on a machine that is busy with other things.
          expect: { poll: { timeout: 4_000 } },
        },
      },
      // Tests against real parts of the sandbox; each file says what it needs.
      {
        test: {
          name: "sandbox",
          include: ["tests/sandbox/**/*.test.ts"],
          fileParallelism: false,
          // Real machines share a real, small host: what fails once is tried once more, and said.
          retry: 1,
          testTimeout: 300_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
