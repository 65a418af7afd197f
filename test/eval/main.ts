/**
 * `npm run -s eval -- [--portraits DIR] [--limit N] [--generator NAME] [--analysis-only] [--sheets DIR] [--workers N] --json`
 * `npm run -s eval -- --reading-floor [--heads N] --json`
 * `npm run -s eval -- --tracker-response [--write] --json`
 * `npm run -s eval -- --table [--limit N] [--rows NAME,…] [--heads N] [--minutes M] [--markdown FILE] [--sheets DIR] --json`
 *
 * Without `--portraits`, those of the shared data beside the project's folder.
 *
 * Makes avatars of a folder of portraits and measures them; `--table` compares generators on portraits never trained on.
 * `--limit N` takes N portraits spread evenly over the folder in name order, always the same ones. What each figure means
 * is told in README.md beside this file.
 */
import { readdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { GENERATOR_NAMES } from '../../server/generator/avatarMaker.ts';
import { projectFolder } from '../../server/setup/paths.mjs';
import { parseOptions } from '../../server/setup/parseOptions.ts';
import { heldOut, mingled, spread } from './portraitChoice.ts';
import { tableMarkdown } from './markdown.ts';
import { analysisReport, evaluationReport } from './report.ts';
import type { Outcome } from './report.ts';
import { ROW_NAMES, RowMaker } from './rowMaker.ts';
import { FIRST_TRUTH_SEED } from './truthSeeds.ts';
import { tableReport } from './tableReport.ts';
import type { TableOutcome } from './tableReport.ts';
import { runTasks } from './taskRunner.ts';
import type { Task } from './worker.ts';

const USAGE = `usage: eval [--portraits DIR] [--limit N] [--only NAME,NAME] [--generator ${GENERATOR_NAMES.join('|')}] [--analysis-only] [--sheets DIR] [--workers N] [--json]
       eval --table [--portraits DIR] [--limit N] [--only NAME,NAME] [--rows ${ROW_NAMES.join(',')}] [--heads N] [--minutes M] [--markdown FILE] [--sheets DIR] [--workers N] [--json]
       eval --reading-floor [--heads N] [--json]
       eval --tracker-response [--write] [--json]`;

const { values } = parseOptions({ options: {
  portraits: { type: 'string' }, limit: { type: 'string' }, only: { type: 'string' }, generator: { type: 'string' }, json: { type: 'boolean', default: false },
  'analysis-only': { type: 'boolean', default: false }, sheets: { type: 'string' }, workers: { type: 'string', default: '2' },
  'reading-floor': { type: 'boolean', default: false }, 'tracker-response': { type: 'boolean', default: false }, write: { type: 'boolean', default: false }, table: { type: 'boolean', default: false }, rows: { type: 'string' }, heads: { type: 'string', default: '8' }, markdown: { type: 'string' }, minutes: { type: 'string' },
} }, USAGE);

function fail(message: string): never {
  process.stderr.write(`${message}\n${USAGE}\n`);
  process.exit(2);
}

function positive(option: 'limit' | 'workers' | 'heads' | 'minutes', least = 1): number {
  const value = values[option] === undefined ? Infinity : Number(values[option]);
  if (!(value >= least)) fail(`--${option}: expected a number from ${least}, got '${values[option]}'`);
  return value;
}

if (values['reading-floor']) {
  // Only here: the people are made from source data that nothing else needs.
  const { readingFloor } = await import('./readingFloor.ts');
  print(await readingFloor(positive('heads')));
  process.exit(0);
}
if (values['tracker-response']) {
  const { trackerResponse } = await import('./trackerResponse.ts');
  print(await trackerResponse(values.write));
  process.exit(0);
}
const folder = resolve(values.portraits ?? join(projectFolder, '..', 'shared', 'data', 'portraits'));
const sheets = values.sheets === undefined ? undefined : resolve(values.sheets);
const all = (await readdir(folder).catch(() => fail(`--portraits: expected a folder of portraits, found none at ${folder}`))).filter((name) => /\.(jpe?g|png|webp|avif|heic|heif)$/i.test(name)).sort();
const wanted = values.only === undefined ? undefined : new Set(values.only.split(','));
const names = spread((values.table ? heldOut(all) : all).filter((name) => wanted === undefined || wanted.has(name) || wanted.has(name.replace(/\.[^.]*$/, ''))), positive('limit'));
if (names.length === 0) fail(`no portraits in ${folder}`);
const files = names.map((name) => join(folder, name));
const outcomes = values.table ? await makeTable() : await evaluatePortraits();
process.exitCode = outcomes.some((outcome) => outcome.status === 'failed') ? 1 : 0;

async function evaluatePortraits(): Promise<Outcome[]> {
  const generators = GENERATOR_NAMES.filter((name) => values.generator === undefined || name === values.generator);
  if (generators.length === 0) fail(`there is no generator '${values.generator}'`);
  const tasks = files.map((file): Task => (values['analysis-only'] ? { kind: 'analysis', file } : { kind: 'portrait', file, generators, sheets }));
  const done = await runTasks(tasks, positive('workers'), positive('minutes')) as Outcome[];
  print(values['analysis-only'] ? analysisReport(done) : evaluationReport(done));
  return done;
}

async function makeTable(): Promise<TableOutcome[]> {
  const asked = values.rows === undefined ? ROW_NAMES : ROW_NAMES.filter((row) => values.rows!.split(',').includes(row));
  const rows = RowMaker.rows(asked);
  if (rows.length === 0) fail(`--rows: expected some of ${ROW_NAMES.join(', ')}, got '${values.rows}'`);
  for (const row of asked) if (!rows.includes(row)) process.stderr.write(`row ${row} is left out: its model is not there\n`);
  const heads = Array.from({ length: positive('heads', 0) }, (_, i): Task => ({ kind: 'silhouettes', seed: FIRST_TRUTH_SEED + i, rows, sheets }));
  const portraits = files.map((file): Task => ({ kind: 'table', file, rows, sheets }));
  const done = await runTasks(mingled([...portraits, ...heads]), positive('workers'), positive('minutes')) as TableOutcome[];
  const report = tableReport(done);
  if (values.markdown !== undefined) await writeFile(values.markdown, tableMarkdown(report));
  print(report);
  return done;
}

function print(report: object): void {
  process.stdout.write(`${JSON.stringify(report, null, values.json ? undefined : 2)}\n`);
}
