// `npm run -s loadtest -- --scenario NAME [--seconds N] [--minutes N] [--compare plain] [--json]`: loadtest/README.md.
// Progress goes to standard error, figures to standard output, a report with plots to a file.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { readOptions } from './options.ts';
import { reportPage } from './report/reportPage.ts';
import { figureLines } from './report/figureLines.ts';
import { scenarios } from './scenarios/scenarios.ts';

/** Beyond several times what is measured, and this, something hangs. */
const LIMIT_FACTOR = 5;
const LIMIT_MS = 240_000;

const options = readOptions(Object.keys(scenarios));
const scenario = scenarios[options.scenario]!;
const note = (text: string): void => { process.stderr.write(`  ${text}\n`); };
const limitMs = (options.seconds ?? scenario.defaultSeconds) * 1_000 * LIMIT_FACTOR + LIMIT_MS;
setTimeout(() => {
  note(`gave up after ${Math.round(limitMs / 1_000)} s`);
  // Server and bots end when this process does.
  process.exit(1);
}, limitMs).unref();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));

note(`${options.scenario}: ${scenario.about}`);
const { figures, plots } = await scenario.run({ options, note });
const result = { scenario: options.scenario, ...figures };
await mkdir(dirname(options.reportFile), { recursive: true });
await writeFile(options.reportFile, reportPage({ title: options.scenario, about: scenario.about, figures: result, plots }));
note(`report: ${options.reportFile}`);
process.stdout.write(options.json ? `${JSON.stringify(result, null, 2)}\n` : `${figureLines(result).join('\n')}\n`);
process.exit(0);
