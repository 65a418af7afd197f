import type { BlendshapeName } from '../../shared/rig/blendshapes.ts';
import type { AnchorName } from './pushes.ts';
import type { SCULPTS } from './sculpts.ts';

/** Where a term acts: on part of the face. Masks are smooth; see `faceMasks.ts`. */
export type MaskName = 'upperLip' | 'lowerLip' | 'lips' | 'cheek' | 'eye' | 'mouthArea' | 'jaw';

/** `weight` times a MakeHuman target (an expression unit of all three ethnicities when the name has no folder). */
export interface TargetTerm {
  readonly target: string;
  readonly weight: number;
  /** Keeps the subject's left half only. */
  readonly left?: boolean;
  readonly mask?: MaskName;
}

/** Moves the skin around an anchor by so many millimetres. */
export interface PushTerm {
  readonly push: AnchorName;
  readonly millimeters: readonly [x: number, y: number, z: number];
}

/**
 * How a shape is put together. Shapes named …Left act on the subject's left, and their mirror images on the right.
 * In the other shapes one-sided terms (pushes, targets of the left side) count on both sides.
 */
export interface Recipe {
  readonly terms: readonly (TargetTerm | PushTerm)[];
  /** Added by hand-written geometry; see `sculpts.ts`. */
  readonly sculpt?: keyof typeof SCULPTS;
}

const term = (target: string, weight: number, mask?: MaskName): TargetTerm =>
  mask === undefined ? { target, weight } : { target, weight, mask };
const left = (target: string, weight: number, mask?: MaskName): TargetTerm => ({ ...term(target, weight, mask), left: true });
const push = (anchor: AnchorName, x: number, y: number, z: number): PushTerm => ({ push: anchor, millimeters: [x, y, z] });

type LeftOrMiddle = Exclude<BlendshapeName, `${string}Right`>;

/**
 * The weights follow a least-squares fit of the terms' displacements, at MediaPipe's landmarks, to those of
 * ICT-FaceKit's shape of the same name, rounded and then set by eye.
 */
export const RECIPES: Readonly<Record<LeftOrMiddle, Recipe>> = {
  browDownLeft: { terms: [term('eyebrows-left-down', 0.3), push('browMiddle', -3.6, -3.2, 2.2), push('foreheadOuter', -1.5, -1.1, 2.4), push('browInner', -1.9, -1.5, 1.0), push('browOuter', -1.8, -0.7, 1.6), push('forehead', -0.6, -1.4, 0.9)] },
  browInnerUp: { terms: [term('eyebrows-left-up', 0.6), term('eyebrows-left-inner-up', 0.2), push('browInner', 0.5, 5.6, -0.1), push('noseRoot', -0.3, 2.2, -0.2), push('browOuter', -0.2, 1.0, 0.1), push('forehead', 0.6, 0.2, 1.1)] },
  browOuterUpLeft: { terms: [term('eyebrows-left-extern-up', 0.29), term('eyebrows-left-up', 0.75), push('browOuter', 0.8, 6.9, -1.8), push('browMiddle', 1.9, 4.0, -2.0), push('browInner', 0.8, 2.4, 0.1)] },
  cheekPuff: { terms: [term('mouth-pursing', 0.55), term('cheek/l-cheek-volume-inflate', 0.6), push('cheekHollow', 4.5, 1, 6.5), push('jawSide', 2, 1, 4.5), push('cheekApple', 0.5, 2, 4.5), push('cheekSide', 3.5, 0, 2.5), push('mouthSide', 0.5, 0, 2)] },
  cheekSquintLeft: { terms: [term('cheek/l-cheek-trans-vert-up', 0.52), left('mouth-retraction', 0.15), left('mouth-upward-retraction', 0.4, 'cheek'), push('cheekSide', 0.5, 5, 2.6), push('cheekBone', -0.9, 1.8, 2.6), push('underEye', -0.8, 2.4, 0.8), push('jawSide', 1, 3.5, 1)] },
  eyeBlinkLeft: { terms: [], sculpt: 'blinkLeft' },
  eyeLookDownLeft: { terms: [push('upperLidFold', -0.4, -3.2, -0.4), push('eyeOuter', -0.3, -1.2, -0.2), push('lowerLid', 0, -1.6, -0.6)], sculpt: 'lookDownLeft' },
  eyeLookInLeft: { terms: [push('upperLid', -1.8, -0.2, 0.1), push('underEye', -1.6, 0.2, 0.1), push('eyeOuter', -0.8, -0.1, 0.9), push('eyeInner', -0.6, 0.1, -0.4)] },
  eyeLookOutLeft: { terms: [push('upperLid', 1.8, 0.2, -0.3), push('underEye', 1.6, 0, -0.2), push('eyeOuter', 0.8, 0.1, -0.8), push('eyeInner', 0.6, 0, 0.4)] },
  eyeLookUpLeft: { terms: [term('eye-left-opened-up', 0.5), term('eyes/l-eye-eyefold-up', 0.5), push('underEye', 0, 1.2, 0.5), push('upperLid', 0.2, 1.2, -0.5)] },
  eyeSquintLeft: { terms: [term('eye-left-slit', 0.3), term('eyes/l-eye-bag-height-min', 0.17), term('eyes/l-eye-bag-in', 0.24), push('underEye', -1.8, 2.4, 0.8), push('cheekBone', -0.8, 0.6, 1.1), push('browOuter', -0.1, -0.7, 0.1)], sculpt: 'squintLeft' },
  eyeWideLeft: { terms: [term('eye-left-opened-up', 0.56), term('eyes/l-eye-eyefold-up', 0.79), push('eyeOuter', 0.1, 0.6, 0), push('upperLid', 0.3, 1.4, -0.6)] },
  jawForward: { terms: [push('cheekHollow', 0, -0.4, 2.5), push('jawSide', 0.8, -0.4, 2)], sculpt: 'jawForward' },
  jawLeft: { terms: [], sculpt: 'jawLeft' },
  jawOpen: { terms: [], sculpt: 'jawOpen' },
  mouthClose: { terms: [], sculpt: 'mouthClose' },
  mouthDimpleLeft: { terms: [left('mouth-retraction', 0.8, 'mouthArea'), left('mouth-compression', 0.35, 'lowerLip'), term('cheek/l-cheek-volume-inflate', 0.3), left('chin/chin-height-min', 0.4), left('mouth/mouth-scale-depth-incr', 0.5, 'mouthArea'), push('cheekHollow', -2.5, 0.8, 0), push('upperLipSide', 1.5, 0.4, -0.8)] },
  mouthFrownLeft: { terms: [left('mouth-depression', 0.3), left('mouth/mouth-trans-down', 0.12), left('mouth/mouth-scale-horiz-incr', 0.2), push('mouthSide', 0, -3.6, -2.0), push('chinSide', 2.5, -4.5, 1.4), push('nasolabial', -0.4, -1.6, 0)] },
  mouthFunnel: { terms: [term('mouth-pursing', 0.9), term('mouth-depression-retraction', 0.5), push('mouthCorner', 4.3, -2.2, -3.9), push('cheekHollow', -1.3, 2.8, 5.0)] },
  mouthLeft: { terms: [], sculpt: 'mouthLeft' },
  mouthLowerDownLeft: { terms: [left('mouth-part-later', 0.4, 'lowerLip'), left('mouth/mouth-scale-horiz-incr', 0.15, 'lowerLip'), left('mouth/mouth-angles-down', 0.15), push('chin', 0.3, -1.6, -0.4), push('lowerLipSide', 0.3, -1.2, 0), push('lowerLipMiddle', 0, -1.0, -0.2), push('chinSide', 1.8, -1.6, 0.4)] },
  mouthPressLeft: { terms: [left('mouth-compression', 0.42, 'lowerLip'), left('chin/chin-height-min', 0.5), left('chin/chin-prominent-more', 0.3), term('cheek/l-cheek-volume-inflate', 0.12), left('mouth-compression', 0.14, 'upperLip'), push('lowerLipMiddle', 0, 1.2, 0.4), push('lowerLipSide', 0, 0.6, 0)] },
  mouthPucker: { terms: [term('mouth-pursing', 0.9), push('chinSide', -4.5, 4.5, 4), push('cheekApple', -2.1, 1.7, 3.6), push('cheekHollow', -1.5, 0.5, 2.5)] },
  mouthRollLower: { terms: [term('chin/chin-height-min', 0.5)], sculpt: 'rollLower' },
  mouthRollUpper: { terms: [], sculpt: 'rollUpper' },
  mouthShrugLower: { terms: [term('mouth-eversion', 0.45, 'lowerLip'), term('chin/chin-height-min', 0.6), push('lowerLipMiddle', 0, 1.8, 0.2), push('lowerLipSide', 0, 1.2, 0)], sculpt: 'shrugLower' },
  mouthShrugUpper: { terms: [term('mouth-parling', 0.9, 'upperLip'), term('mouth/mouth-scale-vert-incr', 0.4, 'cheek'), push('upperLipMiddle', 0, 0.6, 0.4)] },
  mouthSmileLeft: { terms: [left('mouth-corner-puller', 0.55), left('mouth-retraction', 0.7), left('mouth-compression', 0.5), left('mouth-parling', 0.5, 'upperLip'), left('mouth/mouth-scale-horiz-incr', 0.5), term('cheek/l-cheek-volume-inflate', 0.5), push('cheekSide', 2, 4, -1), push('jawSide', 2.5, 5, -2), push('cheekApple', 0, 1.5, 1)] },
  mouthStretchLeft: { terms: [left('neck-platysma', 0.8), left('mouth/mouth-scale-horiz-incr', 0.8), left('mouth-upward-retraction', 0.14, 'mouthArea'), left('mouth/mouth-trans-backward', 0.2, 'lowerLip'), push('jawSide', 5.5, 0.5, 0.5)] },
  mouthUpperUpLeft: { terms: [left('mouth-elevation', 0.88, 'upperLip'), left('mouth-compression', 0.15), left('mouth/mouth-laugh-lines-out', 0.5, 'mouthArea'), term('cheek/l-cheek-trans-vert-up', 0.4), left('mouth-parling', 0.8, 'upperLip'), push('nasolabial', 2.8, 1.4, -0.4), push('cheekHollow', 0, 3, 1.2)] },
  noseSneerLeft: { terms: [term('nose-left-elevation', 0.6), left('mouth-elevation', 0.85, 'upperLip'), left('mouth-compression', 0.3), left('nose/nose-trans-vert-up', 0.4), term('eyebrows-left-down', 0.5), push('cheekSide', -1.5, 5, 3), push('noseSide', 0.5, 2.5, 0.5), push('nasolabial', 0, 2, 0.5), push('underEye', 0, 1, 0.5)] },
  tongueOut: { terms: [], sculpt: 'tongueOut' },
};
