import type { MotionFrame } from '../../../shared/motion/motionFrame.ts';
import { SeededRandom } from '../../../shared/math/seededRandom.ts';
import { BLENDSHAPE_COUNT, BLENDSHAPE_NAMES } from '../../../shared/rig/blendshapes.ts';

export const FRAME_MS = 1000 / 30;
/** On the room clock, about to wrap. */
export const START_MS = 0xffff_f000;

const JAW = BLENDSHAPE_NAMES.indexOf('jawOpen');
const SMILE = BLENDSHAPE_NAMES.indexOf('mouthSmileLeft');
const BLINK = BLENDSHAPE_NAMES.indexOf('eyeBlinkLeft');

/** The frame of a moment of a seeded face that talks, nods and blinks, with a tracker's jitter. */
export function talkingFrame(index: number, seed = 1): MotionFrame {
  const random = new SeededRandom(seed * 100_003 + index);
  const seconds = index / 30;
  const weights = new Float32Array(BLENDSHAPE_COUNT);
  weights[JAW] = Math.max(0, 0.3 * Math.sin(14 * seconds + seed) + 0.01 * random.normal());
  weights[SMILE] = 0.4 + 0.3 * Math.sin(2 * seconds);
  weights[BLINK] = index % 90 < 6 ? 0.9 : 0;
  for (let shape = 0; shape < BLENDSHAPE_COUNT; shape++) weights[shape] = Math.min(1, Math.max(0, weights[shape]! + 0.003 * random.normal()));
  const half = 0.1 * Math.sin(3 * seconds);
  return frameAt(index, { blendshapeWeights: weights, headRotation: [Math.sin(half), 0, 0, Math.cos(half)], headPositionMeters: [0.005 * Math.sin(seconds), 0, 0.01 * Math.cos(seconds)] });
}

export function restingFrame(index: number): MotionFrame {
  return frameAt(index, { blendshapeWeights: new Float32Array(BLENDSHAPE_COUNT), headRotation: [0, 0, 0, 1], headPositionMeters: [0, 0, 0] });
}

function frameAt(index: number, pose: Pick<MotionFrame, 'blendshapeWeights' | 'headRotation' | 'headPositionMeters'>): MotionFrame {
  return { captureTimestampMs: (Math.round((START_MS + index * FRAME_MS) / 2) * 2) >>> 0, tracked: true, ...pose };
}
