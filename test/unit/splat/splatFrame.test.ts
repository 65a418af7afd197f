import { describe, expect, it } from 'vitest';
import { neutralHead, poseVertices } from '../../../shared/rig/skinning.ts';
import { splatCenters, splatCovariances } from '../../../shared/splat/covariance.ts';
import { FACE_FRAME_STRIDE, FaceFrames, limitStretch, MAX_STRETCH, offsetOfPoint } from '../../../shared/splat/splatFrame.ts';
import { randomPose, restPose } from '../../support/rigPoses.ts';
import { syntheticRig } from '../../support/syntheticRig.ts';
import { syntheticSplats } from '../../support/syntheticSplats.ts';

const rig = syntheticRig();
const splats = syntheticSplats(rig, { count: 500, wild: true });
const neutral = neutralHead(rig, splats.header.identityCoefficients);

function posed(pose = restPose()): { frames: FaceFrames; centers: Float32Array; covariances: Float32Array } {
  const vertices = new Float32Array(neutral.positions.length);
  poseVertices(rig, neutral, pose, vertices);
  const frames = new FaceFrames(rig, neutral.positions);
  frames.update(vertices);
  const centers = new Float32Array(splats.count * 3);
  const covariances = new Float32Array(splats.count * 6);
  splatCenters(splats, frames, centers);
  splatCovariances(splats, frames, covariances);
  return { frames, centers, covariances };
}

describe('face frames', () => {
  it('are orthonormal and undeformed on the neutral head', () => {
    const { frames } = posed();
    for (let face = 0; face < rig.faceCount; face++) {
      const [tx, ty, tz, bx, by, bz, nx, ny, nz, g11, g12, g22] = frames.frames.subarray(face * FACE_FRAME_STRIDE);
      expect(tx * bx + ty * by + tz * bz).toBeCloseTo(0, 5);
      expect(tx * nx + ty * ny + tz * nz).toBeCloseTo(0, 5);
      expect(Math.hypot(bx, by, bz)).toBeCloseTo(1, 5);
      expect(Math.hypot(nx, ny, nz)).toBeCloseTo(1, 5);
      expect([g11, g12, g22]).toEqual([expect.closeTo(1, 3), expect.closeTo(0, 3), expect.closeTo(1, 3)]);
    }
  });

  it('carry splats rigidly when the whole rig moves', () => {
    const before = posed();
    const pose = { ...restPose(), headPositionMeters: [0.1, -0.2, 0.3] as const };
    const after = posed(pose);
    for (let i = 0; i < splats.count * 3; i++) expect(after.centers[i] - before.centers[i]).toBeCloseTo(pose.headPositionMeters[i % 3], 5);
    after.covariances.forEach((value, i) => expect(value * 1e6).toBeCloseTo(before.covariances[i] * 1e6, 2));
  });

  it('stretch splats as their face is stretched', () => {
    const frames = new FaceFrames(rig, neutral.positions);
    const wide = neutral.positions.map((value, i) => (i % 3 === 1 ? 2 * value : value));
    const before = new Float32Array(splats.count * 6);
    const after = new Float32Array(splats.count * 6);
    // Flat splats in the surface of a sphere's equator: their vertical variance grows fourfold.
    const flat = syntheticSplats(rig, { count: 500 });
    splatCovariances(flat, frames, before);
    frames.update(wide);
    splatCovariances(flat, frames, after);
    let checked = 0;
    for (let s = 0; s < flat.count; s++) {
      const normalY = frames.frames[flat.bindings[s] * FACE_FRAME_STRIDE + 7];
      if (Math.abs(normalY) > 0.05) continue;
      expect(after[s * 6 + 3] / before[s * 6 + 3]).toBeCloseTo(4, 0);
      checked++;
    }
    expect(checked).toBeGreaterThan(5);
  });

  it('are continuous normals across faces: a far offset on a shared edge ends in one place', () => {
    const { frames } = posed(randomPose(3));
    // Faces 0 and 1 share the edge from vertex 0 to vertex d (its third and second corner).
    const offset = 0.05;
    const at = (face: number, u: number, v: number): number[] => {
      const one = {
        count: 1, bindings: Uint16Array.of(face), barycentrics: Float32Array.of(u, v), offsets: Float32Array.of(0, 0, offset),
        logScales: new Float32Array(3), rotations: Float32Array.of(0, 0, 0, 1),
      };
      const out = new Float32Array(3);
      splatCenters(one, frames, out);
      return [...out];
    };
    const [first, second] = [at(0, 0, 0.4), at(1, 0.4, 0)];
    first.forEach((value, i) => expect(value).toBeCloseTo(second[i], 6));
  });

  it('take a point to its offset and back', () => {
    const { frames, centers } = posed(randomPose(4));
    const offset = new Float32Array(3);
    for (let s = 0; s < splats.count; s++) {
      const [u, v] = splats.barycentrics.subarray(s * 2);
      expect(offsetOfPoint(frames, splats.bindings[s], u, v, centers[s * 3], centers[s * 3 + 1], centers[s * 3 + 2], offset)).toBe(true);
      for (let k = 0; k < 3; k++) expect(offset[k]).toBeCloseTo(splats.offsets[s * 3 + k], 5);
    }
  });

  it('stay finite on a degenerate face', () => {
    const flat = { ...rig, positions: rig.positions.slice() };
    flat.positions.copyWithin(rig.faces[1] * 3, rig.faces[0] * 3, rig.faces[0] * 3 + 3);
    const frames = new FaceFrames(flat, flat.positions);
    expect(frames.frames.every(Number.isFinite)).toBe(true);
    expect(frames.vertexNormals.every(Number.isFinite)).toBe(true);
    expect([...frames.frames.subarray(9, 12)]).toEqual([1, 0, 1]);
  });
});

describe('limitStretch', () => {
  const largestStretch = ([a, b, d]: ArrayLike<number> & Iterable<number>): number => {
    const mean = (a * a + b * b + d * d) / 2;
    return Math.sqrt(mean + Math.sqrt(mean * mean - a * a * d * d));
  };

  it('leaves what is within the limit as it is', () => {
    const out = new Float64Array(3);
    limitStretch(1.2, -0.4, 2.5, out);
    expect([...out]).toEqual([1.2, -0.4, 2.5]);
  });

  it('brings the largest stretch down to the limit, continuously', () => {
    const out = new Float64Array(3);
    for (const scale of [1.0001, 1.5, 10, 1e4]) {
      const base = largestStretch([1, 0.8, 0.3]);
      const factor = (scale * MAX_STRETCH) / base;
      limitStretch(factor, 0.8 * factor, 0.3 * factor, out);
      expect(largestStretch(out)).toBeCloseTo(MAX_STRETCH, 4);
      if (scale < 1.001) expect(out[0]).toBeCloseTo(factor, 2);
    }
  });
});
