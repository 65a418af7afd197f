// Step: a mediasoup worker that works here. In order: MEDIASOUP_WORKER_BIN, the one chosen earlier, the official
// prebuilt, the static build kept in this repository, a build from the npm package's sources. Each candidate must
// carry a message over a real DTLS data channel before it is chosen.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { release, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { runChild, tail } from './child.mjs';
import { installDebianPackages } from './debianPackages.mjs';
import { download, manifestEntry, readTar, verify } from './fetchedFiles.mjs';
import { findNode } from './nodeRuntime.mjs';
import { findInMirror, projectFolder, workerFile } from './paths.mjs';
import { SetupError, say, timed } from './report.mjs';
import { readStamp, sha256OfFile, writeStamp } from './stamp.mjs';

const OFFICIAL_TIMEOUT_MS = 10_000;
const packageFolder = join(projectFolder, 'node_modules', 'mediasoup');
const kitFolder = join(projectFolder, 'server', 'setup', 'mediasoup-worker');

function mediasoupVersion() {
  return JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')).version;
}

/** @param {string} worker @returns {Promise<string | undefined>} why it does not work, or undefined when it does */
async function faultOf(worker) {
  const script = join(kitFolder, 'smokeTest.mjs');
  const result = await runChild(findNode(), [script, worker], { cwd: projectFolder, quiet: true, timeoutMs: 30_000 });
  if (result.status === 0) return undefined;
  return result.timedOut ? 'no data channel opened within 30 s' : tail(result.output, 4) || `ended with status ${result.status}`;
}

/**
 * Makes sure that a worker is there.
 * @returns {Promise<string>} its path, for MEDIASOUP_WORKER_BIN
 */
export async function prepareWorker() {
  const named = process.env['MEDIASOUP_WORKER_BIN'];
  if (named) {
    await checkNamedWorker(named);
    return named;
  }
  const version = mediasoupVersion();
  const stamp = readStamp('mediasoup-worker');
  if (stamp?.version === version && existsSync(workerFile) && statSync(workerFile).size === stamp.bytes) return workerFile;

  /** @type {[string, (target: string) => Promise<void>][]} */
  const candidates = [
    ['the official prebuilt worker', (target) => takeOfficial(version, target)],
    ['the worker kept in this repository', (target) => takeKept(version, target)],
    ['a worker built from source (about 10 minutes)', buildFromSource],
  ];
  const faults = [];
  for (const [title, take] of candidates) {
    const target = `${workerFile}.partial`;
    mkdirSync(dirname(target), { recursive: true });
    rmSync(target, { force: true });
    try {
      await take(target);
      chmodSync(target, 0o755);
      const fault = await timed(`trying ${title} with a data channel`, () => faultOf(target));
      if (fault !== undefined) throw new Error(`it does not work here: ${fault}`);
      renameSync(target, workerFile);
      writeStamp('mediasoup-worker', { version, source: title, bytes: statSync(workerFile).size, sha256: sha256OfFile(workerFile) });
      return workerFile;
    } catch (error) {
      rmSync(target, { force: true });
      const reason = error instanceof SetupError ? `${error.what}: ${error.why}` : error instanceof Error ? error.message : String(error);
      say(`${title}: ${reason}`);
      faults.push(`${title}: ${reason}`);
    }
  }
  throw new SetupError('no mediasoup worker could be had', faults.join('\n'),
    'Allow downloads from github.com, or name a worker of this version that runs here in MEDIASOUP_WORKER_BIN.');
}

/** @param {string} worker */
async function checkNamedWorker(worker) {
  const cure = `Set MEDIASOUP_WORKER_BIN to a mediasoup worker ${mediasoupVersion()} that runs here, or unset it to let set-up find one.`;
  if (!existsSync(worker)) throw new SetupError(`MEDIASOUP_WORKER_BIN names ${worker}`, 'there is no such file', cure);
  const mark = { worker, bytes: statSync(worker).size, changed: statSync(worker).mtimeMs, version: mediasoupVersion() };
  if (JSON.stringify(readStamp('mediasoup-worker-named')) === JSON.stringify(mark)) return;
  const fault = await timed(`trying ${worker} with a data channel`, () => faultOf(worker));
  if (fault !== undefined) throw new SetupError(`the worker that MEDIASOUP_WORKER_BIN names does not work here: ${worker}`, fault, cure);
  writeStamp('mediasoup-worker-named', mark);
}

/** @param {string} version @param {string} target */
async function takeOfficial(version, target) {
  const kernel = process.platform === 'linux' ? `-kernel${release().split('.')[0]}` : '';
  const name = `mediasoup-worker-${version}-${process.platform}-${process.arch}${kernel}.tgz`;
  const mirrored = findInMirror(join('mediasoup-worker', name));
  const url = `https://github.com/versatica/mediasoup/releases/download/${version}/${name}`;
  const packed = mirrored !== undefined ? readFileSync(mirrored)
    : await timed(`downloading the official mediasoup worker (at most ${OFFICIAL_TIMEOUT_MS / 1000} s)`, () => download(url, OFFICIAL_TIMEOUT_MS));
  for (const file of readTar(gunzipSync(packed))) {
    if (/(^|\/)mediasoup-worker(\.exe)?$/.test(file.path)) {
      writeFileSync(target, file.bytes);
      return;
    }
  }
  throw new Error(`${name} holds no mediasoup-worker`);
}

/** @param {string} version @param {string} target */
async function takeKept(version, target) {
  const entry = manifestEntry('mediasoup-worker-kept');
  const platform = `${process.platform}-${process.arch}`;
  if (!entry.repository?.includes(`-${version}-${platform}-`)) throw new Error(`none is kept for mediasoup ${version} on ${platform}`);
  const file = join(projectFolder, entry.repository);
  writeFileSync(target, gunzipSync(verify(entry, readFileSync(file), file)));
}

/** @param {string} target */
async function buildFromSource(target) {
  if (process.platform !== 'linux') throw new Error('the kit in server/setup/mediasoup-worker builds on Debian and its relatives only');
  await installDebianPackages('to build the mediasoup worker', [
    'bash', 'g++', 'meson', 'ninja-build', 'pkg-config', 'libuv1-dev', 'libssl-dev', 'libsrtp2-dev', 'libabsl-dev', 'libflatbuffers-dev',
    'flatbuffers-compiler',
  ]);
  const out = mkdtempSync(join(tmpdir(), 'stipple-worker-'));
  try {
    const result = await timed('building the mediasoup worker', () => runChild('bash', [join(kitFolder, 'build.sh'), packageFolder, out]));
    if (result.status !== 0) throw new Error(tail(result.output));
    writeFileSync(target, readFileSync(join(out, 'mediasoup-worker')));
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}
