import { describe, expect, it } from 'vitest';
import { BLENDSHAPE_NAMES } from '../../shared/rig/blendshapes.ts';
import { decodePoseFrame, encodePoseFrame, sequenceDistance } from '../../shared/protocol/poseFrame.ts';
import { restingFrame } from '../support/poseFrames.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** A frame with something in every field, and its bytes worked out by hand from PROTOCOL.md. */
const GOLDEN_FRAME = restingFrame({
  sequenceNumber: 0x1234,
  captureTimestampMs: 0xdeadbeef,
  tracked: true,
  // browDownLeft 1, jawOpen 128/255, tongueOut 1/255
  blendshapeWeights: Float32Array.from(BLENDSHAPE_NAMES, (name) => ({ browDownLeft: 1, jawOpen: 128 / 255, tongueOut: 1 / 255 } as Record<string, number>)[name] ?? 0),
  // y is the largest and negative: the sign flips, and x, z, w become -1/2, 1/2, 0 of the way.
  headRotation: [0.5, -Math.SQRT1_2, -0.5, 0],
  headPositionMeters: [0.01, -0.02, 0.3],
});
const GOLDEN_BYTES = [
  '01', '01', '3412', 'efbeadde',
  `ff${'00'.repeat(23)}80${'00'.repeat(26)}01`,
  // 1 + 4798·2² + 27968·2¹⁷ + 16383·2³² = 0x3fff_da80_4af9: index 1; x = 16383 - 11585, z = 16383 + 11585, w = 16383
  'f94a80daff3f',
  '6400', '38ff', 'b80b',
];

function frameBytes(change: (bytes: Uint8Array) => void): Uint8Array {
  const bytes = encodePoseFrame(restingFrame());
  change(bytes);
  return bytes;
}

describe('PROTOCOL.md chapter POSE', () => {
  it('POSE1 POSE2 POSE3 lays a frame out as the table says, byte for byte', () => {
    const expected = GOLDEN_BYTES.join('');
    expect(hex(encodePoseFrame(GOLDEN_FRAME))).toBe(expected);
    const back = decodePoseFrame(Buffer.from(expected, 'hex'));
    expect(back.sequenceNumber).toBe(0x1234);
    expect(back.captureTimestampMs).toBe(0xdeadbeef);
    expect(back.blendshapeWeights[24]).toBeCloseTo(128 / 255, 6);
    expect(back.headRotation[1]).toBeGreaterThan(0);
  });

  it('POSE1 is exactly 72 bytes', () => {
    for (const length of [0, 1, 71, 73, 1_024]) {
      expect(() => decodePoseFrame(new Uint8Array(length))).toThrow(`field length: expected 72 bytes, got ${length}`);
    }
  });

  it('POSE4 names the field that breaks a rule', () => {
    expect(() => decodePoseFrame(frameBytes((bytes) => { bytes[0] = 2; }))).toThrow('field version: expected 1, got 2');
    expect(() => decodePoseFrame(frameBytes((bytes) => { bytes[1] = 0x81; }))).toThrow('field flags: expected only bit 0, got 129');
    expect(() => decodePoseFrame(frameBytes((bytes) => { bytes[65]! |= 0x80; }))).toThrow('field headRotation: expected a highest bit of zero');
    expect(() => decodePoseFrame(frameBytes((bytes) => { bytes.fill(0xff, 60, 65); bytes[65] = 0x7f; }))).toThrow('field headRotation: expected levels up to 32766');
    expect(() => decodePoseFrame(frameBytes((bytes) => { bytes.fill(0, 60, 66); }))).toThrow('field headRotation: expected a unit quaternion');
    expect(() => decodePoseFrame(frameBytes((bytes) => { bytes[66] = 0; bytes[67] = 0x80; }))).toThrow('field headPositionMeters: expected units from -32767');
  });

  it('POSE5 orders frames across loss, doubling, reordering and the wrap', () => {
    let newest: number | undefined;
    const applied: number[] = [];
    for (const sequenceNumber of [65_533, 65_535, 65_534, 65_535, 1, 0, 2, 65_535]) {
      if (newest !== undefined && sequenceDistance(sequenceNumber, newest) <= 0) continue;
      newest = sequenceNumber;
      applied.push(sequenceNumber);
    }
    expect(applied).toEqual([65_533, 65_535, 1, 2]);
  });
});
