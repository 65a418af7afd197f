import type { BlendshapeName } from '../../shared/rig/blendshapes.ts';

/** Where a term acts: on one side of the face, and on part of it. Masks are smooth; see `faceMasks.ts`. */
export type MaskName = 'upperLip' | 'lowerLip' | 'lips' | 'cheek' | 'eye' | 'mouthArea' | 'jaw';

/** `weight` times a MakeHuman target (an expression unit of all three ethnicities when the name has no folder). */
export interface RecipeTerm {
  readonly target: string;
  readonly weight: number;
  /** Keeps the subject's left half only. */
  readonly left?: boolean;
  readonly mask?: MaskName;
}

/** Shapes that sculptors add on top of the terms, by name; see `sculpts.ts`. */
export interface Recipe {
  readonly terms: readonly RecipeTerm[];
  readonly sculpt?: string;
  /** Multiplies the whole. */
  readonly gain?: number;
}

const term = (target: string, weight: number, mask?: MaskName): RecipeTerm =>
  mask === undefined ? { target, weight } : { target, weight, mask };
const left = (target: string, weight: number, mask?: MaskName): RecipeTerm => ({ ...term(target, weight, mask), left: true });

type LeftOrMiddle = Exclude<BlendshapeName, `${string}Right`>;

/** Right shapes are mirror images of the left ones. */
export const RECIPES: Readonly<Record<LeftOrMiddle, Recipe>> = {
  browDownLeft: { terms: [term('eyebrows-left-down', 1)] },
  browInnerUp: { terms: [term('eyebrows-left-inner-up', 1), term('eyebrows-right-inner-up', 1)] },
  browOuterUpLeft: { terms: [term('eyebrows-left-extern-up', 1)] },
  cheekPuff: { terms: [term('cheek/l-cheek-volume-inflate', 0.8), term('cheek/r-cheek-volume-inflate', 0.8)] },
  cheekSquintLeft: { terms: [left('mouth-upward-retraction', 0.6, 'cheek'), term('eye-left-slit', 0.2)] },
  eyeBlinkLeft: { terms: [], sculpt: 'blinkLeft' },
  eyeLookDownLeft: { terms: [], sculpt: 'lookDownLeft' },
  eyeLookInLeft: { terms: [], sculpt: 'lookInLeft' },
  eyeLookOutLeft: { terms: [], sculpt: 'lookOutLeft' },
  eyeLookUpLeft: { terms: [], sculpt: 'lookUpLeft' },
  eyeSquintLeft: { terms: [], sculpt: 'squintLeft' },
  eyeWideLeft: { terms: [], sculpt: 'wideLeft' },
  jawForward: { terms: [], sculpt: 'jawForward' },
  jawLeft: { terms: [], sculpt: 'jawLeft' },
  jawOpen: { terms: [term('mouth-open', 1)] },
  mouthClose: { terms: [], sculpt: 'mouthClose' },
  mouthDimpleLeft: { terms: [left('mouth-retraction', 0.6), left('mouth-compression', 0.3)] },
  mouthFrownLeft: { terms: [left('mouth-depression', 1)] },
  mouthFunnel: { terms: [term('mouth-protusion', 1)] },
  mouthLeft: { terms: [], sculpt: 'mouthLeft' },
  mouthLowerDownLeft: { terms: [left('mouth-depression-retraction', 0.8, 'lowerLip')] },
  mouthPressLeft: { terms: [left('mouth-compression', 0.6)] },
  mouthPucker: { terms: [term('mouth-pursing', 1)] },
  mouthRollLower: { terms: [], sculpt: 'rollLower' },
  mouthRollUpper: { terms: [], sculpt: 'rollUpper' },
  mouthShrugLower: { terms: [term('mouth-eversion', 1, 'lowerLip')], sculpt: 'shrugLower' },
  mouthShrugUpper: { terms: [], sculpt: 'shrugUpper' },
  mouthSmileLeft: { terms: [left('mouth-corner-puller', 1)] },
  mouthStretchLeft: { terms: [left('mouth-retraction', 1), left('neck-platysma', 0.3)] },
  mouthUpperUpLeft: { terms: [left('mouth-part-later', 0.7, 'upperLip')] },
  noseSneerLeft: { terms: [term('nose-left-elevation', 1)] },
  tongueOut: { terms: [], sculpt: 'tongueOut' },
};
