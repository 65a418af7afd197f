import type { RegionName, Rig } from '../../shared/rig/rig.ts';
import { IRIS_DEGREES } from './eyeballPart.ts';

type Tint = readonly [number, number, number];
const SKIN: Tint = [0.78, 0.58, 0.48];

const TINTS: Readonly<Record<RegionName, Tint>> = {
  face: SKIN, scalp: [0.72, 0.54, 0.46], neck: SKIN, bust: [0.74, 0.56, 0.47], leftEar: SKIN, rightEar: SKIN,
  leftUpperLid: [0.72, 0.5, 0.44], rightUpperLid: [0.72, 0.5, 0.44], leftLowerLid: [0.76, 0.56, 0.48], rightLowerLid: [0.76, 0.56, 0.48],
  leftBrow: [0.5, 0.36, 0.3], rightBrow: [0.5, 0.36, 0.3], nose: SKIN, nostrils: [0.35, 0.16, 0.14],
  upperLip: [0.72, 0.34, 0.32], lowerLip: [0.75, 0.37, 0.35], mouthCavity: [0.34, 0.09, 0.09],
  upperTeeth: [0.95, 0.93, 0.86], lowerTeeth: [0.93, 0.91, 0.84], tongue: [0.75, 0.36, 0.36],
  leftEyeball: [0.93, 0.93, 0.93], rightEyeball: [0.93, 0.93, 0.93], shell: [0.45, 0.58, 0.5],
};

/** Tint of every face, linear, [faceCount, 3]; `strong` gives each region a colour of its own. */
export function regionTints(rig: Rig, strong: boolean): Float32Array {
  return Float32Array.from({ length: rig.faceCount * 3 }, (_, i) => {
    const region = rig.faceRegions[Math.floor(i / 3)]!;
    if (!strong) return TINTS[rig.regionNames[region]!][i % 3]!;
    return 0.5 + 0.45 * Math.cos(2 * Math.PI * (region * 0.381966 + (i % 3) / 3));
  });
}


/** White, iris and pupil by the distance of the texture coordinate from the eye's middle. */
export function tintOfEye(rig: Rig, face: number, u: number, v: number, out: Float64Array): void {
  const [a, b, c] = rig.faces.subarray(face * 3, face * 3 + 3) as unknown as [number, number, number];
  const at = (axis: number): number => (1 - u - v) * rig.uvs[a * 2 + axis]! + u * rig.uvs[b * 2 + axis]! + v * rig.uvs[c * 2 + axis]!;
  const degrees = (Math.hypot(at(0) - 0.5, at(1) - 0.5) / 0.5) * 180;
  if (degrees < IRIS_DEGREES * 0.42) out.set([0.02, 0.02, 0.02]);
  else if (degrees < IRIS_DEGREES * 0.92) out.set([0.22, 0.32, 0.4]);
  else if (degrees < IRIS_DEGREES) out.set([0.1, 0.13, 0.16]);
  else out.set([0.92, 0.91, 0.9]);
}

