import { describe, expect, it } from 'vitest';
import { PreviewSender, type PointPreview } from '../../../server/generator/previewSender.ts';
import { PREVIEW_INTERVAL_MS, PREVIEW_MAX_BYTES, PREVIEW_MAX_SPLATS, PREVIEWS_PER_JOB } from '../../../shared/protocol/limits.ts';
import type { BoundSplats } from '../../../shared/splat/boundSplats.ts';

function splats(count: number, binding = 0): BoundSplats {
  return {
    count, header: { rigId: 'rig', rigHash: '0'.repeat(64), generator: 'test', identityCoefficients: new Float32Array(0) },
    bindings: new Uint16Array(count).fill(binding), barycentrics: new Float32Array(count * 2), offsets: new Float32Array(count * 3),
    logScales: new Float32Array(count * 3).fill(-6), rotations: new Float32Array(count * 4), opacities: new Float32Array(count),
    colors: new Float32Array(count * 3),
  };
}

/** A sender on a clock of its own whose "file" is one byte a splat, or more where asked. */
function sender(bytesPerSplat = 1) {
  const clock = { ms: 0 };
  const encoded: BoundSplats[] = [];
  const sent: PointPreview[] = [];
  const previews = new PreviewSender({
    encode: (set) => { encoded.push(set); return new Uint8Array(set.count * bytesPerSplat); },
    send: (preview) => sent.push(preview), nowMs: () => clock.ms,
  });
  const offer = (count: number, whole: boolean, pointsSoFar = count): void => previews.offer({ splats: splats(count, pointsSoFar % 1_000), whole, pointsSoFar, pointsExpected: undefined });
  return { clock, encoded, sent, previews, offer };
}

describe('previews of a head in the making', () => {
  it('numbers them, adds batches up, and starts anew with a whole one', () => {
    const { clock, encoded, sent, offer } = sender();
    for (const [count, whole, pointsSoFar] of [[10, true, 10], [5, false, 15], [40, true, 40]] as const) {
      offer(count, whole, pointsSoFar);
      clock.ms += PREVIEW_INTERVAL_MS;
    }
    expect(sent.map(({ batch, pointsSoFar }) => [batch, pointsSoFar])).toEqual([[0, 10], [1, 15], [2, 40]]);
    expect(encoded.map(({ count }) => count)).toEqual([10, 15, 40]);
    expect([...encoded[1]!.bindings]).toEqual([...Array.from({ length: 10 }, () => 10), ...Array.from({ length: 5 }, () => 15)]);
  });

  it('keeps the pace: of batches that come faster only the newest is encoded', () => {
    const { clock, sent, previews, offer } = sender();
    for (let count = 1; count <= 50; count++) {
      offer(count, true);
      clock.ms += 10;
    }
    expect(sent.map(({ pointsSoFar }) => pointsSoFar)).toEqual([1, 26]);
    previews.flush();
    expect(sent).toHaveLength(3);
    expect(sent[2]).toMatchObject({ batch: 2, pointsSoFar: 50 });
    clock.ms += 10_000;
    previews.flush();
    expect(sent).toHaveLength(3);
  });

  it('keeps to the most splats, bytes and previews; those left in stand for those left out', () => {
    const { clock, encoded, sent, offer } = sender(PREVIEW_MAX_BYTES / PREVIEW_MAX_SPLATS);
    offer(4 * PREVIEW_MAX_SPLATS, true);
    expect(encoded[0]!.count).toBe(PREVIEW_MAX_SPLATS);
    expect(encoded[0]!.logScales[0]).toBeCloseTo(-6 + Math.log(2), 5);
    const heavy = sender((2 * PREVIEW_MAX_BYTES) / PREVIEW_MAX_SPLATS);
    heavy.offer(PREVIEW_MAX_SPLATS, true);
    expect(heavy.sent[0]!.bytes.length).toBeLessThanOrEqual(PREVIEW_MAX_BYTES);
    for (let k = 0; k < 2 * PREVIEWS_PER_JOB; k++) {
      clock.ms += PREVIEW_INTERVAL_MS;
      offer(10, true);
    }
    expect(sent).toHaveLength(PREVIEWS_PER_JOB);
  });
});
