import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wireBytes } from '../../../loadtest/measure/wireBytes.ts';
import { sleep } from '../../../loadtest/clock.ts';
import { Stage } from '../../../loadtest/stage.ts';
import { trackOf } from '../../../shared/motion/motionTrack.ts';
import { BLENDSHAPE_COUNT } from '../../../shared/rig/blendshapes.ts';
import type { RigPose } from '../../../shared/rig/rigPose.ts';

/** Five processes start, on a machine that may have other work. */
const LIMIT_MS = 240_000;

let trackFolder: string;

beforeAll(async () => {
  trackFolder = await mkdtemp(join(tmpdir(), 'stipple-tracks-'));
  await writeFile(join(trackFolder, 'waving.json'), JSON.stringify(trackOf(wavingFace(), { fps: 30, kind: 'talking', person: 'nobody' })));
});
afterAll(() => rm(trackFolder, { recursive: true, force: true }));

describe('wireBytes', () => {
  it('agrees with datagrams counted one by one on a link', async () => {
    const stage = await Stage.start({
      relay: 'bundle', workers: 1, rooms: 1, seatsPerRoom: 4, trackFolder, framesPerSecond: 30, seed: 1, wantedInFull: 4, restLevel: 'low', watchedFaces: 4, note: () => {},
    });
    try {
      await stage.join(Array.from({ length: 3 }, () => ({ room: 0, group: 'all' })));
      const [witness] = await stage.join([{ room: 0, group: 'all', impairable: true }]);
      await sleep(1_000);
      const read = async () => {
        const [links, transports, counts] = await Promise.all([stage.fleet.linkCounts(witness!.botId), stage.server.transportBytes(), stage.fleet.counts()]);
        const sent = (id: string): number => transports.find(({ transportId }) => transportId === id)!.bytesSent;
        const count = counts.find(({ seat }) => seat.botId === witness!.botId)!;
        return {
          counted: links.reduce((sum, { down }) => sum + down.bytes, 0), datagrams: links.reduce((sum, { down }) => sum + down.datagrams, 0),
          receive: sent(witness!.receiveTransportId), send: sent(witness!.sendTransportId),
          messages: count.receivedMessages, messageBytes: count.receivedBytes,
        };
      };
      const before = await read();
      await sleep(4_000);
      const after = await read();
      const difference = (key: keyof typeof before): number => after[key] - before[key];
      const workedOut = wireBytes({ udpPayloadBytes: difference('receive'), messages: difference('messages'), messageBytes: difference('messageBytes') })
        + wireBytes({ udpPayloadBytes: difference('send'), messages: 0, messageBytes: 0 });
      expect(difference('datagrams')).toBeGreaterThan(100);
      // Both sides are read within a few datagrams of each other.
      expect(workedOut / difference('counted')).toBeGreaterThan(0.96);
      expect(workedOut / difference('counted')).toBeLessThan(1.04);
    } finally {
      await stage.stop();
    }
  }, LIMIT_MS);
});

function wavingFace(): RigPose[] {
  return Array.from({ length: 60 }, (_, frame) => {
    const blendshapeWeights = new Float32Array(BLENDSHAPE_COUNT).map((_, shape) => 0.5 + 0.4 * Math.sin(frame / 5 + shape));
    return { blendshapeWeights, headRotation: [0, Math.sin(frame / 20) * 0.1, 0, Math.sqrt(1 - (Math.sin(frame / 20) * 0.1) ** 2)], headPositionMeters: [0, 0, 0.01 * Math.sin(frame / 9)] };
  });
}
