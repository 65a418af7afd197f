// The launcher behind every npm script: `node server/setup/run.mjs COMMAND [arguments]`. Makes sure that what the
// command needs is there, then runs it on the project's own Node. Plain JavaScript without dependencies: it runs on a
// bare machine with Node 20, before anything is installed. Nothing is written to standard output; that is the command's.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import { prepareChromium } from './chromium.mjs';
import { buildClient } from './clientBuild.mjs';
import { commands } from './commands.mjs';
import { installDependencies } from './dependencies.mjs';
import { prepareHeadlessGl } from './headlessGl.mjs';
import { prepareWorker } from './mediasoupWorker.mjs';
import { prepareModels } from './modelsStep.mjs';
import { entryEnvironment, findNode } from './nodeRuntime.mjs';
import { projectFolder } from './paths.mjs';
import { SetupError, red } from './report.mjs';
import { withSetupLock } from './setupLock.mjs';
import { prepareTrainingPython } from './trainingPython.mjs';

const [name = '', ...commandArguments] = process.argv.slice(2);
const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
if (command === undefined) {
  const list = Object.entries(commands).map(([key, { about }]) => `  ${key.padEnd(14)}${about}`);
  process.stderr.write(`${name === '' ? 'Which command?' : `There is no command '${name}'.`} npm run -s COMMAND -- arguments\n${list.join('\n')}\n`);
  process.exit(2);
}
try {
  const env = await withSetupLock(() => prepare(command, name));
  if (command.entry !== undefined) runEntry(command.entry, env);
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  process.stderr.write(`\n${red(`set-up failed: ${error.message}`)}\n`);
  if (name === 'test') process.stdout.write('0 passed, 1 failed\n');
  process.exit(1);
}

/**
 * @param {import('./commands.mjs').Command} wanted
 * @param {string} title
 * @returns {Promise<NodeJS.ProcessEnv>} the environment of the entry
 */
async function prepare(wanted, title) {
  const needs = new Set(wanted.needs);
  await installDependencies({ withDevelopment: needs.has('development') });
  const env = entryEnvironment();
  if (needs.has('worker')) env['MEDIASOUP_WORKER_BIN'] = await prepareWorker();
  if (needs.has('models')) await prepareModels();
  if (needs.has('client') || title === 'build') await buildClient({ force: title === 'build' });
  if (needs.has('gl')) Object.assign(env, await prepareHeadlessGl());
  if (needs.has('training')) env['STIPPLE_TRAINING_PYTHON'] = await prepareTrainingPython();
  if (needs.has('chromium')) env['STIPPLE_CHROMIUM'] = await prepareChromium();
  return env;
}

/**
 * @param {string} entry
 * @param {NodeJS.ProcessEnv} env
 */
function runEntry(entry, env) {
  const child = spawn(findNode(), [join(projectFolder, entry), ...commandArguments], { env, stdio: 'inherit' });
  // A terminal sends Ctrl-C to both; a supervisor signals only us. The entry decides when to end.
  process.on('SIGINT', () => {});
  for (const signal of /** @type {const} */ (['SIGTERM', 'SIGHUP'])) process.on(signal, () => child.kill(signal));
  if (process.env['npm_lifecycle_event'] !== undefined) endWithNpm(child);
  child.on('error', (error) => {
    process.stderr.write(`${red(`could not start ${entry}: ${error.message}`)}\n`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
}

/**
 * npm that is killed tells nobody: without this, `kill` of `npm start` would leave the server behind.
 * @param {import('node:child_process').ChildProcess} child
 */
function endWithNpm(child) {
  const npm = process.ppid;
  setInterval(() => {
    if (process.ppid !== npm) child.kill('SIGTERM');
  }, 1000).unref();
}
