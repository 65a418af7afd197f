import { describe, expect, it } from 'vitest';
import { encodeSafetensors, halfBits } from '../../../models/training/data/safetensorsWriter.ts';
import { decodeSafetensors, fromHalf } from '../../support/safetensors.ts';

describe('encodeSafetensors', () => {
  it('writes a padded header and then the tensors, byte by byte', () => {
    const bytes = encodeSafetensors({ a: { dtype: 'U8', shape: [3], data: Uint8Array.of(1, 2, 3) }, b: { dtype: 'U32', shape: [1], data: Uint32Array.of(0x01020304) } }, { id: 'x' });
    const headerBytes = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(headerBytes % 8).toBe(0);
    expect(JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + headerBytes)))).toEqual({
      __metadata__: { id: 'x' }, a: { dtype: 'U8', shape: [3], data_offsets: [0, 3] }, b: { dtype: 'U32', shape: [1], data_offsets: [3, 7] },
    });
    expect([...bytes.subarray(8 + headerBytes)]).toEqual([1, 2, 3, 4, 3, 2, 1]);
  });

  it('gives back what was written', () => {
    const { tensors, metadata } = decodeSafetensors(encodeSafetensors({ h: { dtype: 'F16', shape: [2, 2], data: Float32Array.of(0.5, -1, 0.0625, 1000) } }, { kind: 'real' }));
    expect([...tensors.get('h')!.data]).toEqual([0.5, -1, 0.0625, 1000]);
    expect(metadata).toEqual({ kind: 'real' });
  });

  it('says which tensor does not fit its shape', () => {
    expect(() => encodeSafetensors({ keep: { dtype: 'U8', shape: [4], data: new Uint8Array(3) } }, {})).toThrow('tensor keep: expected 4 numbers for [4], got 3');
  });

  it('refuses what is not a number', () => {
    expect(() => encodeSafetensors({ height: { dtype: 'F16', shape: [2], data: Float32Array.of(0, NaN) } }, {})).toThrow('tensor height: expected finite numbers, got NaN at 1');
  });
});

describe('halfBits', () => {
  it('knows one, the smallest, the largest, and what lies beyond', () => {
    expect([1, -2, 2 ** -24, 65504, 1e9, 0, -0].map(halfBits)).toEqual([0x3c00, 0xc000, 1, 0x7bff, 0x7bff, 0, 0x8000]);
  });

  it('rounds to the nearest half, ties to even', () => {
    expect(halfBits(1 + 2 ** -11)).toBe(0x3c00);
    expect(halfBits(1 + 3 * 2 ** -11)).toBe(0x3c02);
    for (let bits = 0; bits < 0x7c00; bits += 7) expect(halfBits(fromHalf(bits))).toBe(bits);
  });
});
