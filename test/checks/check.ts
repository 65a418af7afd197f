import { spawn } from 'node:child_process';
import { projectFolder } from '../../server/setup/paths.mjs';

/** What one part of `npm test` counted. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export const NOTHING: Tally = { passed: 0, failed: 0, skipped: 0 };

export function add(a: Tally, b: Tally): Tally {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}

/** Runs a program of node_modules in the project's folder, its output passed on; resolves to its exit status. */
export function runTool(script: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<number> {
  return new Promise((settle, reject) => {
    const child = spawn(process.execPath, [script, ...args], { cwd: projectFolder, env, stdio: ['ignore', 2, 2] });
    child.on('error', reject);
    child.on('exit', (status) => settle(status ?? 1));
  });
}
