import { fork } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SeededRandom } from '../../../shared/math/seededRandom.ts';
import { PosePeer } from '../../support/posePeer.ts';
import { SignalingClient } from '../../support/signalingClient.ts';
import { numberOf, testFrame, whoOf } from '../../support/testFrames.ts';
import { startTestServer } from '../../support/testServer.ts';
import type { TestServer } from '../../support/testServer.ts';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Frames that tell who sent them. */
const frameOf = (who: number) => (index: number) => testFrame(who, index);

describe.each(['bundle', 'plain'] as const)('motion over real WebRTC, %s', (motionRelay) => {
  let server: TestServer;
  let roomId: string;
  let host: SignalingClient;
  const peers: PosePeer[] = [];

  async function enter(displayName: string, options: { participantToken?: string; room?: string } = {}): Promise<PosePeer> {
    const peer = await PosePeer.join(server.url, options.room ?? roomId, displayName, options);
    peers.push(peer);
    return peer;
  }

  async function metric(name: string): Promise<number> {
    return (await server.metrics.registry.getSingleMetric(name)!.get()).values.reduce((sum, { value }) => sum + value, 0);
  }

  /** Asks until it holds, or fails with what it was. */
  async function becomes<T>(read: () => T | Promise<T>, wanted: T): Promise<void> {
    for (let attempt = 0; attempt < 100; attempt++) {
      if (JSON.stringify(await read()) === JSON.stringify(wanted)) return;
      await pause(100);
    }
    expect(await read()).toEqual(wanted);
  }

  beforeEach(async () => {
    server = await startTestServer({ rooms: { motionRelay } });
    host = await SignalingClient.open(server.url);
    ({ roomId } = await host.request('room:create', {}));
  });
  afterEach(async () => {
    for (const peer of peers.splice(0)) peer.close();
    host.close();
    await server.close();
  });

  it('carries frames from each participant to every other, byte for byte, and to nobody else', async () => {
    const [ada, ben, cleo] = [await enter('Ada'), await enter('Ben'), await enter('Cleo')];
    const { roomId: otherRoom } = await host.request('room:create', {});
    const dan = await enter('Dan', { room: otherRoom });
    for (const [index, [from, to]] of ([[ada, ben], [ben, ada], [ada, cleo], [cleo, ben]] as const).entries()) {
      expect(whoOf(await from.sendUntilReceivedBy(to, frameOf(index + 1)))).toBe(index + 1);
    }
    expect(ada.messages.has(ada.participantId)).toBe(false);
    expect(dan.messages.size).toBe(0);
  });

  it('BUNDLE11 delivers a paced stream, and the newest last', async () => {
    const [ada, ben] = [await enter('Ada'), await enter('Ben')];
    await ada.sendUntilReceivedBy(ben, frameOf(9));
    const before = ben.messages.get(ada.participantId)!.length;
    for (let index = 0; index < 200; index++) {
      ada.send(frameOf(1)(index));
      await pause(16);
    }
    // On a busy machine some are lost on the way in: that is the channel's promise, and most arrive all the same.
    expect(numberOf(ben.messages.get(ada.participantId)!.at(-1)!)).toBeGreaterThan(180);
    expect(ben.messages.get(ada.participantId)!.length - before).toBeGreaterThan(140);
  });

  it.runIf(motionRelay === 'bundle')('BUNDLE11 gives a receiver that stood still the present, not the past', async () => {
    const ada = await enter('Ada');
    const listener = fork(join(import.meta.dirname, '..', '..', 'support', 'listeningPeer.ts'), [server.url, roomId], { execArgv: [] });
    const arrivals: { number: number }[] = [];
    listener.on('message', (message) => { if (typeof message === 'object') arrivals.push(message as (typeof arrivals)[number]); });
    let next = 0;
    const sendFor = async (count: number) => {
      for (let index = 0; index < count; index++) {
        ada.send(testFrame(1, next++));
        await pause(11);
      }
    };
    while (arrivals.length < 20) await sendFor(5);
    listener.kill('SIGSTOP');
    const stoppedAt = next;
    await sendFor(250);
    const continuedAt = next;
    listener.kill('SIGCONT');
    await sendFor(100);
    listener.kill('SIGKILL');
    // What was on its way when it stopped, a window's worth, may still come; the rest of those seconds does not.
    const stale = arrivals.filter((arrival) => arrival.number > stoppedAt && arrival.number <= continuedAt - 25);
    const fresh = arrivals.filter((arrival) => arrival.number > continuedAt);
    expect(stale.length).toBeLessThan(125);
    expect(fresh.length).toBeGreaterThan(10);
  });

  it('BUNDLE10 survives random bytes: tells the sender, counts, and goes on relaying', async () => {
    const [ada, ben] = [await enter('Ada'), await enter('Ben')];
    const random = new SeededRandom(5);
    for (let index = 0; index < 40; index++) {
      ada.send(Uint8Array.from({ length: 1 + random.integer(400) }, () => random.integer(256)));
      await pause(10);
    }
    const rejected = await ada.client.event('pose:rejected');
    expect(rejected.error).toMatchObject({ code: 'POSE_FRAME_INVALID', details: { field: 'frame' } });
    expect(await metric('stipple_pose_frames_rejected_total')).toBeGreaterThan(10);
    expect(ada.client.received.filter((item) => item.name === 'pose:rejected').length).toBeLessThan(4);
    expect(whoOf(await ada.sendUntilReceivedBy(ben, frameOf(3)))).toBe(3);
  });

  it('BUNDLE10 lets a sender go that floods, and only that one', async () => {
    const [ada, ben, cleo] = [await enter('Ada'), await enter('Ben'), await enter('Cleo')];
    const told = () => ada.client.received.some((item) => item.name === 'connection:closing');
    for (let index = 0; index < 20_000 && !told(); index++) {
      ada.send(frameOf(1)(index));
      if (index % 4 === 3) await pause(1);
    }
    expect((await ada.client.event('connection:closing')).error.code).toBe('RATE_LIMITED');
    await ada.client.disconnected();
    expect((await ben.client.event('room:participantConnection')).participantId).toBe(ada.participantId);
    await ben.sendUntilReceivedBy(cleo, frameOf(2));
  });

  it('SIG9 SIG20 restores the stream after a dropped connection', async () => {
    const [ada, ben] = [await enter('Ada'), await enter('Ben')];
    await ada.sendUntilReceivedBy(ben, frameOf(1));
    ada.client.drop();
    ada.closeTransports();
    const startMs = performance.now();
    const back = await enter('Ada', { participantToken: ada.participantToken });
    expect(back.participantId).toBe(ada.participantId);
    await back.sendUntilReceivedBy(ben, frameOf(2));
    await ben.sendUntilReceivedBy(back, frameOf(3));
    // The figure the product promises, from the drop to frames both ways.
    expect(performance.now() - startMs).toBeLessThan(3_000);
    // The room's bundles go on; a channel of Ada's own ends with it.
    expect(ben.client.received.filter((item) => item.name === 'pose:consumerClosed')).toHaveLength(motionRelay === 'plain' ? 1 : 0);
  });

  it('SIG10 restores the stream when the server has not noticed the drop', async () => {
    const [ada, ben] = [await enter('Ada'), await enter('Ben')];
    ada.client.answerProbe = false;
    const back = await enter('Ada', { participantToken: ada.participantToken });
    await back.sendUntilReceivedBy(ben, frameOf(2));
    expect(back.participantId).toBe(ada.participantId);
  });

  it('SIG13 tells everyone when a relay worker dies, and serves the same room again', async () => {
    const [ada, ben] = [await enter('Ada'), await enter('Ben')];
    process.kill(server.workers.pids[0]!, 'SIGKILL');
    for (const peer of [ada, ben]) {
      expect(await peer.client.event('room:closed')).toMatchObject({ roomId, error: { code: 'SFU_WORKER_DIED', retryable: true } });
      peer.closeTransports();
    }
    await becomes(() => server.workers.available, true);
    expect(await ada.client.codeOf('transport:create', { direction: 'send' })).toBe('ROOM_CLOSED');
    await ada.client.request('room:create', { roomId });
    const again = await PosePeer.join(server.url, roomId, 'Ada', { client: ada.client });
    const other = await PosePeer.join(server.url, roomId, 'Ben', { client: ben.client });
    peers.push(again, other);
    await again.sendUntilReceivedBy(other, frameOf(4));
  });

  it('leaves no router, transport or consumer behind, whichever way a room ends', async () => {
    const [ada, ben, cleo] = [await enter('Ada'), await enter('Ben'), await enter('Cleo')];
    await ada.sendUntilReceivedBy(ben, frameOf(1));
    expect(await server.workers.dump()).toEqual({ routers: 1, webRtcTransports: 6 });
    await ada.client.request('room:leave', {});
    await becomes(() => server.workers.dump(), { routers: 1, webRtcTransports: 4 });
    ben.client.drop();
    await becomes(() => server.workers.dump(), { routers: 1, webRtcTransports: 2 });
    cleo.closeTransports();
    cleo.close();
    await becomes(() => server.workers.dump(), { routers: 1, webRtcTransports: 0 });
    await becomes(() => metric('stipple_data_consumers'), 0);
    await becomes(() => metric('stipple_transports'), 0);
  });

  it('closes a room that stands empty, and everything on shutting down', async () => {
    await server.close();
    server = await startTestServer({ rooms: { motionRelay, emptyRoomMs: 200, rejoinWindowMs: 200 } });
    host = await SignalingClient.open(server.url);
    ({ roomId } = await host.request('room:create', {}));
    const ada = await enter('Ada');
    ada.client.drop();
    await becomes(() => server.rooms.roomCount, 0);
    await becomes(() => server.workers.dump(), { routers: 0, webRtcTransports: 0 });
    ({ roomId } = await host.request('room:create', {}));
    const ben = await enter('Ben');
    const pids = server.workers.pids;
    await server.close();
    expect((await ben.client.event('connection:closing')).error).toMatchObject({ code: 'SERVER_SHUTTING_DOWN', retryable: true });
    await becomes(() => pids.filter((pid) => isAlive(pid)), []);
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
