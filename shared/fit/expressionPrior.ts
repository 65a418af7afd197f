import { BLENDSHAPE_NAMES, type BlendshapeName } from '../rig/blendshapes.ts';

/**
 * What the weights of a resting face are on this rig, and how far a momentary expression strays from it. Shapes not
 * named rest at 0. Without a mean of the rig's own, lips evert and lids half-close on everybody.
 */
const REST: Partial<Record<BlendshapeName, number>> = {};

/** Standard deviations of the weights around rest; shapes that landmarks hardly see are held tight. */
const SPREAD: Partial<Record<BlendshapeName, number>> = {
  tongueOut: 0.001, cheekPuff: 0.08, cheekSquintLeft: 0.1, cheekSquintRight: 0.1, noseSneerLeft: 0.12, noseSneerRight: 0.12,
  jawForward: 0.08, jawLeft: 0.08, jawRight: 0.08, mouthLeft: 0.12, mouthRight: 0.12,
  mouthRollLower: 0.15, mouthRollUpper: 0.15, mouthShrugLower: 0.15, mouthShrugUpper: 0.15,
  mouthPressLeft: 0.12, mouthPressRight: 0.12, mouthDimpleLeft: 0.12, mouthDimpleRight: 0.12,
  mouthFunnel: 0.15, mouthPucker: 0.15, mouthClose: 0.1,
  jawOpen: 0.22, mouthSmileLeft: 0.3, mouthSmileRight: 0.3, eyeBlinkLeft: 0.3, eyeBlinkRight: 0.3,
  eyeLookInLeft: 0.4, eyeLookInRight: 0.4, eyeLookOutLeft: 0.4, eyeLookOutRight: 0.4,
  eyeLookUpLeft: 0.4, eyeLookUpRight: 0.4, eyeLookDownLeft: 0.4, eyeLookDownRight: 0.4,
};
const DEFAULT_SPREAD = 0.22;

export const EXPRESSION_REST: Float64Array = Float64Array.from(BLENDSHAPE_NAMES, (name) => REST[name] ?? 0);
export const EXPRESSION_SPREAD: Float64Array = Float64Array.from(BLENDSHAPE_NAMES, (name) => SPREAD[name] ?? DEFAULT_SPREAD);
