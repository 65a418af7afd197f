import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commands } from '../../../server/setup/commands.mjs';
import { findInMirror, mirrorFolders, projectFolder } from '../../../server/setup/paths.mjs';

const launcher = join('server', 'setup', 'run.mjs');

describe('launcher', () => {
  test('every npm script is a command of the launcher, and every command a script', () => {
    const { scripts } = JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
    expect(Object.keys(scripts).sort()).toEqual(Object.keys(commands).sort());
    for (const [name, script] of Object.entries(scripts)) expect(script).toBe(`node server/setup/run.mjs ${name}`);
  });

  test('every command\'s entry exists', () => {
    for (const [name, { entry }] of Object.entries(commands)) {
      if (entry !== undefined) expect(existsSync(join(projectFolder, entry)), `${name}: ${entry}`).toBe(true);
    }
  });

  test('an unknown command is named, the known ones are listed, standard output stays empty', () => {
    const result = spawnSync(process.execPath, [launcher, 'sing'], { cwd: projectFolder, encoding: 'utf8' });
    expect(result.status).toBe(2);
    expect(result.stdout).toBe('');
    expect(result.stderr).toContain("'sing'");
    expect(result.stderr).toContain('start');
  });

  test('set-up that fails says what, why and the cure', () => {
    const result = spawnSync(process.execPath, [launcher, 'start'], {
      cwd: projectFolder, encoding: 'utf8', env: { ...process.env, MEDIASOUP_WORKER_BIN: '/nowhere/mediasoup-worker', NO_COLOR: '1' },
    });
    expect(result.status).toBe(1);
    expect(result.stderr).toMatch(/set-up failed: MEDIASOUP_WORKER_BIN names \/nowhere[^]*why: {2}there is no such file[^]*cure: /);
  });
});

describe('mirror folders', () => {
  test('STIPPLE_MIRROR goes before the default, and folders that do not exist do not count', () => {
    const before = process.env['STIPPLE_MIRROR'];
    try {
      process.env['STIPPLE_MIRROR'] = join(projectFolder, 'nowhere');
      expect(mirrorFolders()).toEqual([]);
      expect(findInMirror('package.json')).toBeUndefined();
      process.env['STIPPLE_MIRROR'] = projectFolder;
      expect(findInMirror('package.json')).toBe(join(projectFolder, 'package.json'));
    } finally {
      if (before === undefined) delete process.env['STIPPLE_MIRROR'];
      else process.env['STIPPLE_MIRROR'] = before;
    }
  });
});
