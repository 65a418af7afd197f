import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SIGNALING_MESSAGE_MAX_BYTES } from '../../shared/protocol/limits.ts';
import { PROTOCOL_VERSION } from '../../shared/protocol/version.ts';
import { createOwnerReplySchema, HTTP_PATHS } from '../../shared/protocol/http.ts';
import { RefusedError, SignalingClient } from '../support/signalingClient.ts';
import { scriptedPortrait } from '../support/scriptedPipeline.ts';
import { startTestServer } from '../support/testServer.ts';
import type { TestServer } from '../support/testServer.ts';
import { makeAvatar } from '../support/uploads.ts';

const UNKNOWN_TOKEN = 'A'.repeat(43);

describe('PROTOCOL.md chapter SIG', () => {
  let server: TestServer;
  const open: SignalingClient[] = [];

  async function greeted(ownerToken?: string): Promise<SignalingClient> {
    const client = await SignalingClient.open(server.url, ownerToken);
    open.push(client);
    return client;
  }

  async function newRoom(): Promise<string> {
    return (await (await greeted()).request('room:create', {})).roomId;
  }

  async function joined(roomId: string, displayName: string, more: { participantToken?: string; avatarHash?: string } = {}, ownerToken?: string) {
    const client = await greeted(ownerToken);
    return { client, seat: await client.request('room:join', { roomId, displayName, ...more }) };
  }

  beforeAll(async () => {
    server = await startTestServer({ rooms: { maxParticipants: 3, rejoinWindowMs: 1_500, maxRooms: 60 } });
  });
  afterEach(() => {
    for (const client of open.splice(0)) client.close();
  });
  afterAll(() => server.close());

  it('SIG1 names the field, what was expected and what came, and goes on serving', async () => {
    const client = await greeted();
    const bad: [unknown[], string][] = [
      [[], '(the whole)'], [[null], '(the whole)'], [['x'], '(the whole)'], [[[]], '(the whole)'], [[7], '(the whole)'],
      [[{}], 'roomId'], [[{ roomId: 'AB', displayName: 'x' }], 'roomId'], [[{ roomId: '../etc', displayName: 'x' }], 'roomId'],
      [[{ roomId: 'abc' }], 'displayName'], [[{ roomId: 'abc', displayName: '' }], 'displayName'],
      [[{ roomId: 'abc', displayName: 'x'.repeat(41) }], 'displayName'], [[{ roomId: 'abc', displayName: 'a\u202eb' }], 'displayName'],
      [[{ roomId: 'abc', displayName: { toString: 'x' } }], 'displayName'],
      [[{ roomId: 'abc', displayName: 'x', participantToken: 'short' }], 'participantToken'],
      [[{ roomId: 'abc', displayName: 'x', extra: 1 }], 'extra'], [[{ roomId: 'abc', displayName: 'x' }, {}], '(arguments)'],
      [[Buffer.from([1, 2, 3])], 'roomId'],
    ];
    for (const [args, field] of bad) {
      const reply = await client.raw('room:join', ...args);
      expect(reply.ok, JSON.stringify(args)).toBe(false);
      if (reply.ok) continue;
      expect(reply.error.code).toBe('INVALID_REQUEST');
      expect(reply.error.details, JSON.stringify(args)).toMatchObject({ field, expected: expect.any(String), got: expect.any(String) });
      expect(reply.error.retryable).toBe(false);
    }
    for (const name of ['nothing', '__proto__', 'constructor', 'toString', '']) expect(await client.codeOf(name, {})).toBe('UNKNOWN_REQUEST');
    client.socket.emit('room:join');
    client.socket.emit('room:join', null, 1, 2);
    expect(await client.codeOf('connection:clock', {})).toBe('ok');
  });

  it('SIG2 refuses an old protocol version and anything before hello', async () => {
    const client = new SignalingClient(server.url);
    open.push(client);
    const reply = await client.raw('connection:hello', { protocolVersion: PROTOCOL_VERSION - 1 });
    expect(reply).toMatchObject({ ok: false, error: { code: 'PROTOCOL_VERSION_UNSUPPORTED', details: { field: 'protocolVersion', expected: String(PROTOCOL_VERSION), got: String(PROTOCOL_VERSION - 1) } } });
    expect(await client.codeOf('room:create', {})).toBe('HELLO_REQUIRED');
    expect(await client.codeOf('room:join', { roomId: 'abc', displayName: 'x' })).toBe('HELLO_REQUIRED');
    expect(await client.codeOf('connection:hello', { protocolVersion: PROTOCOL_VERSION })).toBe('ok');
    expect(await client.codeOf('room:create', {})).toBe('ok');
  });

  it('SIG2 keeps a known owner and replaces an unknown one', async () => {
    const first = await greeted();
    expect((await greeted(first.ownerToken)).ownerToken).toBe(first.ownerToken);
    expect((await greeted(UNKNOWN_TOKEN)).ownerToken).not.toBe(UNKNOWN_TOKEN);
  });

  it('SIG3 gives a clock that runs forward', async () => {
    const client = await greeted();
    const first = await client.request('connection:clock', {});
    const second = await client.request('connection:clock', {});
    expect(second.serverTimeMs).toBeGreaterThan(first.serverTimeMs);
  });

  it('SIG4 SIG5 refuses a flood and then ends the connection, others unharmed', async () => {
    const flood = await greeted();
    const bystander = await greeted();
    const codes = await Promise.all(Array.from({ length: 155 }, () => flood.codeOf('connection:clock', {})));
    expect(codes.slice(0, 50).every((code) => code === 'ok')).toBe(true);
    expect(codes.filter((code) => code === 'RATE_LIMITED').length).toBeGreaterThan(50);
    for (let index = 0; index < 60; index++) flood.socket.emit('connection:clock', {});
    expect((await flood.event('connection:closing')).error).toMatchObject({ code: 'RATE_LIMITED', retryable: true });
    await flood.disconnected();
    expect(await bystander.codeOf('connection:clock', {})).toBe('ok');
  });

  it('SIG4 ends a connection that sends too large a message, before parsing', async () => {
    const client = await greeted();
    client.socket.emit('room:join', { roomId: 'abc', displayName: 'x'.repeat(SIGNALING_MESSAGE_MAX_BYTES) });
    await client.disconnected();
    expect(await (await greeted()).codeOf('connection:clock', {})).toBe('ok');
  });

  it('SIG6 opens rooms under new and given ids', async () => {
    const client = await greeted();
    const { roomId } = await client.request('room:create', {});
    expect(roomId).toMatch(/^[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}$/);
    expect(await client.request('room:create', { roomId: 'team-monday' })).toEqual({ roomId: 'team-monday' });
    expect(await client.codeOf('room:create', { roomId: 'team-monday' })).toBe('ROOM_EXISTS');
    for (let index = 2; index < 10; index++) await client.request('room:create', {});
    expect(await client.codeOf('room:create', {})).toBe('RATE_LIMITED');
    expect(await (await greeted()).codeOf('room:create', {})).toBe('ok');
  });

  it('SIG7 refuses an unknown room, a full room, and a second room', async () => {
    const roomId = await newRoom();
    const { client } = await joined(roomId, 'Ada');
    const lost = await greeted();
    expect(await lost.codeOf('room:join', { roomId: 'no-such-room', displayName: 'x' })).toBe('ROOM_UNKNOWN');
    expect(await client.codeOf('room:join', { roomId, displayName: 'Ada' })).toBe('ALREADY_IN_ROOM');
    await joined(roomId, 'Ben');
    await joined(roomId, 'Cleo');
    expect(await lost.raw('room:join', { roomId, displayName: 'Dan' })).toMatchObject({ ok: false, error: { code: 'ROOM_FULL', retryable: true, details: { seats: 3 } } });
    expect(await client.codeOf('room:leave', {})).toBe('ok');
    expect(await lost.codeOf('room:join', { roomId, displayName: 'Dan' })).toBe('ok');
  });

  it('SIG7 tells who is there and who comes', async () => {
    const roomId = await newRoom();
    const ada = await joined(roomId, '  Ada Å 🙂 ');
    expect(ada.seat).toMatchObject({ resumed: false, participants: [{ participantId: ada.seat.participantId, displayName: 'Ada Å 🙂', connected: true }] });
    const ben = await joined(roomId, 'Ben');
    expect(ben.seat.participants.map((participant) => participant.displayName)).toEqual(['Ada Å 🙂', 'Ben']);
    expect((await ada.client.event('room:participantJoined')).participant).toMatchObject({ participantId: ben.seat.participantId, displayName: 'Ben' });
    expect(ben.client.received.some((item) => item.name === 'room:participantJoined')).toBe(false);
  });

  it('SIG8 keeps the seat of a dropped connection for the window, then gives it up', async () => {
    const roomId = await newRoom();
    const ada = await joined(roomId, 'Ada');
    const ben = await joined(roomId, 'Ben');
    ben.client.drop();
    const dropped = await ada.client.event('room:participantConnection');
    expect(dropped).toEqual({ participantId: ben.seat.participantId, connected: false });
    expect(await ada.client.event('room:participantLeft')).toEqual({ participantId: ben.seat.participantId, reason: 'expired' });
    const late = await greeted();
    expect(await late.codeOf('room:join', { roomId, displayName: 'Ben', participantToken: ben.seat.participantToken })).toBe('PARTICIPANT_TOKEN_UNKNOWN');
  });

  it('SIG9 gives the same seat and avatar back after a dropped connection, with new tokens for reading', async () => {
    const roomId = await newRoom();
    const { ownerToken } = createOwnerReplySchema.parse(await (await fetch(server.url + HTTP_PATHS.owners, { method: 'POST' })).json());
    const avatar = await makeAvatar(server.url, ownerToken, scriptedPortrait('nine'));
    const ada = await joined(roomId, 'Ada');
    const ben = await joined(roomId, 'Ben', { avatarHash: avatar.hash }, ownerToken);
    ben.client.drop();
    await ada.client.event('room:participantConnection', (event) => !event.connected);
    const startMs = performance.now();
    const back = await joined(roomId, 'Ben', { participantToken: ben.seat.participantToken }, ownerToken);
    expect(performance.now() - startMs).toBeLessThan(3_000);
    expect(back.seat).toMatchObject({ resumed: true, participantId: ben.seat.participantId, participantToken: ben.seat.participantToken });
    expect(back.seat.participants.find((participant) => participant.participantId === ben.seat.participantId)?.avatar).toEqual(avatar);
    expect(back.seat.roomToken).not.toBe(ben.seat.roomToken);
    await ada.client.event('room:participantConnection', (event) => event.connected);
    const read = (token: string) => fetch(server.url + avatar.url, { headers: { authorization: `Bearer ${token}` } });
    expect((await read(ben.seat.roomToken)).status).toBe(404);
    expect((await read(back.seat.roomToken)).status).toBe(200);
    expect((await read(ada.seat.roomToken)).status).toBe(200);
  });

  it('SIG9 refuses a token of another room, and one nobody has', async () => {
    const ada = await joined(await newRoom(), 'Ada');
    const elsewhere = await newRoom();
    const client = await greeted();
    for (const participantToken of [ada.seat.participantToken, UNKNOWN_TOKEN]) {
      expect(await client.codeOf('room:join', { roomId: elsewhere, displayName: 'x', participantToken })).toBe('PARTICIPANT_TOKEN_UNKNOWN');
    }
    expect(await client.codeOf('room:join', { roomId: elsewhere, displayName: 'x' })).toBe('ok');
  });

  it('SIG10 refuses a second join with the same token while the first connection answers', async () => {
    const roomId = await newRoom();
    const ada = await joined(roomId, 'Ada');
    const second = await greeted();
    await expect(second.request('room:join', { roomId, displayName: 'Ada', participantToken: ada.seat.participantToken })).rejects.toThrow(RefusedError);
    expect(await second.codeOf('room:join', { roomId, displayName: 'Ada', participantToken: ada.seat.participantToken })).toBe('PARTICIPANT_TOKEN_IN_USE');
    expect(ada.client.socket.connected).toBe(true);
    expect(await ada.client.codeOf('room:leave', {})).toBe('ok');
  });

  it('SIG10 hands the seat over when the connection that holds it is silent', async () => {
    const roomId = await newRoom();
    const ada = await joined(roomId, 'Ada');
    ada.client.answerProbe = false;
    const second = await greeted();
    const third = await greeted();
    const join = { roomId, displayName: 'Ada', participantToken: ada.seat.participantToken };
    const taking = second.request('room:join', join);
    expect(await third.codeOf('room:join', join)).toBe('PARTICIPANT_TOKEN_IN_USE');
    expect(await taking).toMatchObject({ resumed: true, participantId: ada.seat.participantId });
    expect((await ada.client.event('connection:closing')).error.code).toBe('PARTICIPANT_TOKEN_IN_USE');
    await ada.client.disconnected();
    // The old connection's end must not take the seat with it.
    expect(await second.codeOf('room:leave', {})).toBe('ok');
  });

  it('SIG11 gives the seat and its rights up on leaving', async () => {
    const roomId = await newRoom();
    const ada = await joined(roomId, 'Ada');
    const ben = await joined(roomId, 'Ben');
    await ben.client.request('room:leave', {});
    expect(await ada.client.event('room:participantLeft')).toEqual({ participantId: ben.seat.participantId, reason: 'left' });
    expect(await ben.client.codeOf('transport:create', { direction: 'send' })).toBe('NOT_IN_ROOM');
    expect(await ben.client.codeOf('room:join', { roomId, displayName: 'Ben', participantToken: ben.seat.participantToken })).toBe('PARTICIPANT_TOKEN_UNKNOWN');
    expect(await ben.client.codeOf('room:join', { roomId, displayName: 'Ben' })).toBe('ok');
  });

  it('SIG12 shows an avatar of one\'s own to everyone, and nobody else\'s', async () => {
    const roomId = await newRoom();
    const ada = await joined(roomId, 'Ada');
    const ben = await joined(roomId, 'Ben');
    const avatar = await makeAvatar(server.url, ada.client.ownerToken, scriptedPortrait('twelve'));
    expect(await ben.client.codeOf('avatar:publish', { avatarHash: avatar.hash })).toBe('AVATAR_UNKNOWN');
    expect(await ada.client.request('avatar:publish', { avatarHash: avatar.hash })).toEqual({ avatar });
    for (const { client } of [ada, ben]) {
      expect(await client.event('room:avatarPublished')).toEqual({ participantId: ada.seat.participantId, avatar });
    }
    await ada.client.request('avatar:publish', { avatarHash: avatar.hash });
    expect(ben.client.received.filter((item) => item.name === 'room:avatarPublished')).toHaveLength(1);
    expect((await joined(roomId, 'Cleo')).seat.participants[0]?.avatar).toEqual(avatar);
  });

  it('SIG14 SIG15 tells the owner how the job goes, and cancels it', async () => {
    const ada = await greeted();
    const sameOwner = await greeted(ada.ownerToken);
    const stranger = await greeted();
    const avatar = await makeAvatar(server.url, ada.ownerToken, scriptedPortrait('look wait:30 paint'));
    const done = await sameOwner.event('avatar:progress', (event) => event.status.state === 'done');
    expect(done.status).toMatchObject({ avatar });
    const stages = ada.received.flatMap(({ name, event }) => {
      const { status } = event as { status: { state: string; stage?: string } };
      return name === 'avatar:progress' && status.state === 'running' ? [status.stage] : [];
    });
    expect(stages).toEqual(expect.arrayContaining(['look', 'wait', 'paint']));
    expect(stranger.received.filter((item) => item.name === 'avatar:progress')).toEqual([]);
    expect(await stranger.codeOf('avatar:cancel', { jobId: done.status.jobId })).toBe('JOB_UNKNOWN');
    expect(await ada.request('avatar:cancel', { jobId: done.status.jobId })).toEqual({ status: done.status });
  });

  it('SIG17 SIG18 SIG19 keeps transports and the pose channel to their rules', async () => {
    const roomId = await newRoom();
    const { client } = await joined(roomId, 'Ada');
    const outsider = await greeted();
    expect(await outsider.codeOf('transport:create', { direction: 'send' })).toBe('NOT_IN_ROOM');
    const send = await client.request('transport:create', { direction: 'send' });
    const receive = await client.request('transport:create', { direction: 'receive' });
    expect(await client.codeOf('transport:create', { direction: 'send' })).toBe('TRANSPORT_EXISTS');
    expect(await client.codeOf('transport:create', { direction: 'both' })).toBe('INVALID_REQUEST');
    const { client: other } = await joined(roomId, 'Ben');
    expect(await other.codeOf('transport:restartIce', { transportId: send.transportId })).toBe('TRANSPORT_UNKNOWN');
    const fingerprint = { algorithm: 'sha-256', value: Array.from({ length: 32 }, () => 'AB').join(':') };
    expect(await client.codeOf('transport:connect', { transportId: send.transportId, dtlsParameters: { fingerprints: [{ ...fingerprint, value: 'zz' }] } })).toBe('INVALID_REQUEST');
    expect(await client.codeOf('transport:connect', { transportId: send.transportId, dtlsParameters: { role: 'client', fingerprints: [fingerprint] } })).toBe('ok');
    expect(await client.codeOf('transport:connect', { transportId: send.transportId, dtlsParameters: { role: 'client', fingerprints: [fingerprint] } })).toBe('TRANSPORT_STATE');
    expect((await client.request('transport:restartIce', { transportId: send.transportId })).iceParameters.usernameFragment).not.toBe(send.iceParameters.usernameFragment);
    const produce = { transportId: send.transportId, label: 'motion', protocol: 'stipple.motion.v2', sctpStreamParameters: { streamId: 0, ordered: false, maxRetransmits: 0 } };
    expect(await client.codeOf('pose:produce', { ...produce, sctpStreamParameters: { streamId: 0, ordered: true } })).toBe('INVALID_REQUEST');
    expect(await client.codeOf('pose:produce', { ...produce, protocol: 'stipple.pose.v1' })).toBe('INVALID_REQUEST');
    expect(await client.codeOf('pose:produce', { ...produce, transportId: receive.transportId })).toBe('TRANSPORT_STATE');
    expect(await client.codeOf('pose:produce', produce)).toBe('ok');
    expect(await client.codeOf('pose:produce', produce)).toBe('DATA_PRODUCER_EXISTS');
    await other.request('transport:create', { direction: 'receive' });
    const consumer = await other.event('pose:consumerCreated');
    expect(consumer.label).toBe('motion');
    expect(consumer.participantId).toBeUndefined();
    await client.request('room:leave', {});
  });

  it('SIG7 SIG9 numbers the seats, keeps a number over a rejoin, and gives none away at once', async () => {
    const roomId = await newRoom();
    const ada = await joined(roomId, 'Ada');
    const ben = await joined(roomId, 'Ben');
    const slots = (participants: { displayName: string; slot: number }[]) => participants.map(({ displayName, slot }) => `${displayName} ${slot}`);
    expect(slots(ben.seat.participants)).toEqual(['Ada 0', 'Ben 1']);
    await ada.client.request('room:leave', {});
    const cleo = await joined(roomId, 'Cleo');
    expect(slots(cleo.seat.participants)).toEqual(['Ben 1', 'Cleo 2']);
    ben.client.drop();
    const back = await joined(roomId, 'Ben', { participantToken: ben.seat.participantToken });
    expect(slots(back.seat.participants)).toEqual(['Ben 1', 'Cleo 2']);
  });

  it('SIG22 takes wishes for motion from those in a room, in their shape', async () => {
    const roomId = await newRoom();
    const { client } = await joined(roomId, 'Ada');
    expect(await client.codeOf('motion:interest', { levels: [[0, 'full'], [7, 'trickle']] })).toBe('ok');
    expect(await client.codeOf('motion:interest', { levels: [[0, 'most']] })).toBe('INVALID_REQUEST');
    expect(await client.codeOf('motion:interest', { levels: [[1_024, 'full']] })).toBe('INVALID_REQUEST');
    expect(await (await greeted()).codeOf('motion:interest', { levels: [] })).toBe('NOT_IN_ROOM');
  });
});
