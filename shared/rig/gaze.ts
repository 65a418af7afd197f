import { BLENDSHAPE_NAMES } from './blendshapes.ts';
import { EYE_PITCH_RADIANS, EYE_YAW_RADIANS } from './skinning.ts';

/** Where one eye looks, in the head's space, radians; 0, 0 is straight out of the face. */
export interface EyeGaze {
  /** Positive towards the subject's left. */
  yaw: number;
  /** Positive upwards. */
  pitch: number;
}

/** Both eyes; written to in place, so that a frame allocates nothing. */
export interface Gaze {
  readonly left: EyeGaze;
  readonly right: EyeGaze;
}

export function straightGaze(): Gaze {
  return { left: { yaw: 0, pitch: 0 }, right: { yaw: 0, pitch: 0 } };
}

const index = (name: string): number => BLENDSHAPE_NAMES.indexOf(name as (typeof BLENDSHAPE_NAMES)[number]);
const LEFT = { outward: index('eyeLookOutLeft'), inward: index('eyeLookInLeft'), up: index('eyeLookUpLeft'), down: index('eyeLookDownLeft') };
const RIGHT = { outward: index('eyeLookOutRight'), inward: index('eyeLookInRight'), up: index('eyeLookUpRight'), down: index('eyeLookDownRight') };

/** The eyeLook* weights as angles, as the rig turns its eyeballs. */
export function readGaze(weights: Float32Array, out: Gaze): void {
  out.left.yaw = EYE_YAW_RADIANS * (weights[LEFT.outward]! - weights[LEFT.inward]!);
  out.left.pitch = EYE_PITCH_RADIANS * (weights[LEFT.up]! - weights[LEFT.down]!);
  out.right.yaw = EYE_YAW_RADIANS * (weights[RIGHT.inward]! - weights[RIGHT.outward]!);
  out.right.pitch = EYE_PITCH_RADIANS * (weights[RIGHT.up]! - weights[RIGHT.down]!);
}

/** Angles as eyeLook* weights; what is beyond the rig's range ends at it. The lids follow: the shapes carry them. */
export function writeGaze(gaze: Gaze, weights: Float32Array): void {
  setPair(weights, LEFT.outward, LEFT.inward, gaze.left.yaw / EYE_YAW_RADIANS);
  setPair(weights, LEFT.up, LEFT.down, gaze.left.pitch / EYE_PITCH_RADIANS);
  setPair(weights, RIGHT.inward, RIGHT.outward, gaze.right.yaw / EYE_YAW_RADIANS);
  setPair(weights, RIGHT.up, RIGHT.down, gaze.right.pitch / EYE_PITCH_RADIANS);
}

function setPair(weights: Float32Array, positive: number, negative: number, value: number): void {
  weights[positive] = Math.min(1, Math.max(0, value));
  weights[negative] = Math.min(1, Math.max(0, -value));
}
