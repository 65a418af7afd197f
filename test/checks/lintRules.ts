import { join } from 'node:path';
import { NOTHING, runTool, type Tally } from './check.ts';

/** oxlint over the whole project, the dependency directions of .oxlintrc.json included; counts as one check. */
export async function checkLint(): Promise<Tally> {
  const status = await runTool(join('node_modules', 'oxlint', 'bin', 'oxlint'), ['--deny-warnings']);
  process.stderr.write(`  ${status === 0 ? '✓' : '✗'} lint\n`);
  return { ...NOTHING, passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1 };
}
