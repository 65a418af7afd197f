import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { nodeZstd } from '../../server/cli/nodeZstd.ts';
import { type HeadFileFormat, readHead, writeHead } from '../../shared/formats/headFiles.ts';
import { neutralFrames, type RestSplats, restSplats } from '../../shared/formats/restSplats.ts';
import { writePly } from '../../shared/formats/ply/plyWriter.ts';
import { BINDING_EXTENSION_TYPE } from '../../shared/formats/spz/spzLayout.ts';
import { writeSpz } from '../../shared/formats/spz/spzWriter.ts';
import type { BoundSplats } from '../../shared/splat/boundSplats.ts';
import { splatCovariances } from '../../shared/splat/covariance.ts';
import { decodeAvatar } from '../../shared/splat/codec/avatarDecoder.ts';
import { validateGltf } from '../support/gltfValidator.ts';
import { headRig } from '../support/headRig.ts';
import { readWithSpark, readWithSpzLibrary, readWithSpzLoader, readWithThree, type UnderstoodSplats } from '../support/otherReaders.ts';

const AVATAR = new URL('../../client/public/gallery/avatars/kofi.stipple', import.meta.url);

let splats: BoundSplats;
let rest: RestSplats;
beforeAll(() => {
  splats = decodeAvatar(readFileSync(AVATAR), { faceCount: headRig.faceCount, hash: headRig.hash });
  rest = restSplats(headRig, splats);
});

const write = (format: HeadFileFormat): Uint8Array => writeHead(headRig, splats, format, nodeZstd);
const farthest = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let most = a.length === b.length ? 0 : Infinity;
  for (let k = 0; k < a.length; k++) most = Math.max(most, Math.abs(a[k] - b[k]));
  return most;
};
/** 1 - |a · b| of quaternions: nought where they turn alike, whatever their signs. */
const turnDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let most = 0;
  for (let k = 0; k < a.length; k += 4) {
    const dot = [0, 1, 2, 3].reduce((sum, c) => sum + a[k + c] * b[k + c], 0) / Math.hypot(b[k], b[k + 1], b[k + 2], b[k + 3]);
    most = Math.max(most, 1 - Math.abs(dot));
  }
  return most;
};

interface Precision { readonly centers: number; readonly scales: number; readonly turn: number; readonly opacities: number; readonly colors: number }

/** @param flip of y and z, where the file's axes are not ours. */
function expectUnderstood(understood: UnderstoodSplats, precision: Precision, flip = 1): void {
  expect(understood.count).toBe(rest.count);
  const signs = [1, flip, flip];
  expect(farthest(understood.centers, rest.centers.map((value, k) => value * signs[k % 3]))).toBeLessThan(precision.centers);
  expect(farthest(Float32Array.from(understood.scales, Math.log), rest.logScales)).toBeLessThan(precision.scales);
  const quaternionSigns = [1, flip, flip, 1];
  expect(turnDifference(understood.rotations, rest.rotations.map((value, k) => value * quaternionSigns[k % 4]))).toBeLessThan(precision.turn);
  expect(farthest(understood.opacities, rest.opacities)).toBeLessThan(precision.opacities);
  expect(farthest(understood.colors, rest.colors)).toBeLessThan(precision.colors);
}

/** What SPZ itself rounds by. */
const SPZ_PRECISION: Precision = { centers: 2 ** -20, scales: 1 / 31, turn: 2e-5, opacities: 0.0041, colors: 0.0038 };

describe('PROTOCOL.md chapter EXCH, as others read it', () => {
  it('EXCH5, EXCH6 Spark reads the PLY: half-precision places, 8-bit scales and turns are its own', async () => {
    expectUnderstood(await readWithSpark(write('ply'), 'ply'), { centers: 0.0003, scales: 0.05, turn: 0.0015, opacities: 0.0025, colors: 0.0025 }, -1);
  });

  it('EXCH9, EXCH12 SPZ\'s own library reads version 4 and passes over the binding', async () => {
    const understood = await readWithSpzLibrary(write('spz'));
    expectUnderstood(understood, SPZ_PRECISION);
    expect(understood.antialiased).toBe(true);
  });

  it('EXCH13 @spz-loader/core reads version 3', async () => {
    expectUnderstood(await readWithSpzLoader(write('spz3')), SPZ_PRECISION);
  });

  it('EXCH13 Spark reads version 3', async () => {
    expectUnderstood(await readWithSpark(write('spz3'), 'spz'), { centers: 0.0003, scales: 0.08, turn: 0.0015, opacities: 0.006, colors: 0.008 });
  });

  it('EXCH14 Khronos\' validator finds nothing but the extension it does not know', async () => {
    const { issues, info } = await validateGltf(write('glb'));
    const unexpected = issues.messages.filter(({ code, pointer }) =>
      code !== 'UNSUPPORTED_EXTENSION' && !(code === 'MESH_PRIMITIVE_INVALID_ATTRIBUTE' && pointer.includes('/KHR_gaussian_splatting:')));
    expect(unexpected).toEqual([]);
    expect(issues.numWarnings).toBe(0);
    expect(info.totalVertexCount).toBe(splats.count);
    expect(info.extensionsUsed).toEqual(['KHR_gaussian_splatting']);
  });

  it('EXCH14 three.js reads the glTF: the same places, shapes and colours', async () => {
    const { centers, covariances, colors } = await readWithThree(write('glb'));
    expect(farthest(centers, rest.centers)).toBe(0);
    const expected = new Float32Array(splats.count * 6);
    splatCovariances(splats, neutralFrames(headRig, splats.header.identityCoefficients), expected);
    // A square of half a millimetre is 2.5e-7 m².
    expect(farthest(covariances, expected)).toBeLessThan(1e-10);
    const bytes = Float32Array.from({ length: splats.count * 4 }, (_, k) => 255 * (k % 4 === 3 ? rest.opacities[k >> 2] : rest.colors[(k >> 2) * 3 + (k % 4)]));
    expect(farthest(colors, bytes)).toBeLessThan(1.001);
  });
});

describe('PROTOCOL.md chapter EXCH, there and back', () => {
  const limits: Record<'ply' | 'glb' | 'spz', Precision & { offsets: number; weights: number }> = {
    ply: { centers: 1e-8, scales: 1e-7, turn: 1e-6, opacities: 1.1e-6, colors: 1e-6, offsets: 1e-6, weights: 0 },
    glb: { centers: 1e-8, scales: 2e-6, turn: 1e-6, opacities: 1e-7, colors: 1e-6, offsets: 1e-6, weights: 0 },
    spz: { ...SPZ_PRECISION, offsets: 2e-5, weights: 1e-5 },
  };
  it.each(['ply', 'glb', 'spz'] as const)('EXCH1, EXCH3 %s loses no more than its own precision', (format) => {
    const limit = limits[format];
    const { splats: back } = readHead(headRig, write(format), nodeZstd);
    expect(back.header).toEqual(splats.header);
    expect(back.bindings).toEqual(splats.bindings);
    expect(farthest(back.barycentrics, splats.barycentrics)).toBeLessThanOrEqual(limit.weights);
    expect(farthest(back.offsets, splats.offsets)).toBeLessThan(limit.offsets);
    expect(farthest(back.logScales, splats.logScales)).toBeLessThan(limit.scales);
    expect(turnDifference(back.rotations, splats.rotations)).toBeLessThan(limit.turn);
    expect(farthest(back.opacities, splats.opacities)).toBeLessThan(limit.opacities);
    expect(farthest(back.colors, splats.colors)).toBeLessThan(limit.colors);
    expect(farthest(restSplats(headRig, back).centers, rest.centers)).toBeLessThan(limit.centers);
  });

  it('EXCH13 what came without a binding is refused, and says why', () => {
    expect(() => readHead(headRig, write('spz3'), nodeZstd)).toThrow(/version: expected 4/);
  });
});

describe('PROTOCOL.md chapter EXCH, bytes', () => {
  const one = (): { rest: RestSplats; binding: Pick<BoundSplats, 'header' | 'bindings' | 'barycentrics'> } => ({
    rest: {
      count: 1, centers: Float32Array.of(0.5, -0.25, 2 ** -20), logScales: Float32Array.of(-6, -6.5, -7), rotations: Float32Array.of(0, 0, -Math.SQRT1_2, Math.SQRT1_2),
      opacities: Float32Array.of(1), colors: Float32Array.of(0.5, 1, 0),
    },
    binding: {
      header: { rigId: 'r', rigHash: 'ab'.repeat(32), generator: 'g', identityCoefficients: Float32Array.of(1, -0.5) },
      bindings: Uint16Array.of(258), barycentrics: Float32Array.of(0.5, 0.25),
    },
  });
  /** Frames that hold their bytes as they are. */
  const plain = { compress: (bytes: Uint8Array) => bytes, decompress: (bytes: Uint8Array) => bytes };

  it('EXCH9, EXCH10, EXCH11 an SPZ of one splat', () => {
    const { rest: splat, binding } = one();
    const bytes = [...writeSpz(splat, binding as BoundSplats, plain)];
    const extension = [1, 0, 1, 1, 2, 0, ...Array<number>(32).fill(0xab), 6, 0, 0, 0, 0, 8, 0, 0xfc, 0x72, 0x67, 2, 1, 0xf8, 0x7f, 0xfc, 0x3f];
    const tableAt = 32 + 8 + extension.length;
    expect(bytes.slice(0, 32)).toEqual([0x4e, 0x47, 0x53, 0x50, 4, 0, 0, 0, 1, 0, 0, 0, 0, 20, 3, 5, tableAt, 0, 0, 0, ...Array<number>(12).fill(0)]);
    expect(bytes.slice(32, 40)).toEqual([1, 0, 0x54, 0x53, extension.length, 0, 0, 0]);
    expect(BINDING_EXTENSION_TYPE).toBe(0x53540001);
    expect(bytes.slice(40, tableAt)).toEqual(extension);
    const lengths = [9, 1, 3, 3, 4].flatMap((length) => [length, 0, 0, 0, 0, 0, 0, 0, length, 0, 0, 0, 0, 0, 0, 0]);
    expect(bytes.slice(tableAt, tableAt + 80)).toEqual(lengths);
    expect(bytes.slice(tableAt + 80)).toEqual([
      // 0.5, -0.25 and one step, in 2^-20.
      0, 0, 8, 0, 0, 0xfc, 1, 0, 0, 255,
      // Grey is the middle; ±1.7725 · 0.15 · 255 about 127.5.
      128, 195, 60, 64, 56, 48,
      // z is the largest (the first of two equal ones), made positive; then x, y: 0, and w: negative, 511.
      0xff, 0x03, 0, 0x80,
    ]);
  });

  it('EXCH5, EXCH6, EXCH7 a PLY\'s header and first splat', () => {
    const { rest: splat, binding } = one();
    const bytes = writePly(splat, binding as BoundSplats);
    const text = Buffer.from(bytes).toString('latin1');
    const end = text.indexOf('end_header\n') + 11;
    expect(text.slice(0, end).split('\n').slice(0, 6)).toEqual([
      'ply', 'format binary_little_endian 1.0', `comment stipple.rig ${'ab'.repeat(32)} r`, 'comment stipple.generator g', 'comment stipple.identity 2048 -1024', 'element vertex 1',
    ]);
    expect(bytes.length - end).toBe(80);
    const row = Array.from({ length: 20 }, (_, k) => Buffer.from(bytes).readFloatLE(end + k * 4));
    expect(row.slice(0, 6)).toEqual([0.5, 0.25, -(2 ** -20), 0, 0, 0]);
    expect(row.slice(6, 9).map((value) => Math.round(value * 1e4) / 1e4)).toEqual([0, 1.7725, -1.7725]);
    expect(row.slice(10, 13)).toEqual([-6, -6.5, -7]);
    expect(row.slice(13, 17).map((value) => value + 0)).toEqual([Math.fround(Math.SQRT1_2), 0, 0, Math.fround(Math.SQRT1_2)]);
    expect(row.slice(17)).toEqual([258, 0.5, 0.25]);
  });
});
