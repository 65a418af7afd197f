/** One process of the evaluation: takes a portrait at a time from its parent and answers with its outcome. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { AvatarMaker } from '../../server/generator/avatarMaker.ts';
import type { GeneratorName } from '../../server/generator/avatarMaker.ts';
import { StippleError } from '../../shared/protocol/errors.ts';
import { IdentityModel } from './identityModel.ts';
import { PortraitEvaluator } from './portraitEvaluation.ts';
import type { PortraitFigures } from './portraitEvaluation.ts';
import type { Outcome } from './report.ts';

export interface Task {
  readonly file: string;
  readonly generators: readonly GeneratorName[];
  readonly analysisOnly: boolean;
  /** Folder for contact sheets. */
  readonly sheets: string | undefined;
}

const maker = await AvatarMaker.load();
await maker.perception.warmUp();
let evaluator: PortraitEvaluator | undefined;

async function run(task: Task): Promise<Outcome> {
  const portrait = basename(task.file);
  const bytes = await readFile(task.file);
  try {
    if (task.analysisOnly) {
      const started = performance.now();
      const { reprojectionErrorPercent, stageMilliseconds } = await maker.analyse(bytes);
      return { portrait, status: 'analysed', reprojectionErrorPercent, milliseconds: performance.now() - started, stageMilliseconds };
    }
    evaluator ??= new PortraitEvaluator(maker, await IdentityModel.load());
    const figures: PortraitFigures[] = [];
    for (const generator of task.generators) {
      const result = await evaluator.evaluate(task.file, bytes, generator, task.sheets !== undefined);
      figures.push(result.figures);
      if (task.sheets === undefined || result.sheet === undefined) continue;
      await mkdir(task.sheets, { recursive: true });
      await writeFile(join(task.sheets, `${portrait.replace(/\.[^.]*$/, '')}-${generator}.png`), result.sheet);
    }
    return { portrait, status: 'evaluated', figures };
  } catch (error) {
    if (error instanceof StippleError && error.code.startsWith('PORTRAIT_')) return { portrait, status: 'refused', code: error.code, message: error.message };
    return { portrait, status: 'failed', message: error instanceof Error ? error.stack ?? error.message : String(error) };
  }
}

process.on('message', (task: Task) => {
  void run(task).then((outcome) => process.send!(outcome));
});
process.send!('ready');
