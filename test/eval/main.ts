/**
 * `npm run -s eval -- --portraits DIR [--limit N] [--generator NAME] [--analysis-only] [--sheets DIR] [--workers N] --json`
 *
 * Makes avatars of a folder of portraits and measures them. `--limit N` takes N portraits spread evenly over the
 * folder in name order, always the same ones. What each figure means is told in README.md beside this file.
 */
import { fork } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { GENERATOR_NAMES } from '../../server/generator/avatarMaker.ts';
import type { GeneratorName } from '../../server/generator/avatarMaker.ts';
import type { Outcome } from './report.ts';
import { analysisReport, evaluationReport } from './report.ts';
import type { Task } from './worker.ts';

const { values } = parseArgs({ options: {
  portraits: { type: 'string' }, limit: { type: 'string' }, only: { type: 'string' }, generator: { type: 'string' }, json: { type: 'boolean', default: false },
  'analysis-only': { type: 'boolean', default: false }, sheets: { type: 'string' }, workers: { type: 'string', default: '2' },
} });

function fail(message: string): never {
  process.stderr.write(`${message}\nusage: eval --portraits DIR [--limit N] [--only NAME,NAME] [--generator ${GENERATOR_NAMES.join('|')}] [--analysis-only] [--sheets DIR] [--workers N] [--json]\n`);
  process.exit(2);
}

if (values.portraits === undefined) fail('--portraits is missing');
const generators = GENERATOR_NAMES.filter((name) => values.generator === undefined || name === values.generator);
if (generators.length === 0) fail(`there is no generator '${values.generator}'`);
const limit = values.limit === undefined ? Infinity : Number(values.limit);
if (!(limit >= 1)) fail(`--limit: expected a number from 1, got '${values.limit}'`);

const folder = resolve(values.portraits);
let names = (await readdir(folder)).filter((name) => /\.(jpe?g|png|webp|avif|heic|heif)$/i.test(name)).sort();
if (values.only !== undefined) {
  const wanted = new Set(values.only.split(','));
  names = names.filter((name) => wanted.has(name) || wanted.has(name.replace(/\.[^.]*$/, '')));
}
if (names.length === 0) fail(`no portraits in ${folder}`);
const chosen = names.length <= limit ? names : Array.from({ length: limit }, (_, i) => names[Math.floor((i * names.length) / limit)]!);
const outcomes = new Map<string, Outcome>();
const started = performance.now();
let next = 0;
await Promise.all(Array.from({ length: Math.min(Number(values.workers), chosen.length) }, () => work()));
const ordered = chosen.map((name) => outcomes.get(name) ?? { portrait: name, status: 'failed' as const, message: 'the worker ended' });
const report = values['analysis-only'] ? analysisReport(ordered) : evaluationReport(ordered);
process.stdout.write(`${JSON.stringify(report, null, values.json ? undefined : 2)}\n`);
process.exitCode = ordered.some((outcome) => outcome.status === 'failed') ? 1 : 0;

/** Runs one worker process until no portraits are left. */
function work(): Promise<void> {
  return new Promise((done) => {
    const child = fork(fileURLToPath(new URL('worker.ts', import.meta.url)), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    child.on('message', (message: Outcome | 'ready') => {
      if (message !== 'ready') {
        outcomes.set(message.portrait, message);
        process.stderr.write(`${outcomes.size}/${chosen.length} ${message.portrait} ${summary(message)} ${((performance.now() - started) / 1000).toFixed(0)} s\n`);
      }
      const name = chosen[next++];
      if (name === undefined) {
        child.disconnect();
        return;
      }
      const task: Task = {
        file: join(folder, name), generators: [...generators] as GeneratorName[], analysisOnly: values['analysis-only'],
        sheets: values.sheets === undefined ? undefined : resolve(values.sheets),
      };
      child.send(task);
    });
    child.on('exit', () => done());
  });
}

function summary(outcome: Outcome): string {
  switch (outcome.status) {
    case 'evaluated': return outcome.figures.map((f) =>
      `face ${f.psnrFace.toFixed(1)} head ${f.psnr.toFixed(1)} csim ${f.csim.toFixed(2)}/${f.csimYaw20.toFixed(2)} akd ${f.akdPixels?.toFixed(2)} holes ${f.holePercent20.toFixed(2)}/${f.holePercent40.toFixed(2)} blink ${f.blinkRatio?.toFixed(2)} mouth ${f.mouthGap?.toFixed(2)} apd ${f.apdDegrees?.toFixed(1)}`).join(' | ');
    case 'analysed': return `${outcome.reprojectionErrorPercent.toFixed(2)} % ${outcome.milliseconds.toFixed(0)} ms`;
    case 'refused': return outcome.code;
    case 'failed': return `failed: ${outcome.message}`;
  }
}
