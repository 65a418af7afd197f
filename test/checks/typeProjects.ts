import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from '../../server/setup/paths.mjs';
import { add, NOTHING, runTool, type Tally } from './check.ts';

/** Every folder with a tsconfig of its own, relative to the project. */
export function typeProjects(): string[] {
  const folders = readdirSync(projectFolder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'node_modules' && entry.name !== 'dist' && !entry.name.startsWith('.'))
    .map((entry) => entry.name);
  return [...folders, 'server/setup'].filter((folder) => existsSync(join(projectFolder, folder, 'tsconfig.json'))).sort();
}

/** Type-checks every project; each counts as one check. */
export async function checkTypes(): Promise<Tally> {
  let tally = NOTHING;
  for (const folder of typeProjects()) {
    const status = await runTool(join('node_modules', 'typescript', 'bin', 'tsc'), ['-p', join(folder, 'tsconfig.json'), '--pretty', 'false']);
    process.stderr.write(`  ${status === 0 ? '✓' : '✗'} types of ${folder}\n`);
    tally = add(tally, { ...NOTHING, passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1 });
  }
  return tally;
}
