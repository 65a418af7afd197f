import { BLENDSHAPE_NAMES } from '../../shared/rig/blendshapes.ts';

/** One of the expression's parts as people would call it. */
export interface ExpressionPart {
  readonly words: string;
  /** In [0, 1]. */
  readonly weight: number;
}

const WORDS: Readonly<Record<string, string>> = {
  browDown: 'Brows down', browInnerUp: 'Inner brows up', browOuterUp: 'Outer brows up', cheekPuff: 'Cheeks puffed', cheekSquint: 'Cheeks raised',
  eyeBlink: 'Blink', eyeSquint: 'Squint', eyeWide: 'Eyes wide', jawOpen: 'Jaw open', mouthFrown: 'Frown', mouthFunnel: 'Funnel', mouthPucker: 'Pucker',
  mouthSmile: 'Smile', mouthLowerDown: 'Lower lip down', mouthUpperUp: 'Upper lip up', mouthPress: 'Lips pressed', mouthStretch: 'Lips stretched',
  mouthRollLower: 'Lower lip rolled', mouthRollUpper: 'Upper lip rolled', mouthShrugLower: 'Lower lip shrug', mouthShrugUpper: 'Upper lip shrug',
  mouthDimple: 'Dimples', noseSneer: 'Nose wrinkled', eyeLookUp: 'Gaze up', eyeLookDown: 'Gaze down',
};
/** Which way both eyes look, from the subject's left eye. */
const GAZE: Readonly<Record<string, string>> = { eyeLookOutLeft: 'Gaze left', eyeLookInLeft: 'Gaze right' };
/** Between the sides of one shape, the weaker one must reach this share of the stronger for it to count as both. */
const BOTH_SHARE = 0.7;
/** Weights below this are not worth words. */
const FAINT = 0.04;

/** The strongest parts of an expression, strongest first; left and right together where they agree. */
export function strongestParts(blendshapeWeights: Float32Array, count: number): ExpressionPart[] {
  const sides = new Map<string, { left: number; right: number; middle: number }>();
  const parts: ExpressionPart[] = [];
  for (const [index, name] of BLENDSHAPE_NAMES.entries()) {
    const weight = blendshapeWeights[index]!;
    if (weight < FAINT) continue;
    if (name in GAZE) parts.push({ words: GAZE[name]!, weight });
    if (/^eyeLook(In|Out)/.test(name)) continue;
    const base = name.replace(/(Left|Right)$/, '');
    const entry = sides.get(base) ?? { left: 0, right: 0, middle: 0 };
    if (name.endsWith('Left')) entry.left = weight;
    else if (name.endsWith('Right')) entry.right = weight;
    else entry.middle = weight;
    sides.set(base, entry);
  }
  for (const [base, { left, right, middle }] of sides) {
    const words = WORDS[base] ?? base;
    if (middle > 0) parts.push({ words, weight: middle });
    else if (Math.min(left, right) >= BOTH_SHARE * Math.max(left, right)) parts.push({ words, weight: (left + right) / 2 });
    else parts.push({ words: `${words}, ${left > right ? 'left' : 'right'}`, weight: Math.max(left, right) });
  }
  return parts.sort((a, b) => b.weight - a.weight).slice(0, count);
}
