import { describe, expect, it } from 'vitest';
import { CLOSING_RADIUS, RIM_PIXELS, holePercent } from '../../eval/holes.ts';
import { dilate, erode, fillHoles, polygonMask } from '../../eval/plane.ts';

const SIZE = 200;
const RADIUS = 70;

/** A disc of full coverage with a rim that fades over three pixels. */
function disc(): Float32Array {
  return Float32Array.from({ length: SIZE * SIZE }, (_, i) => {
    const distance = Math.hypot((i % SIZE) - 100, Math.floor(i / SIZE) - 100);
    return Math.min(1, Math.max(0, (RADIUS + 1.5 - distance) / 3));
  });
}

function cut(coverage: Float32Array, inside: (x: number, y: number) => boolean, to = 0): Float32Array {
  return coverage.map((value, i) => (inside(i % SIZE, Math.floor(i / SIZE)) ? to : value));
}

const inner = Math.PI * (RADIUS - RIM_PIXELS) ** 2;

describe('holePercent', () => {
  it('finds none in a solid disc, soft rim and all', () => {
    expect(holePercent(disc(), SIZE, SIZE)).toBe(0);
  });

  it('measures an enclosed hole of any size', () => {
    const percent = holePercent(cut(disc(), (x, y) => Math.abs(x - 100) < 20 && Math.abs(y - 100) < 20), SIZE, SIZE);
    expect(percent).toBeCloseTo((39 * 39 * 100) / inner, 0);
  });

  it('measures a slit that opens to the outside, up to twice the closing radius wide', () => {
    expect(2 * CLOSING_RADIUS).toBeGreaterThan(10);
    const percent = holePercent(cut(disc(), (x, y) => Math.abs(x - 100) < 5 && y > 100), SIZE, SIZE);
    expect(percent).toBeGreaterThan((9 * 50 * 100) / inner);
  });

  it('counts a veil that lets more than a tenth through, not one that lets less', () => {
    const patch = (x: number, y: number): boolean => Math.abs(x - 100) < 10 && Math.abs(y - 100) < 10;
    expect(holePercent(cut(disc(), patch, 0.85), SIZE, SIZE)).toBeGreaterThan(2);
    expect(holePercent(cut(disc(), patch, 0.93), SIZE, SIZE)).toBe(0);
  });

  it('is no better for a head that leaves the picture', () => {
    const half = Float32Array.from({ length: SIZE * SIZE }, (_, i) => (Math.floor(i / SIZE) > 100 ? 1 : 0));
    expect(holePercent(half, SIZE, SIZE)).toBe(0);
    expect(holePercent(cut(half, (x, y) => x === 50 && y > 150), SIZE, SIZE)).toBeGreaterThan(0.1);
  });

  it('calls an empty picture all hole', () => {
    expect(holePercent(new Float32Array(SIZE * SIZE), SIZE, SIZE)).toBe(100);
  });
});

describe('masks', () => {
  it('grow and shrink by discs', () => {
    const dot = { width: 21, height: 21, data: new Uint8Array(441) };
    dot.data[10 * 21 + 10] = 1;
    const grown = dilate(dot, 3);
    expect(grown.data.reduce((sum, value) => sum + value, 0)).toBe(29);
    expect(erode(grown, 3).data.reduce((sum, value) => sum + value, 0)).toBeLessThanOrEqual(1);
  });

  it('fill what they enclose', () => {
    const ring = polygonMask(30, 30, [[5, 5], [25, 5], [25, 25], [5, 25]]);
    for (let y = 10; y < 20; y++) for (let x = 10; x < 20; x++) ring.data[y * 30 + x] = 0;
    expect(fillHoles(ring).data.reduce((sum, value) => sum + value, 0)).toBe(400);
  });
});
