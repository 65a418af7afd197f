// The models step of set-up as a program of its own: run by modelsStep.mjs, progress on standard error.
import { prepareModels } from './models.ts';
import { cacheFolder } from './paths.mjs';

try {
  await prepareModels({ cacheDir: cacheFolder, onProgress: (text: string) => process.stderr.write(`set-up: ${text}\n`) });
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
