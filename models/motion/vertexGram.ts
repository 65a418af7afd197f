import { BLENDSHAPE_COUNT } from '../../shared/rig/blendshapes.ts';
import { MOTION_INPUTS, readMotionVector } from '../../shared/motion/motionVector.ts';
import type { RegionName, Rig } from '../../shared/rig/rig.ts';
import { neutralHead, poseVertices } from '../../shared/rig/skinning.ts';

/** How much an error counts, a region: what people look at more than what hair, clothes and lips hide. */
const REGION_WEIGHTS: Readonly<Partial<Record<RegionName, number>>> = {
  leftEyeball: 12, rightEyeball: 12, leftUpperLid: 4, leftLowerLid: 4, rightUpperLid: 4, rightLowerLid: 4, leftBrow: 4, rightBrow: 4,
  upperLip: 5, lowerLip: 5, face: 3, nose: 2, scalp: 1, neck: 0.8, bust: 0.7, mouthCavity: 1, tongue: 1, upperTeeth: 1, lowerTeeth: 1, shell: 1,
};
/** Inputs are moved by so much to see what moves with them: weights, radians, metres. */
const PROBES = { weight: 0.25, radians: 0.05, meters: 0.01 };

/** Mean product of the displacements, in mm, that each two inputs cause on the neutral head, [58, 58]: error² = δᵀ · gram · δ. */
export function vertexGram(rig: Rig): Float64Array {
  const weights = vertexWeights(rig);
  const neutral = neutralHead(rig, []);
  const rest = new Float32Array(rig.vertexCount * 3);
  poseVertices(rig, neutral, readMotionVector(new Float64Array(MOTION_INPUTS)), rest);
  const moves = Array.from({ length: MOTION_INPUTS }, (_, input) => {
    const vector = new Float64Array(MOTION_INPUTS);
    vector[input] = input < BLENDSHAPE_COUNT ? PROBES.weight : input < BLENDSHAPE_COUNT + 3 ? PROBES.radians : PROBES.meters;
    const moved = new Float32Array(rest.length);
    poseVertices(rig, neutral, readMotionVector(vector), moved);
    return moved.map((value, at) => ((value - rest[at]!) * 1000 * Math.sqrt(weights[Math.floor(at / 3)]!)) / vector[input]!);
  });
  const gram = new Float64Array(MOTION_INPUTS * MOTION_INPUTS);
  for (let row = 0; row < MOTION_INPUTS; row++) {
    for (let column = 0; column <= row; column++) {
      let sum = 0;
      for (let at = 0; at < rest.length; at++) sum += moves[row]![at]! * moves[column]![at]!;
      gram[row * MOTION_INPUTS + column] = sum;
      gram[column * MOTION_INPUTS + row] = sum;
    }
  }
  return gram;
}

/** Summing to 1. */
function vertexWeights(rig: Rig): Float64Array {
  const weights = new Float64Array(rig.vertexCount).fill(1);
  rig.faceRegions.forEach((region, face) => {
    for (const vertex of rig.faces.subarray(face * 3, face * 3 + 3)) weights[vertex] = REGION_WEIGHTS[rig.regionNames[region]!] ?? 1;
  });
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}
