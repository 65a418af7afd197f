import { ramp } from './faceMasks.ts';
import type { Field, SculptContext } from './sculptContext.ts';

interface Anchor {
  /** MediaPipe landmark (subject's left, or on the midline) that the push is centred on. */
  readonly landmark: number;
  /** Metres: how far it reaches. */
  readonly radius: number;
  /** Which lip it leaves alone; pushes of the lips must not drag the other one along. */
  readonly lip?: 'upper' | 'lower';
}

/** Places where a sculptor would take hold of the face. */
export const ANCHORS = {
  browInner: { landmark: 336, radius: 0.02 }, browMiddle: { landmark: 334, radius: 0.022 }, browOuter: { landmark: 300, radius: 0.022 },
  forehead: { landmark: 337, radius: 0.034 }, foreheadOuter: { landmark: 298, radius: 0.034 }, glabella: { landmark: 9, radius: 0.018 },
  noseRoot: { landmark: 465, radius: 0.014 }, noseSide: { landmark: 429, radius: 0.014 }, noseWing: { landmark: 327, radius: 0.011 }, noseTip: { landmark: 4, radius: 0.015 },
  upperLid: { landmark: 386, radius: 0.013 }, upperLidFold: { landmark: 257, radius: 0.014 }, lowerLid: { landmark: 374, radius: 0.012 },
  eyeInner: { landmark: 362, radius: 0.009 }, eyeOuter: { landmark: 263, radius: 0.011 }, underEye: { landmark: 450, radius: 0.018 },
  cheekApple: { landmark: 425, radius: 0.024 }, cheekBone: { landmark: 346, radius: 0.028 }, cheekHollow: { landmark: 432, radius: 0.026 }, cheekSide: { landmark: 411, radius: 0.03 },
  nasolabial: { landmark: 423, radius: 0.018 }, mouthCorner: { landmark: 291, radius: 0.018 }, mouthSide: { landmark: 410, radius: 0.02 },
  upperLipSide: { landmark: 269, radius: 0.015, lip: 'upper' }, upperLipMiddle: { landmark: 0, radius: 0.015, lip: 'upper' }, philtrum: { landmark: 164, radius: 0.016, lip: 'upper' },
  lowerLipSide: { landmark: 405, radius: 0.015, lip: 'lower' }, lowerLipMiddle: { landmark: 17, radius: 0.015, lip: 'lower' }, underLip: { landmark: 200, radius: 0.018, lip: 'lower' },
  chin: { landmark: 199, radius: 0.026 }, chinSide: { landmark: 394, radius: 0.026 }, jawSide: { landmark: 364, radius: 0.034 },
} as const satisfies Readonly<Record<string, Anchor>>;
export type AnchorName = keyof typeof ANCHORS;

/** Moves the skin around an anchor by `by` (metres), fading to nothing at its radius. */
export function pushField(context: SculptContext, name: AnchorName, by: readonly [number, number, number]): Field {
  const anchor: Anchor = ANCHORS[name];
  const center = context.landmarks.subarray(anchor.landmark * 3, anchor.landmark * 3 + 3);
  const field: Field = new Float32Array(context.rest.length);
  for (let vertex = 0; vertex < context.template.body.vertexCount; vertex++) {
    const at = vertex * 3;
    const distance = Math.hypot(context.rest[at]! - center[0]!, context.rest[at + 1]! - center[1]!, context.rest[at + 2]! - center[2]!);
    if (distance >= anchor.radius) continue;
    const lower = context.lower[vertex]!;
    const lip = anchor.lip === 'upper' ? ramp(1 - lower, 0.2, 0.8) : anchor.lip === 'lower' ? ramp(lower, 0.2, 0.8) : 1;
    const share = lip * (1 - (distance / anchor.radius) ** 2) ** 2;
    for (let axis = 0; axis < 3; axis++) field[at + axis] = share * by[axis]!;
  }
  return field;
}
