import type { MaskName } from './recipes.ts';

/** 0 below `low`, 1 above `high`, smooth in between. */
export function ramp(value: number, low: number, high: number): number {
  const share = Math.min(1, Math.max(0, (value - low) / (high - low)));
  return share * share * (3 - 2 * share);
}

/** Where the features of the mean head lie, metres from the eyes' midpoint. */
export interface FaceMeasures {
  readonly lipLineY: number;
  readonly mouthHalfWidth: number;
  readonly mouthCornerY: number;
  readonly mouthCornerZ: number;
  readonly lipFrontZ: number;
  readonly noseBaseY: number;
  readonly chinY: number;
}

/** Half width of the strip across the midline where the left and the right shape share the face, metres. */
const MIDLINE = 0.011;

/** 1 on the subject's left, 0 on the right; left and right together are 1 everywhere. */
export function leftMask(x: number): number {
  return ramp(x, -MIDLINE, MIDLINE);
}

/** The named mask at a point of the mean head. `lower` is 1 for the lower jaw's side of the mouth. */
export function maskAt(name: MaskName, x: number, y: number, z: number, lower: number, measures: FaceMeasures): number {
  switch (name) {
    case 'lowerLip': return lower;
    case 'upperLip': return 1 - lower;
    case 'lips': return ramp(Math.hypot(x * 0.75, y - measures.lipLineY), 0.045, 0.02);
    case 'cheek': return ramp(y, measures.noseBaseY - 0.018, measures.noseBaseY + 0.005);
    case 'eye': return ramp(Math.hypot(Math.abs(x) - 0.03, y), 0.04, 0.022);
    case 'mouthArea': return ramp(Math.hypot(x, y - measures.lipLineY), 0.07, 0.035) * ramp(z, 0, 0.02);
    case 'jaw': return lower;
  }
}
