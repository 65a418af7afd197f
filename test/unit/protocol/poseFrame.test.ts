import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../../shared/math/seededRandom.ts';
import { BLENDSHAPE_COUNT } from '../../../shared/rig/blendshapes.ts';
import {
  decodePoseFrame, encodePoseFrame, POSE_FRAME_BYTES, PoseFrameDecodeError, sequenceDistance, timestampDistanceMs,
} from '../../../shared/protocol/poseFrame.ts';
import type { PoseFrame } from '../../../shared/protocol/poseFrame.ts';
import { randomFrame, restingFrame } from '../../support/poseFrames.ts';

/** The angle between two rotations, radians. Small angles from the difference: arccos of a dot product cannot see them. */
function angleBetween(a: PoseFrame['headRotation'], b: PoseFrame['headRotation']): number {
  const sign = a.reduce((sum, value, index) => sum + value * b[index]!, 0) < 0 ? -1 : 1;
  // The rotation by an angle is half that angle away on the sphere of quaternions.
  return 4 * Math.asin(Math.min(1, Math.hypot(...a.map((value, index) => value - sign * b[index]!)) / 2));
}

describe('pose frame round trip', () => {
  it('keeps what it can hold: half a step of each field', () => {
    const random = new SeededRandom(1);
    for (let round = 0; round < 2_000; round++) {
      const frame = randomFrame(random);
      const back = decodePoseFrame(encodePoseFrame(frame));
      expect(back.sequenceNumber).toBe(frame.sequenceNumber);
      expect(back.captureTimestampMs).toBe(frame.captureTimestampMs);
      expect(back.tracked).toBe(frame.tracked);
      for (let index = 0; index < BLENDSHAPE_COUNT; index++) {
        expect(Math.abs(back.blendshapeWeights[index]! - frame.blendshapeWeights[index]!)).toBeLessThanOrEqual(0.5 / 255 + 1e-6);
      }
      // Three components, each half of 1/√2/16383 off, and what the fourth makes of that.
      expect(angleBetween(back.headRotation, frame.headRotation)).toBeLessThan(1.5e-4);
      expect(Math.hypot(...back.headRotation)).toBeCloseTo(1, 9);
      for (let axis = 0; axis < 3; axis++) {
        expect(Math.abs(back.headPositionMeters[axis]! - frame.headPositionMeters[axis]!)).toBeLessThanOrEqual(0.00005 + 1e-9);
      }
    }
  });

  it('is exact for rest, and stable: decoding and encoding again gives the same bytes', () => {
    expect(decodePoseFrame(encodePoseFrame(restingFrame())).headRotation).toEqual([0, 0, 0, 1]);
    const random = new SeededRandom(2);
    for (let round = 0; round < 500; round++) {
      const bytes = encodePoseFrame(randomFrame(random));
      expect(encodePoseFrame(decodePoseFrame(bytes))).toEqual(bytes);
    }
  });

  it('takes a quaternion and its negative for the same rotation, and normalises', () => {
    const bytes = encodePoseFrame(restingFrame({ headRotation: [0.1, 0.2, -0.3, 0.9] }));
    expect(encodePoseFrame(restingFrame({ headRotation: [-0.1, -0.2, 0.3, -0.9] }))).toEqual(bytes);
    expect(encodePoseFrame(restingFrame({ headRotation: [0.3, 0.6, -0.9, 2.7] }))).toEqual(bytes);
  });

  it('clamps weights and positions, wraps sequence and time', () => {
    const frame = decodePoseFrame(encodePoseFrame(restingFrame({
      sequenceNumber: 65_536 + 7, captureTimestampMs: 2 ** 32 + 9.4,
      blendshapeWeights: new Float32Array(BLENDSHAPE_COUNT).fill(1.5), headPositionMeters: [99, -99, 0],
    })));
    expect([frame.sequenceNumber, frame.captureTimestampMs, frame.blendshapeWeights[51]]).toEqual([7, 9, 1]);
    expect(frame.headPositionMeters[0]).toBeCloseTo(3.2767, 9);
    expect(frame.headPositionMeters[1]).toBeCloseTo(-3.2767, 9);
  });

  it('refuses to encode what is no pose', () => {
    expect(() => encodePoseFrame(restingFrame({ blendshapeWeights: new Float32Array(51) }))).toThrow(RangeError);
    expect(() => encodePoseFrame(restingFrame({ headRotation: [0, 0, 0, 0] }))).toThrow(RangeError);
    expect(() => encodePoseFrame(restingFrame({ headPositionMeters: [Number.NaN, 0, 0] }))).toThrow(RangeError);
    expect(() => encodePoseFrame(restingFrame({ captureTimestampMs: Infinity }))).toThrow(RangeError);
  });

  it('decodes from the middle of a larger buffer', () => {
    const bytes = encodePoseFrame(restingFrame({ sequenceNumber: 300 }));
    const larger = new Uint8Array(100).fill(0xee);
    larger.set(bytes, 13);
    expect(decodePoseFrame(larger.subarray(13, 13 + POSE_FRAME_BYTES)).sequenceNumber).toBe(300);
  });
});

describe('pose frame decoding of anything', () => {
  it('throws its own error or returns a valid frame, whatever the bytes (seeded)', () => {
    const random = new SeededRandom(20_261_122);
    let accepted = 0;
    for (let round = 0; round < 30_000; round++) {
      const kind = round % 3;
      const bytes = kind === 0
        ? Uint8Array.from({ length: random.integer(200) }, () => random.integer(256))
        : kind === 1 ? Uint8Array.from({ length: POSE_FRAME_BYTES }, (_, index) => (index < 2 ? 1 : random.integer(256)))
          : encodePoseFrame(randomFrame(random));
      if (kind === 2) bytes[random.integer(POSE_FRAME_BYTES)] = random.integer(256);
      try {
        const frame = decodePoseFrame(bytes);
        accepted++;
        const numbers = [...frame.blendshapeWeights, ...frame.headRotation, ...frame.headPositionMeters];
        expect(numbers.every(Number.isFinite), `round ${round}`).toBe(true);
        expect(frame.blendshapeWeights.every((weight) => weight >= 0 && weight <= 1), `round ${round}`).toBe(true);
        expect(Math.hypot(...frame.headRotation), `round ${round}`).toBeCloseTo(1, 6);
      } catch (error) {
        expect(error, `round ${round}`).toBeInstanceOf(PoseFrameDecodeError);
        expect((error as PoseFrameDecodeError).code).toBe('POSE_FRAME_INVALID');
      }
    }
    expect(accepted).toBeGreaterThan(1_000);
  });
});

describe('order on the circle', () => {
  it('knows the newer of two sequence numbers across the wrap', () => {
    expect(sequenceDistance(1, 0)).toBe(1);
    expect(sequenceDistance(0, 65_535)).toBe(1);
    expect(sequenceDistance(65_535, 0)).toBe(-1);
    expect(sequenceDistance(32_767, 0)).toBe(32_767);
    expect(sequenceDistance(5, 5)).toBe(0);
  });

  it('knows the later of two capture times across the wrap', () => {
    expect(timestampDistanceMs(3, 2 ** 32 - 4)).toBe(7);
    expect(timestampDistanceMs(2 ** 32 - 4, 3)).toBe(-7);
  });
});
