import type { BlendshapeName } from '../../shared/rig/blendshapes.ts';
import type { RigPose } from '../../shared/rig/rigPose.ts';
import { SeededRandom } from '../../shared/math/seededRandom.ts';
import { restPose } from '../motion/restPose.ts';
import { fromYawPitchRoll } from '../motion/rotation.ts';
import { addWeights } from '../motion/weights.ts';

export const DRIVING_CLIP_NAMES = ['talking', 'expressions', 'looking'] as const;
export type DrivingClipName = (typeof DRIVING_CLIP_NAMES)[number];

/** One moment of a driving clip: what the face does and where the camera is. */
export interface DrivingMoment {
  readonly pose: RigPose;
  /** Of the head, radians, as `pose` has it; for showing. */
  readonly headYawRadians: number;
  readonly headPitchRadians: number;
  readonly headRollRadians: number;
  /** Of the camera about the head, radians: positive yaw looks at the subject's left, positive pitch from above. */
  readonly cameraYawRadians: number;
  readonly cameraPitchRadians: number;
}

/** Rises, holds, falls; times in ms from the loop's beginning, and it may run over the loop's end. */
interface Gesture {
  readonly startMs: number;
  readonly riseMs: number;
  readonly holdMs: number;
  readonly fallMs: number;
  readonly weights?: Partial<Record<BlendshapeName, number>>;
  /** Yaw, pitch, roll of the head, radians. */
  readonly turn?: readonly [number, number, number];
}

interface Score {
  readonly gestures: readonly Gesture[];
  /** Camera: yaw and pitch swing, radians. */
  readonly yawSwing: number;
  readonly pitchSwing: number;
}

/** Every clip is a loop of this length without a seam. */
export const DRIVING_CLIP_MS = 8000;

const both = (name: string, weight: number): Partial<Record<BlendshapeName, number>> => ({ [`${name}Left`]: weight, [`${name}Right`]: weight });
const blink = (startMs: number): Gesture => ({
  startMs, riseMs: 80, holdMs: 40, fallMs: 130, weights: { ...both('eyeBlink', 1), ...both('eyeSquint', 0.15), ...both('browDown', 0.05) },
});
const lookLeft = (weight: number): Partial<Record<BlendshapeName, number>> => ({ eyeLookOutLeft: weight, eyeLookInRight: weight });
const lookRight = (weight: number): Partial<Record<BlendshapeName, number>> => ({ eyeLookInLeft: weight, eyeLookOutRight: weight });
const SMILE = { ...both('mouthSmile', 0.75), ...both('cheekSquint', 0.4), ...both('eyeSquint', 0.2), ...both('mouthDimple', 0.1) };

/** Mouth shapes of calm speech: ah, ee, oh, oo, m, f, s. */
const VISEMES: readonly Partial<Record<BlendshapeName, number>>[] = [
  { jawOpen: 0.38, ...both('mouthLowerDown', 0.2), ...both('mouthUpperUp', 0.1) },
  { jawOpen: 0.18, ...both('mouthStretch', 0.25), ...both('mouthSmile', 0.2) },
  { jawOpen: 0.22, mouthFunnel: 0.45, mouthPucker: 0.16 },
  { jawOpen: 0.1, mouthPucker: 0.5, mouthFunnel: 0.14 },
  { ...both('mouthPress', 0.3), mouthRollLower: 0.15, mouthRollUpper: 0.12 },
  { jawOpen: 0.08, mouthRollLower: 0.26, ...both('mouthUpperUp', 0.16) },
  { jawOpen: 0.13, mouthShrugUpper: 0.1, ...both('mouthLowerDown', 0.14) },
];

const SCORES: Readonly<Record<DrivingClipName, Score>> = {
  talking: {
    yawSwing: 0.36, pitchSwing: 0.07,
    gestures: [
      ...speech(350, 2500, 7), ...speech(3500, 2900, 19), blink(900), blink(3150), blink(5300), blink(7350),
      { startMs: 2500, riseMs: 350, holdMs: 300, fallMs: 500, weights: SMILE, turn: [0.02, -0.02, 0.05] },
      { startMs: 600, riseMs: 250, holdMs: 200, fallMs: 400, turn: [0.05, 0.07, 0], weights: { browInnerUp: 0.35, ...both('browOuterUp', 0.25) } },
      { startMs: 1900, riseMs: 220, holdMs: 60, fallMs: 420, turn: [0, 0.08, 0] },
      { startMs: 3300, riseMs: 500, holdMs: 1300, fallMs: 700, turn: [-0.16, 0.01, -0.04], weights: lookRight(0.25) },
      { startMs: 4500, riseMs: 220, holdMs: 80, fallMs: 420, turn: [0, 0.09, 0.02], weights: { browInnerUp: 0.4, ...both('browOuterUp', 0.25) } },
      { startMs: 6350, riseMs: 400, holdMs: 700, fallMs: 650, weights: SMILE, turn: [0.05, -0.02, 0.06] },
    ],
  },
  expressions: {
    yawSwing: 0.3, pitchSwing: 0.09,
    gestures: [
      { startMs: 150, riseMs: 420, holdMs: 750, fallMs: 450, weights: SMILE, turn: [0.04, -0.03, 0.06] },
      { startMs: 1750, riseMs: 260, holdMs: 620, fallMs: 380, turn: [0, -0.08, 0],
        weights: { jawOpen: 0.5, browInnerUp: 0.9, ...both('browOuterUp', 0.8), ...both('eyeWide', 0.7), mouthFunnel: 0.15 } },
      { startMs: 3050, riseMs: 180, holdMs: 420, fallMs: 260, turn: [-0.1, 0.02, -0.11],
        weights: { eyeBlinkLeft: 0.95, eyeSquintLeft: 0.4, cheekSquintLeft: 0.5, mouthSmileLeft: 0.6, browDownLeft: 0.25, browOuterUpRight: 0.35 } },
      { startMs: 4050, riseMs: 320, holdMs: 520, fallMs: 320, turn: [0.08, 0.04, 0.04], weights: { mouthPucker: 0.85, mouthFunnel: 0.15, ...both('browOuterUp', 0.2), browInnerUp: 0.3 } },
      { startMs: 5200, riseMs: 340, holdMs: 560, fallMs: 360, turn: [0.1, 0.1, -0.03],
        weights: { ...both('browDown', 0.8), ...both('mouthFrown', 0.55), ...both('noseSneer', 0.3), mouthShrugLower: 0.4, ...both('eyeSquint', 0.25) } },
      { startMs: 6450, riseMs: 420, holdMs: 520, fallMs: 560, turn: [-0.05, -0.06, 0.03], weights: { ...SMILE, jawOpen: 0.32, ...both('mouthUpperUp', 0.3) } },
      blink(1560), blink(3900), blink(5050), blink(7560),
    ],
  },
  looking: {
    yawSwing: 0.24, pitchSwing: 0.12,
    gestures: [
      { startMs: 200, riseMs: 620, holdMs: 700, fallMs: 620, turn: [0.38, 0.03, 0.03] },
      { startMs: 100, riseMs: 140, holdMs: 900, fallMs: 420, weights: lookLeft(0.5) },
      { startMs: 2000, riseMs: 620, holdMs: 700, fallMs: 620, turn: [-0.38, 0.02, -0.03] },
      { startMs: 1900, riseMs: 140, holdMs: 900, fallMs: 420, weights: lookRight(0.5) },
      { startMs: 3950, riseMs: 460, holdMs: 420, fallMs: 460, turn: [0.06, -0.22, 0], weights: { ...both('eyeLookUp', 0.35), ...both('browOuterUp', 0.3), browInnerUp: 0.35 } },
      { startMs: 5150, riseMs: 460, holdMs: 420, fallMs: 460, turn: [-0.04, 0.24, 0], weights: { ...both('eyeLookDown', 0.35) } },
      { startMs: 6250, riseMs: 460, holdMs: 620, fallMs: 620, turn: [0, 0, 0.2], weights: SMILE },
      blink(120), blink(1960), blink(3900), blink(6200), blink(7700),
    ],
  },
};

/** Where a portrait's own expression would be: the loop's first moment. */
export function sampleDrivingClip(name: DrivingClipName, timeMs: number): DrivingMoment {
  const score = SCORES[name];
  const time = ((timeMs % DRIVING_CLIP_MS) + DRIVING_CLIP_MS) % DRIVING_CLIP_MS;
  const pose = restPose();
  const phase = (time / DRIVING_CLIP_MS) * 2 * Math.PI;
  // Slow sway in whole periods of the loop, so that nothing is ever quite still.
  let yaw = 0.035 * Math.sin(phase + 0.6) + 0.015 * Math.sin(3 * phase);
  let pitch = 0.016 * Math.sin(2 * phase + 1.1);
  let roll = 0.016 * Math.sin(phase + 2.2);
  for (const gesture of score.gestures) {
    const level = levelOf(gesture, time) + levelOf(gesture, time + DRIVING_CLIP_MS);
    if (level === 0) continue;
    if (gesture.turn) {
      yaw += gesture.turn[0] * level;
      pitch += gesture.turn[1] * level;
      roll += gesture.turn[2] * level;
    }
    for (const [shape, weight] of Object.entries(gesture.weights ?? {})) addWeights(pose.blendshapeWeights, { [shape]: weight * level });
  }
  return {
    pose: { blendshapeWeights: pose.blendshapeWeights, headRotation: fromYawPitchRoll(yaw, pitch, roll), headPositionMeters: [0, 0.001 * Math.sin(2 * phase), 0] },
    headYawRadians: yaw, headPitchRadians: pitch, headRollRadians: roll,
    cameraYawRadians: score.yawSwing * Math.sin(phase),
    cameraPitchRadians: score.pitchSwing * Math.sin(2 * phase),
  };
}

function levelOf({ startMs, riseMs, holdMs, fallMs }: Gesture, timeMs: number): number {
  const t = timeMs - startMs;
  const smooth = (x: number): number => x * x * (3 - 2 * x);
  if (t <= 0 || t >= riseMs + holdMs + fallMs) return 0;
  if (t < riseMs) return smooth(t / riseMs);
  return t < riseMs + holdMs ? 1 : smooth(1 - (t - riseMs - holdMs) / fallMs);
}

/** Syllables one after another, a phrase long. */
function speech(startMs: number, lengthMs: number, seed: number): Gesture[] {
  const random = new SeededRandom(seed);
  const gestures: Gesture[] = [];
  for (let t = startMs; t < startMs + lengthMs;) {
    const spacing = random.between(140, 215);
    const stress = random.next() < 0.3 ? 1.3 : random.between(0.75, 1);
    const shape = VISEMES[random.integer(VISEMES.length)]!;
    gestures.push({
      startMs: t, riseMs: spacing * 0.75, holdMs: spacing * 0.2, fallMs: spacing * 0.8,
      weights: Object.fromEntries(Object.entries(shape).map(([name, value]) => [name, value * stress])),
    });
    t += spacing;
  }
  return gestures;
}
