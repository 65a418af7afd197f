import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { modelsFolder, mirrorFolders } from '../../server/setup/paths.mjs';
import { readModelList, type ModelList } from '../../server/inference/modelList.ts';

/** The prepared models; a test that needs them fails with the cure when set-up has not run. */
export function requireModels(): { readonly folder: string; readonly list: ModelList } {
  const list = readModelList(modelsFolder);
  if (!list) throw new Error(`no models in ${modelsFolder}: run npm run setup`);
  return { folder: modelsFolder, list };
}

/** Portraits of the mirror folder, absolute; empty where there is none (tests then skip and say so). */
export function mirrorPortraits(): string[] {
  const folder = mirrorFolders().map((mirror) => join(mirror, 'portraits')).find((candidate) => existsSync(candidate));
  return folder === undefined ? [] : readdirSync(folder).filter((name) => name.endsWith('.jpg')).sort().map((name) => join(folder, name));
}
