// Stamps make steps idempotent: a step writes the hash of what it was made from, and is skipped while that holds.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { cacheFolder, projectFolder } from './paths.mjs';

/** @param {Buffer | string} bytes */
export function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}

/** @param {string} file */
export function sha256OfFile(file) {
  return sha256(readFileSync(file));
}

/** @param {string} name */
function stampFile(name) {
  return join(cacheFolder, 'stamps', `${name}.json`);
}

/** @param {string} name */
export function readStamp(name) {
  try {
    return JSON.parse(readFileSync(stampFile(name), 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * @param {string} name
 * @param {Record<string, unknown>} value
 */
export function writeStamp(name, value) {
  mkdirSync(dirname(stampFile(name)), { recursive: true });
  writeFileSync(stampFile(name), `${JSON.stringify(value)}\n`);
}

/**
 * Hashes the names and contents of all files below some files and folders of the project.
 * @param {readonly string[]} sources relative to the project; missing ones count as empty
 * @param {(relativePath: string) => boolean} [keep]
 */
export function hashSources(sources, keep = () => true) {
  const hash = createHash('sha256');
  /** @param {string} path */
  const visit = (path) => {
    if (!existsSync(path)) return;
    if (statSync(path).isDirectory()) {
      for (const name of readdirSync(path).sort()) {
        if (name !== 'node_modules' && name !== 'dist' && !name.startsWith('.')) visit(join(path, name));
      }
      return;
    }
    const name = relative(projectFolder, path).replaceAll('\\', '/');
    if (!keep(name)) return;
    hash.update(`${name}\0`).update(readFileSync(path)).update('\0');
  };
  for (const source of sources) visit(join(projectFolder, source));
  return hash.digest('hex');
}
