/**
 * `npm run -s train -- --config tiny|small|large [--steps N] [--minutes M] …` (`--help` lists all)
 *
 * Data, training, export and parity by one command. The tiny run makes its own few people; the others train on what
 * `npm run train:data` has made, and go on picking it up while it grows.
 */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, projectFolder } from '../../server/setup/paths.mjs';
import { findTrainingPython } from '../../server/setup/trainingPython.mjs';

const options = process.argv.slice(2);
const tiny = valueOf('--config') === 'tiny';
const ownData = valueOf('--data') === undefined && !options.includes('--help') && !options.includes('--invented') && !options.includes('--export-only');
const tinyFolder = join(cacheFolder, 'training-tiny');
if (tiny && ownData) {
  if (!existsSync(tinyFolder) || !readdirSync(tinyFolder).some((name) => name.endsWith('.safetensors'))) {
    await run(process.execPath, [join(projectFolder, 'models', 'training', 'data', 'build.ts'), '--tiny', '--out', tinyFolder], true);
  }
  options.push('--data', tinyFolder);
}
if (tiny && !options.includes('--fresh')) options.push('--fresh');
await run(findTrainingPython() ?? 'python3', [join(projectFolder, 'models', 'training', 'main.py'), ...options], false);

function valueOf(name: string): string | undefined {
  const inline = options.find((option) => option.startsWith(`${name}=`));
  if (inline !== undefined) return inline.slice(name.length + 1);
  const at = options.indexOf(name);
  return at < 0 ? undefined : options[at + 1];
}

/** Ends this process with the child's status when that is not 0. `aside`: what it prints goes to standard error. */
function run(file: string, args: readonly string[], aside: boolean): Promise<void> {
  return new Promise((settle, reject) => {
    const child = spawn(file, args, { cwd: projectFolder, stdio: ['ignore', aside ? 2 : 1, 2], env: { ...process.env, STIPPLE_CACHE: cacheFolder, PYTHONDONTWRITEBYTECODE: '1' } });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
    child.on('error', reject);
    child.on('exit', (code) => {
      if (code === 0) settle();
      else process.exit(code ?? 1);
    });
  });
}
