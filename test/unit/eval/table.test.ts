import { describe, expect, it } from 'vitest';
import { labOfSrgb, skinTone } from '../../eval/groups.ts';
import { tableMarkdown } from '../../eval/markdown.ts';
import { PointMemory } from '../../eval/pointMemory.ts';
import { heldOut, mingled, spread } from '../../eval/portraitChoice.ts';
import { ROW_NAMES, RowMaker } from '../../eval/rowMaker.ts';
import { tableReport } from '../../eval/tableReport.ts';
import type { RowFigures, TableOutcome } from '../../eval/tableReport.ts';

function figures(row: RowFigures['row'], csim: number): RowFigures {
  return {
    row, csim, csimYaw20: 0.8, prefix50kCsim: null, psnrFace: 30, psnr: 27, ssim: 0.9, psnrBust: 26, akdPixels: 1, apdDegrees: 1.5,
    apdBoneDegrees: 2.4, aed: 0.03, holePercent20: 0.1, holePercent40: 0.2, holePercentTurned: 0.3, blinkRatio: 0.5, mouthGap: 0.2,
    splats: 50_000, bytes: 300_000, unread: 0, points: 6000, milliseconds: 5000, reprojectionErrorPercent: 0.7,
  };
}

const outcomes: TableOutcome[] = [
  { portrait: 'a.jpg', status: 'compared', groups: { skin: 'dark' }, figures: [figures('autoregressive', 0.9), figures('template', 0.8)] },
  { portrait: 'b.jpg', status: 'compared', groups: { skin: 'light' }, figures: [figures('autoregressive', 0.98), figures('template', 0.9)] },
  { portrait: 'seed 900000', status: 'outlined', figures: [
    { row: 'autoregressive', front: 0.98, yaw20: 0.95, yaw40: 0.9 }, { row: 'template', front: 0.98, yaw20: 0.93, yaw40: 0.87 }] },
  { portrait: 'c.jpg', status: 'refused', code: 'PORTRAIT_NO_FACE', message: 'no face' },
];

describe('the table', () => {
  const table = tableReport(outcomes);

  it('has one row a generator, with means over portraits and silhouettes over invented people', () => {
    expect(table).toMatchObject({ portraits: 3, accepted: 2, syntheticHeads: 1 });
    expect(table.rows.map(({ generator }) => generator)).toEqual(['autoregressive', 'template']);
    expect(table.rows[0]).toMatchObject({ csim: 0.94, silhouetteIou: 0.925, silhouetteIou20: 0.95, silhouetteIou40: 0.9, splats: 50_000 });
    expect(table.rows[0]!['prefix50kCsim']).toBeNull();
    expect(table.perPortrait).toHaveLength(4);
  });

  it('tells groups apart and what was refused', () => {
    expect(table.groups['skin']!['dark']).toMatchObject({ portraits: 1, rows: [{ csim: 0.9 }, { csim: 0.8 }] });
    expect(table.refused).toEqual([{ portrait: 'c.jpg', code: 'PORTRAIT_NO_FACE' }]);
  });

  it('as Markdown has a line a figure, the best in bold, and leaves out what nobody measured', () => {
    const lines = tableMarkdown(table).split('\n');
    expect(lines).toContain('| | `autoregressive` | `template` |');
    expect(lines).toContain('| CSIM ↑ | **0.940** | 0.850 |');
    expect(lines).toContain('| IoU ±40° ↑ | **0.900** | 0.870 |');
    expect(lines.some((line) => line.includes('LPIPS'))).toBe(false);
    expect(lines).toContain('| splats | 50,000 | 50,000 |');
  });
});

describe('what the table is made of', () => {
  it('are the portraits never trained on: every fifth by name', () => {
    const names = Array.from({ length: 12 }, (_, i) => `p${String(i).padStart(2, '0')}.jpg`);
    expect(heldOut([...names].reverse())).toEqual(['p04.jpg', 'p09.jpg']);
    expect(spread(names, 3)).toEqual(['p00.jpg', 'p04.jpg', 'p08.jpg']);
  });

  it('are taken in an order that is fair wherever it ends', () => {
    const order = mingled(Array.from({ length: 40 }, (_, i) => i));
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i));
    expect(order.slice(0, 10).filter((i) => i < 20).length).toBeGreaterThan(2);
    expect(order.slice(0, 10).filter((i) => i >= 20).length).toBeGreaterThan(2);
  });

  it('begins with the row that chooses the number of splats', () => {
    const rows = RowMaker.rows(ROW_NAMES);
    expect(rows).toContain('template');
    if (rows.length > 1) expect(rows[0]).toBe('autoregressive');
  });

  it('writes the points of a portrait once', async () => {
    let written = 0;
    const memory = new PointMemory({
      manifest: {} as PointMemory['manifest'], decodeSplats: () => Promise.reject(new Error('not asked')),
      async *writePoints() {
        written++;
        yield { pointsSoFar: 2 } as never;
        return { sites: Uint32Array.of(3, 4), milliseconds: 700 } as never;
      },
    });
    for (let round = 0; round < 2; round++) {
      const stream = memory.writePoints({} as never, {} as never);
      expect((await stream.next()).value).toEqual({ pointsSoFar: 2 });
      expect((await stream.next()).value).toMatchObject({ sites: Uint32Array.of(3, 4) });
    }
    expect(written).toBe(1);
    expect(memory.savedMilliseconds).toBe(700);
  });
});

describe('skin tone', () => {
  it('is read in CIE L*a*b*', () => {
    labOfSrgb([1, 1, 1]).forEach((value, i) => expect(value).toBeCloseTo([100, 0, 0][i]!, 1));
    labOfSrgb([1, 0, 0]).forEach((value, i) => expect(value).toBeCloseTo([53.24, 80.09, 67.2][i]!, 1));
  });

  it('goes by the individual typology angle', () => {
    expect(skinTone([0.93, 0.8, 0.74])).toBe('light');
    expect(skinTone([0.78, 0.59, 0.47])).toBe('medium');
    expect(skinTone([0.35, 0.22, 0.16])).toBe('dark');
  });
});
