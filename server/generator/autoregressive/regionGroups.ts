import type { RegionName } from '../../../shared/rig/rig.ts';

/** Regions put together for features: one of these is 1 at each place. */
export const REGION_GROUPS = ['face', 'fold', 'brow', 'lip', 'ear', 'scalp', 'neck', 'bust', 'eye', 'mouth', 'shell'] as const;

const GROUP_OF: Record<RegionName, (typeof REGION_GROUPS)[number]> = {
  face: 'face', nose: 'face', nostrils: 'fold', upperLip: 'lip', lowerLip: 'lip', leftBrow: 'brow', rightBrow: 'brow',
  leftUpperLid: 'fold', leftLowerLid: 'fold', rightUpperLid: 'fold', rightLowerLid: 'fold', leftEyeball: 'eye', rightEyeball: 'eye',
  leftEar: 'ear', rightEar: 'ear', scalp: 'scalp', neck: 'neck', bust: 'bust', mouthCavity: 'mouth', upperTeeth: 'mouth',
  lowerTeeth: 'mouth', tongue: 'mouth', shell: 'shell',
};

/** Index into REGION_GROUPS. */
export function regionGroup(region: RegionName): number {
  return REGION_GROUPS.indexOf(GROUP_OF[region]);
}
