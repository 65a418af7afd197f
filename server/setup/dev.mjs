// `npm run dev`: the server, restarted when its sources change, and Vite's development server for the client, which
// passes API, signalling and models through to it. Open the URL that Vite prints. Ctrl-C ends both.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { projectFolder } from './paths.mjs';

const children = [
  ['--watch', join('server', 'main.ts')],
  [join('node_modules', 'vite', 'bin', 'vite.js'), '--config', join('client', 'vite.config.ts')],
].map((args) => spawn(process.execPath, args, { cwd: projectFolder, stdio: 'inherit' }));

for (const child of children) {
  child.on('exit', (code) => {
    process.exitCode ??= code ?? 0;
    for (const other of children) other.kill();
  });
}
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
  process.on(signal, () => {
    for (const child of children) child.kill(signal);
  });
}
