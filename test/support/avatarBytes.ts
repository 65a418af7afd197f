import { crc32 } from '../../shared/splat/codec/crc32.ts';

/** A hand-made bound point set, written from PROTOCOL.md and not by the encoder, for tests to bend. */
export interface HandMadeAvatar {
  header: Uint8Array;
  chunks: Uint8Array[];
}

const HASH = '0123456789abcdef'.repeat(4);
export const HAND_MADE_RIG = { faceCount: 300, hash: HASH };

/** Minimum, step and levels of the nine quantisers. */
const QUANTISERS = [
  [0, 0.5, 1], [0, 0.5, 1], [-0.25, 0.001953125, 300], [-8, 0.0625, 64], [-0.5, 0.0078125, 129], [0, 0.03125, 33],
  [0, 0.0078125, 129], [-1, 0.015625, 129], [-1, 0.015625, 129],
] as const;

/**
 * Two chunks: splats on faces 2 and 258, then one on face 258 again. Worked out by hand:
 * D = 2, so the lattice is (0,0) (0,½) (0,1) (½,0) (½,½) (1,0).
 */
export function handMadeAvatar(): HandMadeAvatar {
  const plane = (...bytes: number[]): number[] => [2, ...bytes];
  const same = (value: number): number[] => [0, value];
  const first = [
    // Bindings 2 and 258: differences 2 and 256.
    ...plane(2, 0), ...plane(0, 1),
    // Lattice points 1 and 4.
    ...plane(1, 4),
    // offsetX, offsetY: one level. offsetZ, 300 levels: prediction 150, code 160 → r 10 → 20; prediction 160 (splat before), code 159 → r -1 → 1.
    ...same(0), ...same(0), ...plane(20, 1), ...same(0),
    // scale0: predicted 32, codes 33 and 33; scale1 and scale2 are differences mod 64, predicted 32: 0 → r 32 → 63, then 0; 58 → r 26 → 52, then 0.
    ...plane(2, 0), ...plane(63, 0), ...plane(52, 0),
    // Rotation codes 64 (identity): as predicted.
    ...same(0), ...same(0), ...same(0),
    // Opacity 32 of 33: predicted 16, r 16 → 32; then 0.
    ...plane(32, 0),
    // Luma 64 and 66; orange 64 and 64; green 64 and 60.
    ...plane(0, 4), ...same(0), ...plane(0, 7),
  ];
  const second = [
    ...same(2), ...same(1), ...same(0),
    // offsetZ on face 258 is predicted by its mean, 159: code 300-1 → r 140 → 280 = 0x118.
    ...same(0), ...same(0), ...same(0x18), ...same(1),
    ...same(0), ...same(0), ...same(0),
    // x code 72: r 8 → 16.
    ...same(16), ...same(0), ...same(0),
    ...same(0), ...same(0), ...same(0), ...same(0),
  ];
  const chunks = [Uint8Array.from(first), Uint8Array.from(second)];
  const header = new Uint8Array(170 + 4 + 4 + 8 + 20 + 4);
  const view = new DataView(header.buffer);
  header.set([0x53, 0x54, 0x50, 0x4c, 1, 0]);
  view.setUint16(6, header.length, true);
  view.setUint32(8, 3, true);
  view.setUint32(12, HAND_MADE_RIG.faceCount, true);
  header.set(Buffer.from(HASH, 'hex'), 16);
  header.set([2, 2, 4, 8, 2, 0, 0, 0], 48);
  [-1, -2, -3, 1, 2, 3].forEach((value, index) => view.setFloat32(56 + index * 4, value, true));
  QUANTISERS.forEach(([minimum, step, levels], index) => {
    view.setFloat32(80 + index * 10, minimum, true);
    view.setFloat32(84 + index * 10, step, true);
    view.setUint16(88 + index * 10, levels - 1, true);
  });
  view.setInt16(170, 2048, true);
  view.setInt16(172, -3072, true);
  header.set(Buffer.from('headtemplate'), 174);
  const avatar = { header, chunks };
  [2, 1].forEach((splats, index) => {
    view.setUint16(186 + index * 10, splats, true);
  });
  sealAvatar(avatar);
  return avatar;
}

/** Writes lengths and checksums anew after a test has bent something, so that the bend itself is what the decoder meets. */
export function sealAvatar({ header, chunks }: HandMadeAvatar): void {
  const view = new DataView(header.buffer);
  const table = header.length - 4 - chunks.length * 10;
  chunks.forEach((chunk, index) => {
    view.setUint32(table + index * 10 + 2, chunk.length, true);
    view.setUint32(table + index * 10 + 6, crc32(chunk), true);
  });
  view.setUint32(header.length - 4, crc32(header.subarray(0, header.length - 4)), true);
}

export const joinAvatar = ({ header, chunks }: HandMadeAvatar): Uint8Array => new Uint8Array(Buffer.concat([header, ...chunks]));
