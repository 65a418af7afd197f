import { BLENDSHAPE_COUNT } from '../../shared/rig/blendshapes.ts';
import type { SeededRandom } from '../../shared/math/seededRandom.ts';
import type { PoseFrame } from '../../shared/protocol/poseFrame.ts';

/** A frame of a resting face. */
export function restingFrame(change: Partial<PoseFrame> = {}): PoseFrame {
  return {
    sequenceNumber: 0, captureTimestampMs: 0, tracked: true, blendshapeWeights: new Float32Array(BLENDSHAPE_COUNT),
    headRotation: [0, 0, 0, 1], headPositionMeters: [0, 0, 0], ...change,
  };
}

/** Any valid frame. */
export function randomFrame(random: SeededRandom): PoseFrame {
  const rotation = [random.normal(), random.normal(), random.normal(), random.normal()] as const;
  const length = Math.hypot(...rotation);
  return {
    sequenceNumber: Math.floor(random.between(0, 65_536)),
    captureTimestampMs: Math.floor(random.between(0, 2 ** 32)),
    tracked: random.next() < 0.5,
    blendshapeWeights: Float32Array.from({ length: BLENDSHAPE_COUNT }, () => random.next()),
    headRotation: [rotation[0] / length, rotation[1] / length, rotation[2] / length, rotation[3] / length],
    headPositionMeters: [random.between(-3, 3), random.between(-3, 3), random.between(-3, 3)],
  };
}
