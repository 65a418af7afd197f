import { defineConfig } from 'vitest/config';

/**
 * One project a kind of test: `npx vitest run --project unit`. `npm test` runs all of them; the ones that need a
 * worker, models, a browser or gl find what set-up prepared (`npm test`, or any command that needs the same).
 */
export default defineConfig({
  test: {
    projects: [
      project('unit', 20_000),
      project('contract', 30_000),
      project('integration', 60_000),
      // Only where `npm run train:setup` has been run: test/checks/trainingRun.ts.
      project('training', 900_000, { fileParallelism: false }),
      // One at a time: they draw in software and want the machine's cores to themselves.
      project('golden', 120_000, { fileParallelism: false }),
      project('e2e', 300_000, { fileParallelism: false }),
    ],
    maxWorkers: 2,
  },
});

function project(name: string, timeoutMs: number, more: { fileParallelism?: boolean } = {}) {
  return {
    test: {
      name,
      include: [`test/${name}/**/*.test.ts`],
      environment: 'node' as const,
      pool: 'forks' as const,
      testTimeout: timeoutMs,
      hookTimeout: timeoutMs,
      // Its wasm is inside its script: transforming that takes half a minute, and Node loads it as it is.
      server: { deps: { external: [/@adobe\/spz/] } },
      ...more,
    },
  };
}
