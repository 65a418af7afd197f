import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createAvatarReplySchema, createOwnerReplySchema, errorBodySchema, healthReplySchema, HTTP_PATHS, jobReplySchema, readyReplySchema,
} from '../../shared/protocol/http.ts';
import { SignalingClient } from '../support/signalingClient.ts';
import { scriptedPortrait } from '../support/scriptedPipeline.ts';
import { DEFAULT_GENERATOR } from '../../server/generator/generatorNames.ts';
import { startTestServer } from '../support/testServer.ts';
import type { TestServer } from '../support/testServer.ts';
import { makeAvatar, postPortrait } from '../support/uploads.ts';

const UNKNOWN_TOKEN = 'A'.repeat(43);
const LIMIT_BYTES = 200_000;

describe('PROTOCOL.md chapter HTTP', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer({ jobs: { portraitBytes: LIMIT_BYTES, queueLength: 1 } });
  });
  afterAll(() => server.close());

  async function newOwner(): Promise<string> {
    const response = await fetch(server.url + HTTP_PATHS.owners, { method: 'POST' });
    expect(response.status).toBe(201);
    return createOwnerReplySchema.parse(await response.json()).ownerToken;
  }

  const get = (path: string, token?: string, headers: Record<string, string> = {}) =>
    fetch(server.url + path, { headers: { ...headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) } });

  /** Status and code of a refusal, whose body must be well-formed. */
  async function refusal(response: Response): Promise<[number, string]> {
    const { error } = errorBodySchema.parse(await response.json());
    expect(error.message.length).toBeGreaterThan(10);
    expect(error.message).not.toMatch(/\bat .*:\d+:\d+|node_modules/);
    return [response.status, error.code];
  }

  async function submit(ownerToken: string, script: string) {
    const response = await postPortrait(server.url, ownerToken, scriptedPortrait(script));
    expect(response.status).toBe(202);
    return createAvatarReplySchema.parse(await response.json());
  }

  async function statusWhen(ownerToken: string, statusUrl: string, ended: boolean) {
    for (;;) {
      const { status } = jobReplySchema.parse(await (await get(statusUrl, ownerToken)).json());
      if (!ended ? status.state === 'running' : status.state !== 'queued' && status.state !== 'running') return status;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  it('HTTP1 wants a token, and one of its own', async () => {
    const avatars = server.url + HTTP_PATHS.avatars;
    expect(await refusal(await fetch(avatars, { method: 'POST' }))).toEqual([401, 'TOKEN_MISSING']);
    expect(await refusal(await fetch(avatars, { method: 'POST', headers: { authorization: `Bearer ${UNKNOWN_TOKEN}` } }))).toEqual([401, 'TOKEN_INVALID']);
    expect(await refusal(await fetch(avatars, { method: 'POST', headers: { authorization: 'Basic abc' } }))).toEqual([401, 'TOKEN_INVALID']);
  });

  it('HTTP2 answers everything unknown in JSON', async () => {
    expect(await refusal(await get('/api/nothing'))).toEqual([404, 'NOT_FOUND']);
    expect(await refusal(await get('/nothing.js'))).toEqual([404, 'NOT_FOUND']);
    expect(await refusal(await get('/../../etc/passwd'))).toEqual([404, 'NOT_FOUND']);
    expect(await refusal(await get('/mediapipe/wasm/..%2f..%2fpackage.json'))).toEqual([404, 'NOT_FOUND']);
    expect((await refusal(await get('/%zz')))[0]).toBe(400);
    expect(await refusal(await fetch(`${server.url}/api/health`, { method: 'PUT', body: 'x'.repeat(100) }))).toEqual([404, 'NOT_FOUND']);
  });

  it('HTTP4 HTTP7 takes a portrait, tells how it goes and ends once', async () => {
    const owner = await newOwner();
    const reply = await submit(owner, 'look wait:200');
    expect(reply.statusUrl).toBe(HTTP_PATHS.job(reply.status.jobId));
    expect((await statusWhen(owner, reply.statusUrl, false)).state).toBe('running');
    expect(await statusWhen(owner, reply.statusUrl, true)).toMatchObject({ state: 'done', avatar: { generator: 'scripted', splats: 7 } });
  });

  it('HTTP4 refuses what is no portrait, at once, each with its own code', async () => {
    const owner = await newOwner();
    const post = (body: BodyInit | null, headers: Record<string, string> = {}) =>
      fetch(server.url + HTTP_PATHS.avatars, { method: 'POST', body, headers: { authorization: `Bearer ${owner}`, ...headers } });
    const multipart = (content: string) => [
      `--x\r\nContent-Disposition: form-data; name="portrait"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n${content}`, { 'content-type': 'multipart/form-data; boundary=x' },
    ] as const;
    expect(await refusal(await post(null))).toEqual([400, 'PORTRAIT_MISSING']);
    expect(await refusal(await post('', { 'content-type': 'multipart/form-data; boundary=x' }))).toEqual([400, 'PORTRAIT_MISSING']);
    expect(await refusal(await post('{}', { 'content-type': 'application/json' }))).toEqual([400, 'INVALID_REQUEST']);
    expect(await refusal(await post('x', { 'content-type': 'image/jpeg' }))).toEqual([400, 'INVALID_REQUEST']);
    expect((await refusal(await post('--x', { 'content-type': 'multipart/form-data' })))[0]).toBe(400);
    expect(await refusal(await post(...multipart('cut off')))).toEqual([400, 'PORTRAIT_MISSING']);
    expect(await refusal(await post(...multipart('\r\n--x--\r\n')))).toEqual([400, 'PORTRAIT_MISSING']);
    const form = new FormData();
    form.set('picture', new Blob([scriptedPortrait('x')]), 'a.jpg');
    expect(await refusal(await post(form))).toEqual([400, 'PORTRAIT_MISSING']);
    const text = new TextEncoder().encode('I am a text file named portrait.jpg');
    expect(await refusal(await postPortrait(server.url, owner, text))).toEqual([415, 'PORTRAIT_NOT_AN_IMAGE']);
    expect(await refusal(await postPortrait(server.url, owner, new Uint8Array(0)))).toEqual([400, 'PORTRAIT_MISSING']);
    expect(await refusal(await postPortrait(server.url, owner, new Uint8Array(LIMIT_BYTES + 1)))).toEqual([413, 'PORTRAIT_TOO_LARGE']);
    await makeAvatar(server.url, owner, scriptedPortrait('still serving'));
  });

  it('HTTP4 HTTP5 hands a refusal of the analysis on, as status and as answer', async () => {
    const owner = await newOwner();
    for (const [code, httpStatus] of [['PORTRAIT_NO_FACE', 422], ['PORTRAIT_TOO_MANY_PIXELS', 413]] as const) {
      const { statusUrl } = await submit(owner, `refuse:${code}`);
      expect(await statusWhen(owner, statusUrl, true)).toMatchObject({ state: 'failed', error: { code, retryable: false } });
      const waited = await postPortrait(server.url, owner, scriptedPortrait(`refuse:${code}`), { prefer: 'wait=30' });
      expect(await refusal(waited)).toEqual([httpStatus, code]);
    }
  });

  it('HTTP4 bounds the jobs of one owner and the queue of all', async () => {
    const [first, second, third] = [await newOwner(), await newOwner(), await newOwner()];
    const running = await submit(first, 'wait:20000');
    const waiting = await submit(second, 'wait:20000');
    const full = await postPortrait(server.url, third, scriptedPortrait('x'));
    expect(full.headers.get('retry-after')).toBe('5');
    expect(await refusal(full)).toEqual([503, 'JOB_QUEUE_FULL']);
    expect(waiting.status).toMatchObject({ state: 'queued', position: 1 });
    await fetch(server.url + waiting.statusUrl, { method: 'DELETE', headers: { authorization: `Bearer ${second}` } });
    const own = await submit(first, 'wait:20000');
    expect(await refusal(await postPortrait(server.url, first, scriptedPortrait('x')))).toEqual([429, 'JOB_LIMIT_REACHED']);
    for (const job of [running, own]) {
      const cancelled = await fetch(server.url + job.statusUrl, { method: 'DELETE', headers: { authorization: `Bearer ${first}` } });
      expect(jobReplySchema.parse(await cancelled.json()).status).toMatchObject({ state: 'cancelled', error: { code: 'JOB_CANCELLED' } });
    }
  });

  it('HTTP5 cancels the job of whoever hangs up while waiting', async () => {
    const owner = await newOwner();
    const client = await SignalingClient.open(server.url, owner);
    const form = new FormData();
    form.set('portrait', new Blob([scriptedPortrait('wait:20000')]), 'a.jpg');
    const controller = new AbortController();
    const posting = fetch(server.url + HTTP_PATHS.avatars, {
      method: 'POST', body: form, signal: controller.signal, headers: { authorization: `Bearer ${owner}`, prefer: 'wait=60' },
    });
    await client.event('avatar:progress', ({ status }) => status.state === 'running' && status.stage === 'wait');
    controller.abort();
    await expect(posting).rejects.toThrow();
    expect((await client.event('avatar:progress', ({ status }) => status.state === 'cancelled')).status).toMatchObject({ error: { code: 'JOB_CANCELLED' } });
    client.close();
  });

  it('HTTP6 leaves nothing of a portrait on disk, however the job ends', async () => {
    const owner = await newOwner();
    await makeAvatar(server.url, owner, scriptedPortrait('kept in memory'));
    await postPortrait(server.url, owner, scriptedPortrait('refuse:PORTRAIT_BLURRED'), { prefer: 'wait=30' });
    const files = await readdir(server.dataFolder, { recursive: true });
    expect(files.filter((file) => !/^(secret|avatars|avatars[\\/][0-9a-f]{64}\.(stipple|json))$/.test(file))).toEqual([]);
  });

  it('HTTP8 keeps jobs to their owners', async () => {
    const [owner, stranger] = [await newOwner(), await newOwner()];
    const { statusUrl } = await submit(owner, 'x');
    expect(await refusal(await get(statusUrl, stranger))).toEqual([404, 'JOB_UNKNOWN']);
    expect(await refusal(await get(HTTP_PATHS.job('nonsense'), owner))).toEqual([404, 'JOB_UNKNOWN']);
    await statusWhen(owner, statusUrl, true);
  });

  it('HTTP9 HTTP10 serves an avatar under the hash of its bytes, immutable, to those who may', async () => {
    const [owner, stranger] = [await newOwner(), await newOwner()];
    const avatar = await makeAvatar(server.url, owner, scriptedPortrait('ten'));
    const response = await get(avatar.url, owner);
    expect(response.status).toBe(200);
    const bytes = new Uint8Array(await response.arrayBuffer());
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(avatar.hash);
    expect(bytes.byteLength).toBe(avatar.bytes);
    expect(response.headers.get('cache-control')).toBe('private, max-age=31536000, immutable');
    expect(response.headers.get('etag')).toBe(`"${avatar.hash}"`);
    expect((await get(avatar.url, owner, { 'if-none-match': `"${avatar.hash}"` })).status).toBe(304);
    expect(await refusal(await get(avatar.url))).toEqual([401, 'TOKEN_MISSING']);
    expect(await refusal(await get(avatar.url, stranger))).toEqual([404, 'AVATAR_UNKNOWN']);
    expect(await refusal(await get(avatar.url, UNKNOWN_TOKEN))).toEqual([404, 'AVATAR_UNKNOWN']);
    expect(await refusal(await get(HTTP_PATHS.avatar('0'.repeat(64)), owner))).toEqual([404, 'AVATAR_UNKNOWN']);
    expect(await refusal(await get(HTTP_PATHS.avatar('x'), owner))).toEqual([404, 'AVATAR_UNKNOWN']);
  });

  it('HTTP10 lets a room read what is shown in it, while it is shown', async () => {
    const client = await SignalingClient.open(server.url);
    const visitor = await SignalingClient.open(server.url);
    const { roomId } = await client.request('room:create', {});
    const avatar = await makeAvatar(server.url, client.ownerToken, scriptedPortrait('shown'));
    await client.request('room:join', { roomId, displayName: 'Ada' });
    const { roomToken } = await visitor.request('room:join', { roomId, displayName: 'Ben' });
    expect((await get(avatar.url, roomToken)).status).toBe(404);
    await client.request('avatar:publish', { avatarHash: avatar.hash });
    expect((await get(avatar.url, roomToken)).status).toBe(200);
    await client.request('room:leave', {});
    expect((await get(avatar.url, roomToken)).status).toBe(404);
    for (const connection of [client, visitor]) connection.close();
  });

  it('HTTP11 forgets an avatar its owner removes', async () => {
    const [owner, stranger] = [await newOwner(), await newOwner()];
    const avatar = await makeAvatar(server.url, owner, scriptedPortrait('eleven'));
    const remove = (token: string) => fetch(server.url + avatar.url, { method: 'DELETE', headers: { authorization: `Bearer ${token}` } });
    expect(await refusal(await remove(stranger))).toEqual([404, 'AVATAR_UNKNOWN']);
    expect((await remove(owner)).status).toBe(204);
    expect(await refusal(await get(avatar.url, owner))).toEqual([404, 'AVATAR_UNKNOWN']);
  });

  it('HTTP12 tells health, readiness and metrics', async () => {
    const health = await get(HTTP_PATHS.health);
    const { status: alive, generator } = healthReplySchema.parse(await health.json());
    expect([health.status, alive, generator.wanted]).toEqual([200, 'ok', DEFAULT_GENERATOR]);
    const ready = await get(HTTP_PATHS.ready);
    const { status, checks } = readyReplySchema.parse(await ready.json());
    expect(ready.status).toBe(status === 'ready' ? 200 : 503);
    expect(checks['relay']).toEqual({ ok: true });
    const metrics = await (await get(HTTP_PATHS.metrics)).text();
    for (const name of ['stipple_rooms', 'stipple_participants', 'stipple_pose_frames_total', 'stipple_jobs_total', 'stipple_sfu_worker_cpu_seconds']) {
      expect(metrics).toContain(`\n${name}`);
    }
  });

  it('HTTP13 serves the rig an avatar names', async () => {
    const current = await get(HTTP_PATHS.currentRig);
    expect(current.status).toBe(200);
    const hash = createHash('sha256').update(new Uint8Array(await current.arrayBuffer())).digest('hex');
    const named = await get(HTTP_PATHS.rig(hash));
    expect([named.status, named.headers.get('cache-control')]).toEqual([200, 'public, max-age=31536000, immutable']);
    expect(await refusal(await get(HTTP_PATHS.rig('0'.repeat(64))))).toEqual([404, 'RIG_UNKNOWN']);
  });

  it('HTTP14 serves MediaPipe\'s wasm with a policy that lets it run', async () => {
    const response = await get(`${HTTP_PATHS.mediapipeWasm}/vision_wasm_internal.wasm`, undefined, { range: 'bytes=0-3' });
    expect(response.headers.get('content-type')).toBe('application/wasm');
    expect(response.headers.get('content-security-policy')).toContain("'wasm-unsafe-eval'");
    expect((await response.arrayBuffer()).byteLength).toBe(4);
  });
});

describe('PROTOCOL.md chapter ERR', () => {
  it('ERR3 lists every code with its status', async () => {
    const { readFile } = await import('node:fs/promises');
    const { ERROR_MEANINGS } = await import('../../shared/protocol/errors.ts');
    const document = await readFile(join(import.meta.dirname, '..', '..', 'PROTOCOL.md'), 'utf8');
    for (const [code, { httpStatus, retryable, sentence }] of Object.entries(ERROR_MEANINGS)) {
      expect(document).toContain(`| \`${code}\` | ${httpStatus} | ${retryable ? 'yes' : 'no'} | ${sentence} |`);
    }
  });
});
