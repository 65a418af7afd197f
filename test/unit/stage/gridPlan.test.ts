import { describe, expect, test } from 'vitest';
import { type GridTile, planGrid } from '../../../client/render/stage/gridPlan.ts';

const SIZES = [[1440, 900], [390, 844], [844, 390], [1000, 1000]] as const;
const cases = [1, 2, 3, 4, 5, 9, 12, 25, 49, 100].flatMap((count) => SIZES.map(([width, height]) => ({ count, width, height })));

function overlap(a: GridTile, b: GridTile): boolean {
  return a.x < b.x + b.width - 0.01 && b.x < a.x + a.width - 0.01 && a.y < b.y + b.height - 0.01 && b.y < a.y + a.height - 0.01;
}

describe('grid of pictures', () => {
  test.each(cases)('$count in $width × $height: side by side, between the bars, of one size', ({ count, width, height }) => {
    const tiles = planGrid(count, width, height);
    expect(tiles).toHaveLength(count);
    for (const [i, tile] of tiles.entries()) {
      expect(tile.x).toBeGreaterThanOrEqual(0);
      expect(tile.x + tile.width).toBeLessThanOrEqual(width + 0.01);
      expect(tile.y).toBeGreaterThanOrEqual(60);
      expect(tile.y + tile.height).toBeLessThanOrEqual(height - 80 + 0.01);
      expect(tile.width).toBeCloseTo(tiles[0]!.width, 6);
      for (const other of tiles.slice(i + 1)) expect(overlap(tile, other)).toBe(false);
    }
  });

  test.each(cases.filter(({ count }) => count > 1))('$count in $width × $height: who is chosen is larger, and nobody is under another', ({ count, width, height }) => {
    const tiles = planGrid(count, width, height, 1);
    expect(tiles).toHaveLength(count);
    for (const [i, tile] of tiles.entries()) {
      if (i !== 1) expect(tile.width * tile.height).toBeLessThan(tiles[1]!.width * tiles[1]!.height);
      for (const other of tiles.slice(i + 1)) expect(overlap(tile, other)).toBe(false);
    }
  });

  test('nobody there: no pictures', () => {
    expect(planGrid(0, 800, 600)).toEqual([]);
  });
});
