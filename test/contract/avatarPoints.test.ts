import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createAvatarReplySchema } from '../../shared/protocol/http.ts';
import { PREVIEW_MAX_BYTES } from '../../shared/protocol/limits.ts';
import type { AcknowledgedEventOf } from '../../shared/protocol/signaling.ts';
import { SignalingClient } from '../support/signalingClient.ts';
import { scriptedPortrait } from '../support/scriptedPipeline.ts';
import { startTestServer } from '../support/testServer.ts';
import type { TestServer } from '../support/testServer.ts';
import { postPortrait } from '../support/uploads.ts';

describe('PROTOCOL.md chapter SIG: heads in the making', () => {
  let server: TestServer;
  const open: SignalingClient[] = [];

  beforeAll(async () => {
    server = await startTestServer();
  });
  afterEach(() => {
    for (const client of open.splice(0)) client.close();
  });
  afterAll(() => server.close());

  async function greeted(ownerToken?: string): Promise<SignalingClient> {
    const client = await SignalingClient.open(server.url, ownerToken);
    open.push(client);
    return client;
  }

  async function newRoom(): Promise<string> {
    return (await (await greeted()).request('room:create', {})).roomId;
  }

  async function joined(roomId: string, displayName: string) {
    const client = await greeted();
    return { client, seat: await client.request('room:join', { roomId, displayName }) };
  }

  /** Batches of points that came, with whose head they are. */
  const pointsOf = (client: SignalingClient): AcknowledgedEventOf<'avatar:points'>[] =>
    client.received.flatMap(({ name, event }) => (name === 'avatar:points' ? [event as AcknowledgedEventOf<'avatar:points'>] : []));

  async function startJob(client: SignalingClient, script: string): Promise<string> {
    const response = await postPortrait(server.url, client.ownerToken, scriptedPortrait(script));
    return createAvatarReplySchema.parse(await response.json()).status.jobId;
  }

  it('SIG16 brings points to the owner alone, newer after older, until somebody shows them', async () => {
    const roomId = await newRoom();
    const { client: ada } = await joined(roomId, 'Ada');
    const { client: ben } = await joined(roomId, 'Ben');
    const lobby = await greeted(ada.ownerToken);
    const jobId = await startJob(ada, `points:100 wait:150 points:200 wait:150 points:${PREVIEW_MAX_BYTES} wait:100`);
    await ada.event('avatar:progress', ({ status }) => status.jobId === jobId && status.state === 'done');
    for (const own of [ada, lobby]) {
      expect(pointsOf(own).map(({ batch, pointsSoFar, bytes, participantId }) => [batch, pointsSoFar, bytes.length, participantId]))
        .toEqual([[0, 0, 100, undefined], [1, 100, 200, undefined], [2, 200, PREVIEW_MAX_BYTES, undefined]]);
      const sentAfterMs = (await own.request('connection:clock', {})).serverTimeMs - pointsOf(own)[0]!.uploadedAtMs;
      expect(sentAfterMs).toBeGreaterThan(0);
      expect(sentAfterMs).toBeLessThan(60_000);
    }
    expect(pointsOf(ben)).toEqual([]);
    expect(ben.received.filter(({ name }) => name === 'room:avatarPublished' || name === 'room:avatarMaking')).toEqual([]);
  });

  it('SIG16 sends one at a time to a connection, and then the newest', async () => {
    const slow = await greeted();
    slow.answerPoints = false;
    const jobId = await startJob(slow, 'points:10 wait:100 points:20 wait:100 points:30 wait:100');
    await slow.event('avatar:progress', ({ status }) => status.jobId === jobId && status.state === 'done');
    expect(pointsOf(slow).map(({ batch }) => batch)).toEqual([0]);
  });

  it('SIG16 ends a generation process that sends more than it may', async () => {
    const ada = await greeted();
    const jobId = await startJob(ada, `points:${PREVIEW_MAX_BYTES + 1} wait:100`);
    const { status } = await ada.event('avatar:progress', (event) => event.status.jobId === jobId && event.status.state === 'failed');
    expect(status).toMatchObject({ error: { code: 'AVATAR_GENERATION_FAILED' } });
    expect(pointsOf(ada)).toEqual([]);
  });

  it('SIG21 shows a job to the room one sits in, catches latecomers up, and publishes the avatar by itself', async () => {
    const roomId = await newRoom();
    const { client: ada, seat } = await joined(roomId, 'Ada');
    const { client: ben } = await joined(roomId, 'Ben');
    const elsewhere = (await joined(await newRoom(), 'Cay')).client;
    const jobId = await startJob(ada, 'points:10 wait:600 points:20 wait:400 done');
    expect(await ben.codeOf('avatar:show', { jobId })).toBe('JOB_UNKNOWN');
    await ada.event('avatar:points');
    expect(await ada.request('avatar:show', { jobId })).toMatchObject({ status: { jobId, state: 'running' } });
    const { participantId } = seat;
    expect(await ben.event('room:avatarMaking')).toEqual({ participantId, jobId });
    expect(await ben.event('avatar:points')).toMatchObject({ jobId, participantId, batch: 0 });
    const { client: late, seat: lateSeat } = await joined(roomId, 'Dan');
    expect(lateSeat.participants.find((other) => other.participantId === participantId)).toMatchObject({ makingJobId: jobId });
    expect(await late.event('avatar:points')).toMatchObject({ jobId, participantId });
    for (const client of [ada, ben, late]) await client.event('avatar:points', (points) => points.batch === 1 && points.participantId === participantId);
    for (const client of [ada, ben, late]) expect((await client.event('room:avatarPublished')).participantId).toBe(participantId);
    expect(pointsOf(elsewhere)).toEqual([]);
    const { status } = await ada.event('avatar:progress', (event) => event.status.state === 'done');
    expect((await ben.event('room:avatarPublished')).avatar).toEqual((status as { avatar: unknown }).avatar);
    // A done job is published at once.
    expect(await ada.request('avatar:show', { jobId })).toEqual({ status });
  });

  it('SIG21 says so when a shown head will not come, and SIG7 joins with one', async () => {
    const roomId = await newRoom();
    const { client: ben } = await joined(roomId, 'Ben');
    const ada = await greeted();
    const jobId = await startJob(ada, 'points:10 wait:10000');
    await ada.event('avatar:points');
    const reply = await ada.request('room:join', { roomId, displayName: 'Ada', jobId });
    const { participantId } = reply;
    expect(reply.participants.find((own) => own.participantId === participantId)).toMatchObject({ makingJobId: jobId });
    expect((await ben.event('room:participantJoined', ({ participant }) => participant.displayName === 'Ada')).participant.makingJobId).toBe(jobId);
    await ben.event('avatar:points', (points) => points.participantId === participantId);
    await ada.request('avatar:cancel', { jobId });
    expect(await ben.event('room:avatarMaking')).toEqual({ participantId });
    expect(await ada.codeOf('avatar:show', { jobId })).toBe('JOB_CANCELLED');
    const more = pointsOf(ben).length;
    await ada.request('room:leave', {});
    expect(await ada.codeOf('avatar:show', { jobId })).toBe('NOT_IN_ROOM');
    expect(pointsOf(ben)).toHaveLength(more);
  });
});
