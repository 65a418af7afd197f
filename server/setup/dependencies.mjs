// Step: node_modules as package-lock.json asks for it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { npm } from './fetchedFiles.mjs';
import { projectFolder } from './paths.mjs';
import { SetupError, say, timed } from './report.mjs';

/** @param {string} file */
function readPackages(file) {
  try {
    return JSON.parse(readFileSync(join(projectFolder, file), 'utf8')).packages ?? {};
  } catch {
    return undefined;
  }
}

/**
 * What is missing or at another version, by npm's own record of what it installed.
 * @param {boolean} withDevelopment whether development dependencies count
 */
function missingPackages(withDevelopment) {
  const wanted = readPackages('package-lock.json');
  if (wanted === undefined) {
    throw new SetupError('package-lock.json cannot be read', 'it is missing or damaged', 'Restore it: git checkout package-lock.json');
  }
  const installed = readPackages(join('node_modules', '.package-lock.json')) ?? {};
  return Object.entries(wanted)
    .filter(([path, entry]) => path !== '' && !entry.link && (withDevelopment || !(entry.dev || entry.devOptional)))
    .filter(([path, entry]) => {
      const found = installed[path];
      return found === undefined ? !entry.optional && !entry.devOptional : found.version !== entry.version;
    })
    .map(([path]) => path);
}

/**
 * Installs with `npm ci` when something is missing; no package's scripts run (.npmrc).
 * @param {{ withDevelopment: boolean }} options
 */
export async function installDependencies({ withDevelopment }) {
  const missing = missingPackages(withDevelopment);
  if (missing.length === 0) return;
  say(`${missing.length} npm packages are missing or outdated`);
  await timed('installing npm packages (npm ci)', async () => {
    const result = await npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--include=dev', '--include=optional'],
      { cwd: projectFolder, quiet: true });
    if (result.status === 0) return;
    const why = reasonIn(result.output) || (result.status === null ? 'npm could not be started' : `npm ended with status ${result.status}`);
    throw new SetupError('npm could not install the project\'s packages', why, cureFor(why));
  });
}

/** What npm says before it explains its own usage. @param {string} output */
function reasonIn(output) {
  const lines = output.split('\n').map((line) => line.replace(/^npm (error|ERR!) ?/, '').trimEnd()).filter((line) => line !== '');
  const usage = lines.findIndex((line) => /^(Clean install a project|Usage:)/.test(line));
  return lines.slice(0, usage < 0 ? undefined : usage).slice(0, 12).join('\n');
}

/** @param {string} why */
function cureFor(why) {
  if (/ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET|network/i.test(why)) {
    return 'The npm registry cannot be reached. Check the network and the proxy settings (npm config get registry), then run the command again.';
  }
  if (/ENOSPC/.test(why)) return 'The disk is full: the project needs about 1.5 GB. Make room and run the command again.';
  if (/EACCES|EPERM/.test(why)) return `This user may not write to ${projectFolder} or to npm's cache. Give it the folder (chown) or run the command as the folder's owner.`;
  return 'Run "npm ci" in the project\'s folder to see all of npm\'s messages.';
}
