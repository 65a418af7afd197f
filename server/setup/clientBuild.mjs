// Step: the client, built by Vite when its sources changed.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runChild, tail } from './child.mjs';
import { entryEnvironment, findNode } from './nodeRuntime.mjs';
import { clientBuildFolder, projectFolder } from './paths.mjs';
import { SetupError, timed } from './report.mjs';
import { hashSources, readStamp, writeStamp } from './stamp.mjs';

/** @param {{ force?: boolean }} [options] */
export async function buildClient(options = {}) {
  const from = hashSources(['client', 'shared', 'models/rig/head.rig', 'package-lock.json', 'tsconfig.json']);
  if (!options.force && readStamp('client')?.from === from && existsSync(join(clientBuildFolder, 'index.html'))) return;
  await timed('building the client', async () => {
    const result = await runChild(findNode(),
      [join(projectFolder, 'node_modules', 'vite', 'bin', 'vite.js'), 'build', '--config', join('client', 'vite.config.ts'), '--logLevel', 'warn'],
      { cwd: projectFolder, env: { ...entryEnvironment(), NODE_ENV: 'production', ...(process.stderr.isTTY ? {} : { NO_COLOR: '1' }) }, quiet: !options.force });
    if (result.status !== 0) throw new SetupError('the client could not be built', tail(result.output, 20), 'Mend what Vite names: npm run build');
  });
  writeStamp('client', { from });
}
