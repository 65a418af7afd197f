import { describe, expect, it } from 'vitest';
import { subdivide } from '../../../models/people/subdivision.ts';
import type { PolygonMesh } from '../../../models/people/subdivision.ts';

const CUBE: PolygonMesh = {
  points: Float32Array.from([-1, -1, -1, 1, -1, -1, 1, 1, -1, -1, 1, -1, -1, -1, 1, 1, -1, 1, 1, 1, 1, -1, 1, 1]), stride: 3,
  uvs: Float32Array.of(0, 0, 1, 0, 1, 1, 0, 1),
  faceCorners: [[0, 3, 2, 1], [4, 5, 6, 7], [0, 1, 5, 4], [2, 3, 7, 6], [1, 2, 6, 5], [0, 4, 7, 3]],
  faceUvs: Array.from({ length: 6 }, () => [0, 1, 2, 3]),
};

describe('subdivide', () => {
  it('splits every quad of a closed mesh into four', () => {
    const fine = subdivide(CUBE);
    expect(fine.faceCorners).toHaveLength(24);
    expect(fine.points.length / 3).toBe(8 + 12 + 6);
  });

  it('follows Catmull and Clark: a cube\'s corner moves to 5/9 of the way', () => {
    const fine = subdivide(CUBE);
    for (let k = 0; k < 3; k++) expect(Math.abs(fine.points[k]!)).toBeCloseTo(5 / 9, 5);
  });

  it('keeps a flat sheet flat and its outline straight', () => {
    const sheet: PolygonMesh = { points: Float32Array.of(0, 0, 0, 2, 0, 0, 2, 2, 0, 0, 2, 0), stride: 3, uvs: CUBE.uvs, faceCorners: [[0, 1, 2, 3]], faceUvs: [[0, 1, 2, 3]] };
    const fine = subdivide(sheet);
    const xs = Array.from({ length: fine.points.length / 3 }, (_, i) => fine.points[i * 3]!);
    for (let i = 2; i < fine.points.length; i += 3) expect(fine.points[i]).toBe(0);
    expect(Math.max(...xs)).toBeLessThanOrEqual(2);
    expect(fine.uvs.slice(0, 2)).toEqual(Float32Array.of(0, 0));
  });

  it('drops points that no face uses', () => {
    const stray: PolygonMesh = { ...CUBE, points: Float32Array.from([...CUBE.points, 9, 9, 9]) };
    expect(Math.max(...subdivide(stray).points)).toBeLessThan(2);
  });
});
