// Child processes for set-up: output goes to standard error (standard output belongs to the command), the tail is
// kept for the error message.
import { spawn } from 'node:child_process';

/**
 * @typedef {{ cwd?: string, env?: NodeJS.ProcessEnv, quiet?: boolean, timeoutMs?: number, input?: string }} RunOptions
 * @typedef {{ status: number | null, output: string, timedOut: boolean }} RunResult
 */

/**
 * Runs a program to its end. Never rejects for a failing program: look at `status` (null: could not be started or was killed).
 * @param {string} file
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<RunResult>}
 */
export function runChild(file, args, options = {}) {
  return new Promise((settle) => {
    const child = spawn(file, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32' && file.endsWith('.cmd'),
      windowsHide: true,
    });
    let output = '';
    let timedOut = false;
    const timer = options.timeoutMs === undefined ? undefined : setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
    }, options.timeoutMs);
    const take = (/** @type {Buffer} */ bytes) => {
      output = (output + bytes.toString()).slice(-65_536);
      if (!options.quiet) process.stderr.write(bytes);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    const end = (/** @type {number | null} */ status) => {
      clearTimeout(timer);
      settle({ status, output, timedOut });
    };
    child.on('error', (error) => {
      output += `${error.message}\n`;
      end(null);
    });
    child.on('close', end);
  });
}

/**
 * The last lines of an output, for an error message.
 * @param {string} output
 * @param {number} [lines]
 */
export function tail(output, lines = 12) {
  return output.trimEnd().split('\n').slice(-lines).join('\n');
}
