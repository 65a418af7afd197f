import { describe, expect, it } from 'vitest';
import { settleColors } from '../../../server/generator/solvedColors.ts';
import { LID_MARGINS } from '../../../server/generator/lidPaint.ts';
import { INNER_LIPS } from '../../../server/generator/mouthPaint.ts';
import { LAYER, type SplatDraft } from '../../../server/generator/splatDraft.ts';

const PAINTED = [0.3, 0.2, 0.1] as const;

/** Both eyes open between rows 10 and 30, the left one from column 0 to 80, the right one from 100 to 180. */
const landmarks = new Float32Array(478 * 3);
for (const [margins, left] of [[LID_MARGINS.left, 0], [LID_MARGINS.right, 100]] as const) {
  for (const [part, row] of [['upper', 10], ['lower', 30]] as const) {
    margins[part].forEach((landmark, at) => landmarks.set([left + at * 10, at % 8 === 0 ? 20 : row, 0], landmark * 3));
  }
}

/** Lips as far open about row 100 from column 20 to 120. */
function withLips(rowsApart: number): Float32Array {
  const all = Float32Array.from(landmarks);
  INNER_LIPS.forEach((landmark, at) => {
    const upper = at <= 10;
    all.set([20 + 10 * (upper ? at : 20 - at), at % 10 === 0 ? 100 : 100 + (upper ? -0.5 : 0.5) * rowsApart, 0], landmark * 3);
  });
  return all;
}

/** One splat at a pixel, solved to a colour; gives what becomes of it. */
function settled(layer: number, pixel: readonly [number, number], solved: readonly number[], lipsApart = 20): number[] {
  const draft = { count: 1, layers: Uint8Array.of(layer) } as unknown as SplatDraft;
  const colors = Float32Array.from(solved);
  settleColors(draft, Float32Array.of(...pixel, 1), withLips(lipsApart), Float32Array.from(PAINTED), colors);
  return [...colors];
}

const luma = ([r, g, b]: readonly number[]): number => 0.3 * r! + 0.59 * g! + 0.11 * b!;

describe('settleColors', () => {
  it('keeps an iris as it was solved', () => {
    for (const [layer, x] of [[LAYER.leftEye, 40], [LAYER.rightEye, 140]] as const) {
      expect(settled(layer, [x, 20], [0.25, 0.125, 0.5])).toEqual([0.25, 0.125, 0.5]);
    }
  });

  it('dims a reflection', () => {
    expect(luma(settled(LAYER.leftEye, [40, 20], [0.9, 0.9, 0.95]))).toBeCloseTo(2.5 * luma(PAINTED) + 0.08, 5);
  });

  it('keeps under the lids what was painted', () => {
    expect(settled(LAYER.leftEye, [40, 5], [0.9, 0.1, 0.1])).toEqual([...Float32Array.from(PAINTED)]);
    expect(settled(LAYER.leftEye, [140, 20], [0.9, 0.1, 0.1])).toEqual([...Float32Array.from(PAINTED)]);
  });

  it('keeps teeth as painted behind the lips, as solved between them', () => {
    expect(settled(LAYER.teeth, [70, 83], [0.9, 0.1, 0.1])).toEqual([...Float32Array.from(PAINTED)]);
    expect(settled(LAYER.teeth, [70, 100], [0.75, 0.75, 0.5])).toEqual([0.75, 0.75, 0.5]);
  });

  it('keeps a tooth light where the dark between the rows was solved onto it', () => {
    expect(luma(settled(LAYER.teeth, [70, 100], [0.01, 0, 0]))).toBeCloseTo(0.25 * luma(PAINTED), 5);
  });

  it('stains no tooth with the line between lips that hardly part', () => {
    expect(luma(settled(LAYER.teeth, [70, 100], [0.01, 0, 0], 4))).toBeCloseTo(0.8 * luma(PAINTED), 5);
    expect(settled(LAYER.teeth, [70, 100], [0.75, 0.75, 0.5], 4)).toEqual([0.75, 0.75, 0.5]);
  });

  it('leaves everything else alone', () => {
    expect(settled(LAYER.skin, [40, 20], [0.5, 0.25, 1])).toEqual([0.5, 0.25, 1]);
  });
});
