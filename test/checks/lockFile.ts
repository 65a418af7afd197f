import { spawnSync } from 'node:child_process';
import { projectFolder } from '../../server/setup/paths.mjs';
import { NOTHING, type Tally } from './check.ts';

/** Would a clean install work? package.json and package-lock.json must agree, for every platform; counts as one check. */
export async function checkLockFile(): Promise<Tally> {
  const script = process.env['npm_execpath'];
  const [file, args] = script?.endsWith('.js') ? [process.execPath, [script]] : [process.platform === 'win32' ? 'npm.cmd' : 'npm', []];
  const result = spawnSync(file, [...args, 'ci', '--dry-run', '--ignore-scripts', '--loglevel=error'], { cwd: projectFolder, encoding: 'utf8', shell: file.endsWith('.cmd') });
  const passed = result.status === 0;
  if (!passed) process.stderr.write(`${result.stdout}${result.stderr}`.split('\n').filter((line) => /Missing|Invalid|code /.test(line)).join('\n') + '\n');
  process.stderr.write(`  ${passed ? '✓' : '✗'} package-lock.json\n`);
  return { ...NOTHING, passed: passed ? 1 : 0, failed: passed ? 0 : 1 };
}
