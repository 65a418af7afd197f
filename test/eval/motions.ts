import { BLENDSHAPE_COUNT, BLENDSHAPE_NAMES } from '../../shared/rig/blendshapes.ts';
import type { BlendshapeName } from '../../shared/rig/blendshapes.ts';
import type { RigPose } from '../../shared/rig/rigPose.ts';

/** One of the ten fixed motions: angles in degrees (yaw to the subject's left, pitch down, roll to the left shoulder). */
export interface Motion {
  readonly name: string;
  readonly yaw: number;
  readonly pitch: number;
  readonly roll: number;
  readonly weights: Readonly<Partial<Record<BlendshapeName, number>>>;
}

export const MOTIONS: readonly Motion[] = [
  { name: 'smile', yaw: 0, pitch: 0, roll: 0, weights: { mouthSmileLeft: 0.8, mouthSmileRight: 0.8, cheekSquintLeft: 0.3, cheekSquintRight: 0.3 } },
  { name: 'open', yaw: 0, pitch: 0, roll: 0, weights: { jawOpen: 0.6 } },
  { name: 'left', yaw: 18, pitch: 0, roll: 0, weights: { mouthSmileLeft: 0.4, mouthSmileRight: 0.4 } },
  { name: 'right', yaw: -18, pitch: 0, roll: 0, weights: { jawOpen: 0.3 } },
  { name: 'up', yaw: 0, pitch: -12, roll: 0, weights: { browInnerUp: 0.8, browOuterUpLeft: 0.6, browOuterUpRight: 0.6 } },
  { name: 'down', yaw: 0, pitch: 12, roll: 0, weights: { eyeLookDownLeft: 0.4, eyeLookDownRight: 0.4 } },
  { name: 'tilt', yaw: 0, pitch: 0, roll: 14, weights: { mouthPucker: 0.7 } },
  { name: 'wink', yaw: 0, pitch: 0, roll: -8, weights: { eyeBlinkLeft: 0.9, mouthSmileLeft: 0.4 } },
  { name: 'glance', yaw: 10, pitch: 6, roll: 0, weights: { eyeLookOutRight: 0.7, eyeLookInLeft: 0.7 } },
  { name: 'frown', yaw: -10, pitch: -5, roll: 5, weights: { browDownLeft: 0.7, browDownRight: 0.7, mouthFunnel: 0.5, jawOpen: 0.15 } },
];

export function weightsOf(weights: Motion['weights']): Float32Array {
  const out = new Float32Array(BLENDSHAPE_COUNT);
  for (const [name, value] of Object.entries(weights)) out[BLENDSHAPE_NAMES.indexOf(name as BlendshapeName)] = value;
  return out;
}

/** Yaw about y, then pitch about x, then roll about z, each in the turned frame; xyzw. */
export function rotationOf({ yaw, pitch, roll }: Pick<Motion, 'yaw' | 'pitch' | 'roll'>): [number, number, number, number] {
  const half = Math.PI / 360;
  const [sy, cy] = [Math.sin(yaw * half), Math.cos(yaw * half)];
  const [sx, cx] = [Math.sin(pitch * half), Math.cos(pitch * half)];
  const [sz, cz] = [Math.sin(roll * half), Math.cos(roll * half)];
  return [
    cy * sx * cz + sy * cx * sz, sy * cx * cz - cy * sx * sz, cy * cx * sz - sy * sx * cz, cy * cx * cz + sy * sx * sz,
  ];
}

export function poseOf(motion: Pick<Motion, 'yaw' | 'pitch' | 'roll' | 'weights'>): RigPose {
  return { blendshapeWeights: weightsOf(motion.weights), headRotation: rotationOf(motion), headPositionMeters: [0, 0, 0] };
}
