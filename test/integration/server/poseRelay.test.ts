import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodePoseFrame, encodePoseFrame } from '../../../shared/protocol/poseFrame.ts';
import { restingFrame } from '../../support/poseFrames.ts';
import { PosePeer } from '../../support/posePeer.ts';
import { SignalingClient } from '../../support/signalingClient.ts';
import { startTestServer } from '../../support/testServer.ts';
import type { TestServer } from '../../support/testServer.ts';

describe('pose frames over real WebRTC', () => {
  let server: TestServer;
  let roomId: string;
  let host: SignalingClient;

  beforeAll(async () => {
    server = await startTestServer();
    host = await SignalingClient.open(server.url);
    ({ roomId } = await host.request('room:create', {}));
  });
  afterAll(async () => {
    host.close();
    await server.close();
  });

  it('carries frames from each participant to every other, byte for byte', async () => {
    const ada = await PosePeer.join(server.url, roomId, 'Ada');
    const ben = await PosePeer.join(server.url, roomId, 'Ben');
    const cleo = await PosePeer.join(server.url, roomId, 'Cleo');
    const frameOf = (who: number) => (index: number) => encodePoseFrame(restingFrame({ sequenceNumber: index, captureTimestampMs: who * 1_000 + index }));
    for (const [index, [from, to]] of [[ada, ben], [ben, ada], [ada, cleo], [cleo, ben]].entries()) {
      const received = decodePoseFrame(await from!.sendUntilReceivedBy(to!, frameOf(index + 1)));
      expect(Math.floor(received.captureTimestampMs / 1_000)).toBe(index + 1);
    }
    expect(ada.messages.has(ada.participantId)).toBe(false);
    for (const peer of [ada, ben, cleo]) peer.close();
  });
});
