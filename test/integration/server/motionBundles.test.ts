import { afterEach, describe, expect, it } from 'vitest';
import { PosePeer } from '../../support/posePeer.ts';
import { SignalingClient } from '../../support/signalingClient.ts';
import { numberOf, testFrame } from '../../support/testFrames.ts';
import { startTestServer } from '../../support/testServer.ts';
import type { ConfigChange, TestServer } from '../../support/testServer.ts';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('bundles over real WebRTC', () => {
  let server: TestServer;
  let host: SignalingClient;
  let roomId: string;
  const peers: PosePeer[] = [];

  async function open(change: ConfigChange = {}): Promise<void> {
    server = await startTestServer(change);
    host = await SignalingClient.open(server.url);
    ({ roomId } = await host.request('room:create', {}));
  }

  async function enter(displayName: string, options: { participantToken?: string } = {}): Promise<PosePeer> {
    const peer = await PosePeer.join(server.url, roomId, displayName, options);
    peers.push(peer);
    return peer;
  }

  /** Sends from all, at each its own pace of about 30 a second, until `done`. */
  async function play(senders: readonly PosePeer[], kindOf: (index: number) => 'keyframe' | 'delta' | 'droppable', done: (index: number) => boolean): Promise<void> {
    for (let index = 0; index < 1_000 && !done(index); index++) {
      for (const peer of senders) peer.send(testFrame(peer.slot, index, kindOf(index)));
      await pause(33);
    }
  }

  afterEach(async () => {
    for (const peer of peers.splice(0)) peer.close();
    host.close();
    await server.close();
  });

  it('BUNDLE1 BUNDLE5 brings many participants\' frames in one message, in sequence, with the time of the tick', async () => {
    await open();
    const all = [];
    for (let index = 0; index < 6; index++) all.push(await enter(`Peer ${index}`));
    await play(all, () => 'keyframe', (index) => index > 60);
    for (const peer of all) {
      const shared = peer.bundles.filter(({ stream }) => stream > 0);
      const entries = shared.reduce((sum, bundle) => sum + bundle.entries.length, 0);
      // Six senders in step: nearly every bundle has all of them.
      expect(entries / shared.length).toBeGreaterThan(3);
      expect(shared.every(({ entries: list }) => list.every(({ slot }, at) => slot >= (list[at - 1]?.slot ?? 0)))).toBe(true);
      for (const [at, bundle] of shared.entries()) {
        const before = shared[at - 1];
        if (before?.stream !== bundle.stream) continue;
        expect((bundle.sequence - before.sequence) & 0xffff).toBe(1);
        expect((bundle.tickTimestampMs - before.tickTimestampMs) | 0).toBeGreaterThanOrEqual(0);
      }
      for (const other of all) {
        if (other !== peer) expect(peer.messages.get(other.participantId)!.length).toBeGreaterThan(30);
      }
    }
  });

  it('BUNDLE7 gives a newcomer everybody\'s last keyframe before anything else', async () => {
    await open();
    const [ada, ben] = [await enter('Ada'), await enter('Ben')];
    // A keyframe each, then nothing that stands alone.
    await play([ada, ben], (index) => (index < 3 ? 'keyframe' : 'delta'), (index) => index > 8);
    const cleo = await enter('Cleo');
    await play([ada, ben], () => 'delta', () => cleo.messages.size === 2);
    const [welcome] = cleo.bundles;
    expect(welcome!.stream).toBe(0);
    expect(welcome!.entries.map(({ slot, frame }) => [slot, numberOf(frame)])).toEqual([[ada.slot, 2], [ben.slot, 2]]);
  });

  it('BUNDLE6 sends less of those a viewer wants less of, in a room too large for all of everybody', async () => {
    await open();
    const all = [];
    for (let index = 0; index < 34; index++) all.push(await enter(`Peer ${index}`));
    const viewer = all[0]!;
    // All levels of a small wish: one in full, another seldom; the rest as it comes.
    await viewer.client.request('motion:interest', { levels: all.map(({ slot }) => [slot, slot === 33 ? 'full' : 'trickle'] as [number, 'full' | 'trickle']) });
    await pause(600);
    const before = new Map(all.map((peer) => [peer, viewer.messages.get(peer.participantId)?.length ?? 0]));
    await play([all[33]!, all[32]!], (index) => (index % 6 === 0 ? 'keyframe' : index % 2 === 0 ? 'delta' : 'droppable'), (index) => index > 90);
    const got = (peer: PosePeer): number => (viewer.messages.get(peer.participantId)?.length ?? 0) - before.get(peer)!;
    // 91 frames, 16 keyframes, of which every third.
    expect(got(all[33]!)).toBeGreaterThan(60);
    expect(got(all[32]!)).toBeGreaterThan(0);
    expect(got(all[32]!)).toBeLessThan(10);
  });

  it('BUNDLE9 sends a viewer whose link is full fewer frames and fresh ones, and nobody else', async () => {
    await open();
    const [ada, ben, slow] = [await enter('Ada'), await enter('Ben'), await enter('Slow')];
    await play([ada], () => 'keyframe', () => slow.bundles.some(({ stream }) => stream > 0) && ben.bundles.length > 20);
    const report = (ageMs: number): void => {
      const { stream, sequence } = slow.bundles.at(-1)!;
      slow.report({ stream, sequence, ageMs, heldMs: 0, lost: 0 });
    };
    report(2);
    await play([ada], () => 'keyframe', (index) => index > 5);
    const slowViewers = async (): Promise<number> => (await server.metrics.motionSlowViewers.get()).values[0]!.value;
    await play([ada], () => 'keyframe', (index) => {
      if (index % 3 === 0) report(400);
      return index > 12;
    });
    expect(await slowViewers()).toBe(1);
    const at = { slow: slow.bundles.length, ben: ben.bundles.length };
    await play([ada, ben], () => 'keyframe', (index) => {
      if (index % 3 === 0 && slow.bundles.at(-1)!.stream === 0) report(400);
      return index > 60;
    });
    expect(slow.bundles.slice(at.slow).every(({ stream }) => stream === 0)).toBe(true);
    expect(slow.bundles.length - at.slow).toBeLessThan((ben.bundles.length - at.ben) / 2);
    // Its link is free again.
    for (let wait = 0; wait < 40 && await slowViewers() > 0; wait++) {
      report(2);
      await play([ada], () => 'keyframe', (index) => index > 5);
    }
    expect(await slowViewers()).toBe(0);
    await play([ada], () => 'keyframe', () => slow.bundles.at(-1)!.stream > 0);
  });

  it('BUNDLE5 SIG9 spreads a room over workers, and carries frames between all of them, also after a rejoin', async () => {
    await open({ sfu: { workers: 2 }, rooms: { participantsPerWorker: 2 } });
    const all = [await enter('Ada'), await enter('Ben'), await enter('Cleo'), await enter('Dan')];
    expect(await server.workers.dump()).toEqual({ routers: 2, webRtcTransports: 8 });
    const [ada, ben, cleo, dan] = all as [PosePeer, PosePeer, PosePeer, PosePeer];
    for (const [from, to] of [[ada, ben], [ben, cleo], [cleo, ada], [dan, ben]] as const) {
      await from.sendUntilReceivedBy(to, (index) => testFrame(from.slot, index));
    }
    dan.client.drop();
    dan.closeTransports();
    const back = await enter('Dan', { participantToken: dan.participantToken });
    expect(back.slot).toBe(dan.slot);
    await back.sendUntilReceivedBy(ada, (index) => testFrame(back.slot, index));
    await ada.sendUntilReceivedBy(back, (index) => testFrame(ada.slot, index));
  });
});
