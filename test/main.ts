// `npm test [-- PART …]`: types, lint, the vitest projects without a browser, then the end-to-end test. The last line
// of standard output is 'N passed, N failed, N skipped' over all of them.
import { checkLint } from './checks/lintRules.ts';
import { add, NOTHING, type Tally } from './checks/check.ts';
import { checkLockFile } from './checks/lockFile.ts';
import { checkTypes } from './checks/typeProjects.ts';
import { runTraining } from './checks/trainingRun.ts';
import { runVitest } from './checks/vitestRun.ts';

const parts: Readonly<Record<string, () => Promise<Tally>>> = {
  types: checkTypes,
  lint: async () => add(await checkLint(), await checkLockFile()),
  tests: () => runVitest(['unit', 'contract', 'integration']),
  training: runTraining,
  golden: () => runVitest(['golden']),
  e2e: () => runVitest(['e2e']),
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(parts, name));
if (unknown.length > 0) {
  process.stderr.write(`there is no part '${unknown.join("', '")}'; there are ${Object.keys(parts).join(', ')}\n`);
  process.exit(2);
}

const lines: string[] = [];
let total: Tally = NOTHING;
for (const [name, run] of Object.entries(parts)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  process.stderr.write(`\n── ${name} ──\n`);
  const startMs = performance.now();
  const tally = await run();
  total = add(total, tally);
  lines.push(`${name.padEnd(9)}${describe(tally)} (${Math.round((performance.now() - startMs) / 1000)} s)`);
}
process.stdout.write(`\n${lines.join('\n')}\n\n${describe(total)}\n`);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;

function describe(tally: Tally): string {
  return `${tally.passed} passed, ${tally.failed} failed${tally.skipped > 0 ? `, ${tally.skipped} skipped` : ''}`;
}
