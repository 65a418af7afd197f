import { describe, expect, it } from 'vitest';
import { fromRotationVector, multiplyQuaternions } from '../../../shared/fit/rotation.ts';
import { alignLamHead } from '../../../shared/formats/lam/lamAlignment.ts';
import { bindLamHead } from '../../../shared/formats/lam/lamBinding.ts';
import { readLamHead } from '../../../shared/formats/lam/lamHead.ts';
import { encodeHead } from '../../../shared/formats/headFiles.ts';
import { neutralHead } from '../../../shared/rig/skinning.ts';
import { decodeAvatar } from '../../../shared/splat/codec/avatarDecoder.ts';
import { splatCenters } from '../../../shared/splat/covariance.ts';
import { FaceFrames } from '../../../shared/splat/splatFrame.ts';
import { headRig, posed, rigPose } from '../../support/headRig.ts';
import { lamZip, type LamZipOptions } from '../../support/lamZip.ts';

const IDENTITY = [1.2, -0.8, 0.9, 0.6, -0.7, 0.5];
const OPTIONS: LamZipOptions = {
  identity: IDENTITY, rotation: fromRotationVector([0.09, -0.04, 0.03]), scale: 1.1, translation: [0.01, 1.68, 0.06], offsetMeters: 0.0004,
};
const zip = lamZip(headRig, OPTIONS);
const head = readLamHead(zip.bytes);
const alignment = alignLamHead(headRig, head);
const splats = bindLamHead(headRig, head, alignment);
const percentile = (values: readonly number[], share: number): number => [...values].sort((a, b) => a - b)[Math.floor(share * (values.length - 1))];

describe('LAM heads', () => {
  it('EXCH17 reads mesh, eyeballs, shapes and splats out of the zip', () => {
    expect(head.vertexCount).toBe(zip.rigVertices.length);
    expect(head.splats.count).toBe(head.vertexCount);
    expect(new Set(head.eyes)).toEqual(new Set([0, 1, 2]));
    expect(head.shapes.size).toBe(6);
    expect([...head.splats.colors.slice(0, 3)].map((value) => Math.round(value * 100) / 100)).toEqual([0.2, 0.6, 0.4]);
  });

  it('EXCH18 finds where the head lies and whose it is', () => {
    const undone = multiplyQuaternions(alignment.rotation, OPTIONS.rotation);
    expect(2 * Math.acos(Math.min(1, Math.abs(undone[3])))).toBeLessThan(0.03);
    // The size of a head is identity too: scale and identity share what they cannot tell apart, and the surface is what counts.
    expect(Math.abs(alignment.scale * OPTIONS.scale - 1)).toBeLessThan(0.08);
    expect(alignment.errorMeters).toBeLessThan(0.001);
    const wanted = neutralHead(headRig, IDENTITY).positions;
    const found = neutralHead(headRig, alignment.identityCoefficients).positions;
    const grown = alignment.scale * OPTIONS.scale;
    const distances = zip.rigVertices.map((v) => Math.hypot(...[0, 1, 2].map((axis) => found[v * 3 + axis] - grown * wanted[v * 3 + axis])));
    expect(percentile(distances, 0.5)).toBeLessThan(0.003);
  });

  it('EXCH18 keeps what can be seen, in an order whose prefixes are samples of the whole', () => {
    expect(splats.count).toBe(head.splats.count - 1);
    expect(splats.header).toMatchObject({ rigId: headRig.id, rigHash: headRig.hash, generator: 'lam' });
    expect(Math.min(...splats.logScales)).toBeCloseTo(Math.log(1e-4), 5);
    const regions = (begin: number, end: number): number => new Set(splats.bindings.slice(begin, end).map((face) => headRig.faceRegions[face])).size;
    expect(regions(0, 600)).toBeGreaterThan(10);
  });

  it('EXCH18 splats move as the mesh did: lips part, lids close', () => {
    const frames = new FaceFrames(headRig, neutralHead(headRig, alignment.identityCoefficients).positions);
    const rest = new Float32Array(splats.count * 3);
    splatCenters(splats, frames, rest);
    for (const shape of ['jawOpen', 'eyeBlinkLeft'] as const) {
      frames.update(posed(rigPose({ [shape]: 1 }), [...alignment.identityCoefficients]));
      const moved = new Float32Array(splats.count * 3);
      splatCenters(splats, frames, moved);
      const mesh = head.shapes.get(shape)!;
      // A splat is known again by where it was: its mesh vertex is the nearest, since places differ by more than they err.
      const errors: number[] = [];
      for (let vertex = 1; vertex < head.vertexCount; vertex += 2) {
        const length = Math.hypot(mesh[vertex * 3], mesh[vertex * 3 + 1], mesh[vertex * 3 + 2]) / OPTIONS.scale;
        if (length < 0.004) continue;
        const s = nearest(rest, placeOf(vertex));
        const movedBy = Math.hypot(moved[s * 3] - rest[s * 3], moved[s * 3 + 1] - rest[s * 3 + 1], moved[s * 3 + 2] - rest[s * 3 + 2]);
        errors.push(Math.abs(movedBy - length) / length);
      }
      expect(errors.length).toBeGreaterThan(5);
      expect(percentile(errors, 0.5)).toBeLessThan(0.2);
      expect(percentile(errors, 0.9)).toBeLessThan(0.4);
    }
  });

  it('becomes a .stipple that reads back', () => {
    const back = decodeAvatar(encodeHead(headRig, splats), { faceCount: headRig.faceCount, hash: headRig.hash, identityComponents: headRig.identity.componentCount });
    expect(back.count).toBe(splats.count);
    expect(back.header.generator).toBe('lam');
  });

  it.each<[string, LamZipOptions['bend'], RegExp]>([
    ['no mesh', (files) => { delete files['head/skin.glb']; }, /zip: expected a file skin\.glb/],
    ['a splat too few', (files) => { files['head/offset.ply'] = files['head/offset.ply'].slice(0, -200); }, /length: expected \d+ bytes/],
    ['a mesh that is none', (files) => { files['head/skin.glb'] = new Uint8Array(40); }, /magic: expected binary glTF/],
  ])('EXCH4 refuses %s', (_, bend, message) => {
    expect(() => readLamHead(lamZip(headRig, { ...OPTIONS, ...(bend ? { bend } : {}) }).bytes)).toThrow(message);
  });
});

/** Where the importer put the splat of a vertex. */
function placeOf(vertex: number): number[] {
  const { rotation, scale, translation } = alignment;
  const [x, y, z, w] = rotation;
  const p = [0, 1, 2].map((axis) => head.splats.centers[vertex * 3 + axis]);
  const t = [2 * (y * p[2] - z * p[1]), 2 * (z * p[0] - x * p[2]), 2 * (x * p[1] - y * p[0])];
  return [
    p[0] + w * t[0] + y * t[2] - z * t[1], p[1] + w * t[1] + z * t[0] - x * t[2], p[2] + w * t[2] + x * t[1] - y * t[0],
  ].map((value, axis) => value * scale + translation[axis]);
}

function nearest(centers: Float32Array, point: readonly number[]): number {
  let best = 0, least = Infinity;
  for (let s = 0; s * 3 < centers.length; s++) {
    const distance = (centers[s * 3] - point[0]) ** 2 + (centers[s * 3 + 1] - point[1]) ** 2 + (centers[s * 3 + 2] - point[2]) ** 2;
    if (distance < least) {
      least = distance;
      best = s;
    }
  }
  return best;
}
