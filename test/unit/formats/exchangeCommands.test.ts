import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { projectFolder } from '../../../server/setup/paths.mjs';
import { encodeHead } from '../../../shared/formats/headFiles.ts';
import { decodeAvatar } from '../../../shared/splat/codec/avatarDecoder.ts';
import { headRig } from '../../support/headRig.ts';
import { syntheticSplats } from '../../support/syntheticSplats.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stipple-exchange-'));
  await writeFile(join(folder, 'head.stipple'), encodeHead(headRig, syntheticSplats(headRig, { count: 300 })));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The command as set-up runs it; it answers as JSON, errors included. */
async function run(command: 'avatarExport' | 'avatarImport', ...commandLine: string[]): Promise<Record<string, unknown>> {
  const child = promisify(execFile)(process.execPath, [join(projectFolder, 'server', 'cli', `${command}.ts`), ...commandLine, '--json'], { cwd: folder });
  const { stdout } = await child.catch((error: { stdout: string }) => error);
  return JSON.parse(stdout) as Record<string, unknown>;
}

it('avatar:export and avatar:import bring a head out and back', async () => {
  expect(await run('avatarExport', 'head.stipple', '--out', 'deep/head.glb')).toMatchObject({ out: 'deep/head.glb', format: 'glb', splats: 300 });
  expect(await run('avatarImport', 'deep/head.glb', '--out', 'back.stipple')).toMatchObject({ format: 'glTF', splats: 300 });
  const [before, after] = await Promise.all(['head.stipple', 'back.stipple'].map(async (file) =>
    decodeAvatar(await readFile(join(folder, file)), { faceCount: headRig.faceCount, hash: headRig.hash })));
  expect(after.header).toEqual(before.header);
  expect([...after.bindings].sort((a, b) => a - b)).toEqual([...before.bindings].sort((a, b) => a - b));
});

it('what cannot be done is said with a code', async () => {
  expect(await run('avatarExport', 'head.stipple', '--out', 'head.obj')).toMatchObject({ error: { code: 'INVALID_REQUEST' } });
  expect(await run('avatarImport', 'nowhere.ply', '--out', 'x.stipple')).toMatchObject({ error: { code: 'ENOENT' } });
  await writeFile(join(folder, 'empty.ply'), 'ply\n');
  expect(await run('avatarImport', 'empty.ply', '--out', 'x.stipple')).toMatchObject({ error: { code: 'AVATAR_INVALID' } });
});
