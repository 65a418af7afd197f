/** One process of the evaluation: takes a task at a time from its parent and answers with its outcome. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { AvatarMaker } from '../../server/generator/avatarMaker.ts';
import type { GeneratorName } from '../../server/generator/avatarMaker.ts';
import { StippleError } from '../../shared/protocol/errors.ts';
import { portraitGroups } from './groups.ts';
import { IdentityModel } from './identityModel.ts';
import { PortraitEvaluator } from './portraitEvaluation.ts';
import type { PortraitReference } from './portraitEvaluation.ts';
import type { Outcome, PortraitFigures } from './report.ts';
import { RowMaker } from './rowMaker.ts';
import type { RowName } from './rowMaker.ts';
import { SilhouetteEvaluator, trueSilhouettes } from './silhouettes.ts';
import type { RowFigures, SilhouetteRow, TableOutcome } from './tableReport.ts';

export type Task =
  | { readonly kind: 'analysis'; readonly file: string }
  | { readonly kind: 'portrait'; readonly file: string; readonly generators: readonly GeneratorName[]; readonly sheets: string | undefined }
  /** One portrait in every row of the table. */
  | { readonly kind: 'table'; readonly file: string; readonly rows: readonly RowName[]; readonly sheets: string | undefined }
  /** One invented person in every row of the table: outlines only. */
  | { readonly kind: 'silhouettes'; readonly seed: number; readonly rows: readonly RowName[]; readonly sheets: string | undefined };

const SEED = 1;

const maker = await AvatarMaker.load();
await maker.perception.warmUp();
const rowMaker = new RowMaker(maker);
let evaluators: { portrait: PortraitEvaluator; silhouettes: SilhouetteEvaluator } | undefined;

async function openEvaluators(): Promise<NonNullable<typeof evaluators>> {
  evaluators ??= { portrait: new PortraitEvaluator(maker, await IdentityModel.load()), silhouettes: new SilhouetteEvaluator(maker) };
  return evaluators;
}

async function writeSheet(folder: string, name: string, sheet: Buffer | undefined): Promise<void> {
  if (sheet === undefined) return;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${name}.png`), sheet);
}

async function analyse(file: string): Promise<Outcome> {
  const started = performance.now();
  const { reprojectionErrorPercent, stageMilliseconds } = await maker.analyse(await readFile(file));
  return { portrait: basename(file), status: 'analysed', reprojectionErrorPercent, milliseconds: performance.now() - started, stageMilliseconds };
}

async function evaluate({ file, generators, sheets }: Task & { kind: 'portrait' }): Promise<Outcome> {
  const { portrait: evaluator } = await openEvaluators();
  const bytes = await readFile(file);
  const portrait = basename(file);
  const figures: PortraitFigures[] = [];
  let reference: PortraitReference | undefined;
  for (const generator of generators) {
    const made = await maker.make(bytes, { generator, seed: SEED, signal: new AbortController().signal });
    reference ??= await evaluator.reference(made.portrait);
    const measured = await evaluator.measure(reference, made.bytes, sheets === undefined ? undefined : portrait);
    figures.push({
      portrait, generator, ...measured.figures, milliseconds: Math.round(made.milliseconds),
      reprojectionErrorPercent: made.portrait.reprojectionErrorPercent,
    });
    if (sheets !== undefined) await writeSheet(sheets, `${portrait.replace(/\.[^.]*$/, '')}-${generator}`, measured.sheet);
  }
  return { portrait, status: 'evaluated', figures };
}

async function compareRows({ file, rows, sheets }: Task & { kind: 'table' }): Promise<TableOutcome> {
  const { portrait: evaluator } = await openEvaluators();
  const portrait = basename(file);
  const name = portrait.replace(/\.[^.]*$/, '');
  const started = performance.now();
  const analysed = await maker.analyse(await readFile(file));
  const analysisMilliseconds = performance.now() - started;
  const reference = await evaluator.reference(analysed);
  const figures: RowFigures[] = [];
  for await (const made of rowMaker.make(analysed, rows, SEED)) {
    const measured = await evaluator.measure(reference, made.bytes, sheets === undefined ? undefined : `${portrait} ${made.row}`);
    figures.push({
      row: made.row, ...measured.figures, points: made.pointCount, milliseconds: Math.round(analysisMilliseconds + made.milliseconds),
      reprojectionErrorPercent: analysed.reprojectionErrorPercent,
    });
    if (sheets !== undefined) await writeSheet(sheets, `${name}-${made.row}`, measured.sheet);
  }
  return { portrait, status: 'compared', groups: portraitGroups(name, analysed), figures };
}

async function compareSilhouettes({ seed, rows, sheets }: Task & { kind: 'silhouettes' }): Promise<TableOutcome> {
  const { silhouettes } = await openEvaluators();
  // Only here: the people are made from source data that nothing else needs.
  const { SyntheticTruth } = await import('./syntheticTruth.ts');
  const truth = await SyntheticTruth.open(seed);
  const analysed = await maker.analyse(await truth.photo());
  const outlines = trueSilhouettes(truth, analysed);
  const figures: SilhouetteRow[] = [];
  for await (const made of rowMaker.make(analysed, rows, SEED)) {
    const measured = await silhouettes.measure(analysed, outlines, made.bytes, sheets !== undefined);
    figures.push({ row: made.row, ...measured.figures });
    if (sheets !== undefined) await writeSheet(sheets, `seed-${seed}-${made.row}`, measured.sheet);
  }
  return { portrait: `seed ${seed}`, status: 'outlined', figures };
}

function carryOut(task: Task): Promise<Outcome | TableOutcome> {
  switch (task.kind) {
    case 'analysis': return analyse(task.file);
    case 'portrait': return evaluate(task);
    case 'table': return compareRows(task);
    case 'silhouettes': return compareSilhouettes(task);
  }
}

async function run(task: Task): Promise<Outcome | TableOutcome> {
  const portrait = task.kind === 'silhouettes' ? `seed ${task.seed}` : basename(task.file);
  try {
    return await carryOut(task);
  } catch (error) {
    if (error instanceof StippleError && error.code.startsWith('PORTRAIT_')) return { portrait, status: 'refused', code: error.code, message: error.message };
    return { portrait, status: 'failed', message: error instanceof Error ? error.stack ?? error.message : String(error) };
  }
}

// The parent decides when it is over.
process.on('SIGINT', () => {});
process.on('message', (task: Task) => {
  void run(task).then((outcome) => process.send!(outcome));
});
process.send!('ready');
