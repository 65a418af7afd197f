import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { cacheFolder } from '../../server/setup/paths.mjs';
import { NOTHING, runTool, type Tally } from './check.ts';

const reportSchema = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
  testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(z.object({ status: z.string() })) })),
});

/**
 * Runs vitest projects of vitest.config.ts and counts. A file that could not be loaded or prepared counts as one failure, and so
 * does a run that ends badly without naming a failed test.
 */
export async function runVitest(projects: readonly string[]): Promise<Tally> {
  const reportFile = join(cacheFolder, 'test', `vitest-${projects.join('-')}.json`);
  mkdirSync(dirname(reportFile), { recursive: true });
  rmSync(reportFile, { force: true });
  const status = await runTool(join('node_modules', 'vitest', 'vitest.mjs'), [
    'run', ...projects.flatMap((name) => ['--project', name]),
    '--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`,
  ]);
  if (!existsSync(reportFile)) return { ...NOTHING, failed: 1 };
  const report = reportSchema.parse(JSON.parse(readFileSync(reportFile, 'utf8')));
  const unloaded = report.testResults.filter((file) => file.status === 'failed' && !file.assertionResults.some(({ status: one }) => one === 'failed'));
  const failed = report.numFailedTests + unloaded.length;
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && status !== 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}
