// Step: a Python of its own for training, with the packages of models/training/requirements.txt. Only `train` and
// `train:setup` need it; running and testing the product does not.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runChild, tail } from './child.mjs';
import { cacheFolder, mirrorFolders, projectFolder } from './paths.mjs';
import { SetupError, timed } from './report.mjs';
import { readStamp, sha256OfFile, writeStamp } from './stamp.mjs';

const requirementsFile = join(projectFolder, 'models', 'training', 'requirements.txt');
const environmentFolder = join(cacheFolder, 'training-python');
const OLDEST = [3, 11];

function environmentPython() {
  return process.platform === 'win32' ? join(environmentFolder, 'Scripts', 'python.exe') : join(environmentFolder, 'bin', 'python');
}

/**
 * The Python to train with: the one that `STIPPLE_TRAINING_PYTHON` names, else the one set up here, else undefined.
 * @returns {string | undefined}
 */
export function findTrainingPython() {
  const named = process.env['STIPPLE_TRAINING_PYTHON'];
  if (named) return named;
  const current = readStamp('training-python')?.from === sha256OfFile(requirementsFile) && existsSync(environmentPython());
  return current ? environmentPython() : undefined;
}

/**
 * Makes the environment unless it is there.
 * @returns {Promise<string>} its Python
 */
export async function prepareTrainingPython() {
  const found = findTrainingPython();
  if (found !== undefined) return found;
  const system = await systemPython();
  await timed('setting up Python for training', async () => {
    await makeEnvironment(system);
    // Folders of wheels in a mirror go before the network.
    const wheels = mirrorFolders().map((folder) => join(folder, 'pip')).filter((folder) => existsSync(folder));
    const install = (/** @type {readonly string[]} */ more) => runChild(environmentPython(),
      ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...more, ...wheels.flatMap((folder) => ['--find-links', folder]), '-r', requirementsFile]);
    // Where an index of several is out of reach, every retry of every package waits for it: first with few.
    let installed = await install(['--retries', '1']);
    if (installed.status !== 0) installed = await install([]);
    if (installed.status !== 0) {
      throw new SetupError('the Python packages for training could not be installed', tail(installed.output, 6),
        `Check that pip reaches its index, or put the wheels of ${requirementNames().join(', ')} into the folder pip of a mirror (STIPPLE_MIRROR),\nor name a Python that has them: STIPPLE_TRAINING_PYTHON=/path/to/python`);
    }
  });
  writeStamp('training-python', { from: sha256OfFile(requirementsFile) });
  return environmentPython();
}

function requirementNames() {
  return readFileSync(requirementsFile, 'utf8').split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

async function systemPython() {
  const wanted = OLDEST.join('.');
  for (const name of ['python3', 'python']) {
    const result = await runChild(name, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'], { quiet: true });
    const [major = 0, minor = 0] = result.output.trim().split('.').map(Number);
    if (result.status === 0 && (major > 3 || (major === 3 && minor >= 11))) return name;
  }
  throw new SetupError(`Python ${wanted} or later is missing: training is written in it`, 'neither python3 nor python is one on this PATH',
    `Install it (Debian: apt-get install python3 python3-venv), or name one that has the packages: STIPPLE_TRAINING_PYTHON=/path/to/python`);
}

/** @param {string} python */
async function makeEnvironment(python) {
  const made = await runChild(python, ['-m', 'venv', '--clear', environmentFolder], { quiet: true });
  if (made.status === 0) return;
  const noVenv = /ensurepip|No module named venv/.test(made.output);
  throw new SetupError('no Python environment could be made', tail(made.output, 4),
    noVenv ? 'Install the module that is missing: apt-get install python3-venv' : `Have ${environmentFolder} writable, or name a Python that has the packages: STIPPLE_TRAINING_PYTHON=/path/to/python`);
}
