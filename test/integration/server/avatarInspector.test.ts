import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { AvatarInspector } from '../../../server/avatar/avatarInspector.ts';
import type { AvatarInspectorOptions } from '../../../server/avatar/avatarInspector.ts';
import { createLog } from '../../../server/log.ts';
import { projectFolder } from '../../../server/setup/paths.mjs';

const KOFI = readFileSync(join(projectFolder, 'client', 'public', 'gallery', 'avatars', 'kofi.stipple'));
const HASH = createHash('sha256').update(KOFI).digest('hex');

describe('inspecting avatar files in a thread', () => {
  let inspector: AvatarInspector;
  const open = (change: Partial<AvatarInspectorOptions> = {}): void => {
    inspector = new AvatarInspector({
      rigFile: join(projectFolder, 'models', 'rig', 'head.rig'), placesAtOnce: 2, timeoutMs: 30_000, log: createLog({ level: 'silent', pretty: false }), ...change,
    });
  };
  afterEach(() => inspector.close());

  it('answers each of several at once for itself', async () => {
    open();
    const [good, bad, again] = await Promise.allSettled([inspector.inspect(KOFI, HASH), inspector.inspect(KOFI.subarray(1), HASH), inspector.inspect(KOFI, HASH)]);
    expect(good).toEqual({ status: 'fulfilled', value: { splats: 35_759, generator: 'autoregressive' } });
    expect(bad).toMatchObject({ status: 'rejected', reason: { code: 'AVATAR_INVALID' } });
    expect(again.status).toBe('fulfilled');
  });

  it('holds as many places as it has, and gives each back once', () => {
    open();
    const [first, second] = [inspector.reserve(), inspector.reserve()];
    expect(() => inspector.reserve()).toThrow(expect.objectContaining({ code: 'JOB_QUEUE_FULL', retryable: true }));
    first();
    first();
    inspector.reserve();
    expect(() => inspector.reserve()).toThrow('Many avatars');
    second();
    inspector.reserve();
  });

  it('says that the rig is missing, and gives up on a thread that does not answer', async () => {
    open({ rigFile: '/nonexistent/head.rig' });
    await expect(inspector.inspect(KOFI, HASH)).rejects.toMatchObject({ code: 'RIG_UNKNOWN' });
    await inspector.close();
    // No thread starts within a millisecond.
    open({ timeoutMs: 1 });
    await expect(inspector.inspect(KOFI, HASH)).rejects.toMatchObject({ code: 'REQUEST_TIMED_OUT', retryable: true });
  });

  it('ends what waits when the server shuts down', async () => {
    open();
    const waiting = inspector.inspect(KOFI, HASH);
    const ended = expect(waiting).rejects.toMatchObject({ code: 'SERVER_SHUTTING_DOWN' });
    await inspector.close();
    await ended;
    await expect(inspector.inspect(KOFI, HASH)).rejects.toMatchObject({ code: 'SERVER_SHUTTING_DOWN' });
    expect(() => inspector.reserve()).toThrow(expect.objectContaining({ code: 'SERVER_SHUTTING_DOWN' }));
  });
});
