import { readdir, writeFile } from 'node:fs/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { HTTP_PATHS } from '../../../shared/protocol/http.ts';
import type { JobStatus } from '../../../shared/protocol/jobs.ts';
import { SignalingClient } from '../../support/signalingClient.ts';
import { scriptedPortrait } from '../../support/scriptedPipeline.ts';
import { startTestServer } from '../../support/testServer.ts';
import type { ConfigChange, TestServer } from '../../support/testServer.ts';
import { makeAvatar, postPortrait } from '../../support/uploads.ts';

describe('avatar jobs in a process of their own', () => {
  let server: TestServer;
  let owner: SignalingClient;

  async function start(change: ConfigChange = {}): Promise<void> {
    server = await startTestServer(change);
    owner = await SignalingClient.open(server.url);
  }

  afterEach(async () => {
    owner.close();
    await server.close();
  });

  /** Posts and returns the final status as the socket tells it. */
  async function run(script: string): Promise<JobStatus> {
    const response = await postPortrait(server.url, owner.ownerToken, scriptedPortrait(script));
    const { status: { jobId } } = await response.json() as { status: JobStatus };
    return (await owner.event('avatar:progress', ({ status }) => status.jobId === jobId && !['queued', 'running'].includes(status.state))).status;
  }

  it('survives a crash and a bug of the generator, and makes the next head', async () => {
    await start();
    expect(await run('crash')).toMatchObject({ state: 'failed', error: { code: 'AVATAR_GENERATION_FAILED', retryable: true } });
    expect(await run('throw')).toMatchObject({ state: 'failed', error: { code: 'AVATAR_GENERATION_FAILED' } });
    expect(await run('next')).toMatchObject({ state: 'done' });
  });

  it('ends a job that takes too long, even one that does not listen', async () => {
    await start({ jobs: { timeoutMs: 300 } });
    await run('warm up');
    expect(await run('wait:20000')).toMatchObject({ state: 'failed', error: { code: 'JOB_TIMED_OUT', retryable: true } });
    expect(await run('spin:20000')).toMatchObject({ state: 'failed', error: { code: 'JOB_TIMED_OUT' } });
  });

  it('cancels a job on request, waiting or running, and goes on with the next', async () => {
    await start();
    const ids: string[] = [];
    for (const script of ['spin:20000', 'wait:20000']) {
      const { status } = await (await postPortrait(server.url, owner.ownerToken, scriptedPortrait(script))).json() as { status: JobStatus };
      ids.push(status.jobId);
    }
    await owner.event('avatar:progress', ({ status }) => status.jobId === ids[0] && status.state === 'running' && status.stage === 'spin');
    expect(await owner.request('avatar:cancel', { jobId: ids[1]! })).toMatchObject({ status: { state: 'cancelled' } });
    expect(await owner.request('avatar:cancel', { jobId: ids[0]! })).toMatchObject({ status: { state: 'cancelled' } });
    expect(await run('next')).toMatchObject({ state: 'done' });
  });

  it('cancels the jobs of an owner who goes away, not of one who comes back', async () => {
    await start({ jobs: { orphanMs: 400 } });
    const goes = await SignalingClient.open(server.url);
    const comes = await SignalingClient.open(server.url);
    const wait = 'wait:1500';
    const gone = await (await postPortrait(server.url, goes.ownerToken, scriptedPortrait(wait))).json() as { statusUrl: string };
    const back = await (await postPortrait(server.url, comes.ownerToken, scriptedPortrait(wait))).json() as { statusUrl: string };
    goes.close();
    comes.close();
    const again = await SignalingClient.open(server.url, comes.ownerToken);
    await again.event('avatar:progress', ({ status }) => status.state === 'done');
    const ask = async (statusUrl: string, token: string) =>
      (await (await fetch(server.url + statusUrl, { headers: { authorization: `Bearer ${token}` } })).json() as { status: JobStatus }).status.state;
    expect(await ask(gone.statusUrl, goes.ownerToken)).toBe('cancelled');
    expect(await ask(back.statusUrl, comes.ownerToken)).toBe('done');
    again.close();
  });

  it('keeps answering while a head is made', async () => {
    await start();
    await run('warm up');
    const delay = monitorEventLoopDelay({ resolution: 5 });
    const job = run('spin:1500');
    await owner.event('avatar:progress', ({ status }) => status.state === 'running' && status.stage === 'spin');
    delay.enable();
    for (let index = 0; index < 20; index++) await owner.request('connection:clock', {});
    expect(owner.received.some(({ event }) => (event as { status?: JobStatus }).status?.state === 'done' && JSON.stringify(event).includes('spin'))).toBe(false);
    await job;
    delay.disable();
    // Far under the job's second and a half: whoever computes, it is not this process.
    expect(delay.max / 1e6).toBeLessThan(750);
  });

  it('says why heads cannot be made, and still opens rooms', async () => {
    await start({ jobs: { pipelineModule: '/nonexistent/pipeline.ts', warm: true } });
    await server.warm;
    const ready = await fetch(server.url + HTTP_PATHS.ready);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ checks: { relay: { ok: true }, generator: { ok: false, reason: expect.stringContaining('did not start') } } });
    expect(await run('x')).toMatchObject({ state: 'failed', error: { code: 'MODEL_MISSING' } });
    expect(await owner.codeOf('room:create', {})).toBe('ok');
  });
});

describe('the avatar store', () => {
  it('takes up after a restart, sweeps what is unreadable, and pushes out the oldest', async () => {
    const first = await startTestServer({ store: { maxBytes: 60 } });
    const folder = join(first.dataFolder, 'avatars');
    const owner = await SignalingClient.open(first.url);
    const make = (script: string) => makeAvatar(first.url, owner.ownerToken, scriptedPortrait(script));
    const old = await make('the first of three');
    const kept = await make('the second one');
    const { roomId } = await owner.request('room:create', {});
    await owner.request('room:join', { roomId, displayName: 'Ada', avatarHash: kept.hash });
    const newest = await make('the third one');
    const read = async (url: string, path: string) => (await fetch(url + path, { headers: { authorization: `Bearer ${owner.ownerToken}` } })).status;
    expect(await read(first.url, old.url)).toBe(404);
    expect(await read(first.url, kept.url)).toBe(200);
    expect(await read(first.url, newest.url)).toBe(200);
    await writeFile(join(folder, `${'1'.repeat(64)}.json`), '{"broken":');
    await writeFile(join(folder, 'x.stipple.1.part'), 'half');
    const second = await startTestServer({ paths: { data: first.dataFolder } });
    expect(await read(second.url, newest.url)).toBe(200);
    expect((await readdir(folder)).filter((name) => name.startsWith('1111') || name.endsWith('.part'))).toEqual([]);
    owner.close();
    await second.close();
    await first.close();
  });
});
