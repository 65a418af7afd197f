import type { Rig } from '../rig/rig.ts';
import { BLENDSHAPE_COUNT } from '../rig/blendshapes.ts';

/** MediaPipe's landmarks: 468 on the skin, then five on each iris (subject's right first). */
export const LANDMARK_COUNT = 478;
export const FIRST_IRIS_LANDMARK = 468;

/** The rig as its 478 landmarks see it: a linear model in identity and expression, rigid with the head. */
export interface LandmarkModel {
  readonly componentCount: number;
  /** On the mean neutral head, metres, [478, 3]. */
  readonly mean: Float64Array;
  /** Displacement per standard deviation, metres, [componentCount, 478, 3]. */
  readonly identity: Float64Array;
  /** Displacement at weight 1, metres, [52, 478, 3]; the eyeballs' turning is not in it. */
  readonly shapes: Float64Array;
  /** Which eye turns a landmark: 0 none, 1 the left, 2 the right, [478]. */
  readonly eyes: Uint8Array;
  /** Centres of the left and right eye on the mean head, [2, 3], and per standard deviation, [componentCount, 2, 3]. */
  readonly eyeCenters: Float64Array;
  readonly eyeCenterComponents: Float64Array;
  /** Confidence in [0, 1], [478]. */
  readonly weights: Float64Array;
  /** Neck and head joints on the mean head, [2, 3], and per standard deviation, [componentCount, 2, 3]. */
  readonly neckAndHead: Float64Array;
  readonly neckAndHeadComponents: Float64Array;
}

/** Upper and lower landmarks of the inner lips that touch when the mouth is closed. */
const INNER_LIPS: readonly (readonly [number, number])[] = [
  [13, 14], [82, 87], [81, 178], [80, 88], [191, 95], [312, 317], [311, 402], [310, 318], [415, 324],
];
/** How far the embedding's inner lips, blurred apart by what they were voted from, are brought together. */
const LIPS_MEET = 0.8;

/** Reduces a rig to its landmarks; a few milliseconds, to be kept as long as the rig. */
export function buildLandmarkModel(rig: Rig): LandmarkModel {
  const { faces, barycentrics, weights } = rig.landmarks;
  const components = rig.identity.componentCount;
  const at = (source: Float32Array, base: number, landmark: number, axis: number): number => {
    let sum = 0;
    for (let corner = 0; corner < 3; corner += 1) {
      const vertex = rig.faces[faces[landmark]! * 3 + corner]!;
      sum += barycentrics[landmark * 3 + corner]! * source[base + vertex * 3 + axis]!;
    }
    return sum;
  };
  const mean = new Float64Array(LANDMARK_COUNT * 3);
  const identity = new Float64Array(components * LANDMARK_COUNT * 3);
  const shapes = new Float64Array(BLENDSHAPE_COUNT * LANDMARK_COUNT * 3);
  for (let landmark = 0; landmark < LANDMARK_COUNT; landmark += 1) {
    for (let axis = 0; axis < 3; axis += 1) {
      mean[landmark * 3 + axis] = at(rig.positions, 0, landmark, axis);
      for (let k = 0; k < components; k += 1) {
        identity[(k * LANDMARK_COUNT + landmark) * 3 + axis] =
          at(rig.identity.components, k * rig.vertexCount * 3, landmark, axis);
      }
    }
  }
  for (const [upper, lower] of INNER_LIPS) {
    for (let axis = 0; axis < 3; axis += 1) {
      const [a, b] = [mean[upper * 3 + axis]!, mean[lower * 3 + axis]!];
      mean[upper * 3 + axis] = a + (LIPS_MEET * (b - a)) / 2;
      mean[lower * 3 + axis] = b + (LIPS_MEET * (a - b)) / 2;
    }
  }
  const dense = new Float32Array(rig.vertexCount * 3);
  for (let shape = 0; shape < BLENDSHAPE_COUNT; shape += 1) {
    dense.fill(0);
    const { vertexIndices, deltas } = rig.blendshapes[shape]!;
    for (let i = 0; i < vertexIndices.length; i += 1) {
      for (let axis = 0; axis < 3; axis += 1) dense[vertexIndices[i]! * 3 + axis] = deltas[i * 3 + axis]!;
    }
    for (let landmark = 0; landmark < LANDMARK_COUNT; landmark += 1) {
      for (let axis = 0; axis < 3; axis += 1) {
        shapes[(shape * LANDMARK_COUNT + landmark) * 3 + axis] = at(dense, 0, landmark, axis);
      }
    }
  }

  const jointIndex = (name: string): number => rig.joints.findIndex((joint) => joint.name === name);
  const pick = (names: readonly string[]): [Float64Array, Float64Array] => {
    const rest = new Float64Array(names.length * 3);
    const perComponent = new Float64Array(components * names.length * 3);
    names.forEach((name, slot) => {
      const joint = jointIndex(name);
      for (let axis = 0; axis < 3; axis += 1) {
        rest[slot * 3 + axis] = rig.joints[joint]!.position[axis]!;
        for (let k = 0; k < components; k += 1) {
          perComponent[(k * names.length + slot) * 3 + axis] =
            rig.identity.jointComponents[(k * rig.joints.length + joint) * 3 + axis]!;
        }
      }
    });
    return [rest, perComponent];
  };
  const [eyeCenters, eyeCenterComponents] = pick(['leftEye', 'rightEye']);
  const [neckAndHead, neckAndHeadComponents] = pick(['neck', 'head']);
  const eyes = new Uint8Array(LANDMARK_COUNT);
  for (let landmark = FIRST_IRIS_LANDMARK; landmark < LANDMARK_COUNT; landmark += 1) {
    eyes[landmark] = mean[landmark * 3]! > 0 ? 1 : 2;
  }
  const confidences = Float64Array.from(weights);
  for (let landmark = FIRST_IRIS_LANDMARK; landmark < LANDMARK_COUNT; landmark += 1) {
    // A rim that does not lie around its iris' middle is no rim.
    const middle = FIRST_IRIS_LANDMARK + (landmark < FIRST_IRIS_LANDMARK + 5 ? 0 : 5);
    if (mean[landmark * 3 + 2]! < mean[middle * 3 + 2]! - 0.01) confidences[landmark] = 0;
  }
  return {
    componentCount: components, mean, identity, shapes, eyes, eyeCenters, eyeCenterComponents,
    weights: confidences, neckAndHead, neckAndHeadComponents,
  };
}

/** The model of one person: identity folded into the mean, none left to fit. */
export function personalModel(model: LandmarkModel, identityCoefficients: ArrayLike<number>): LandmarkModel {
  const fold = (rest: Float64Array, components: Float64Array): Float64Array => {
    const out = Float64Array.from(rest);
    for (let k = 0; k < Math.min(model.componentCount, identityCoefficients.length); k += 1) {
      for (let i = 0; i < rest.length; i += 1) out[i] = out[i]! + identityCoefficients[k]! * components[k * rest.length + i]!;
    }
    return out;
  };
  return {
    ...model, componentCount: 0, identity: new Float64Array(0), eyeCenterComponents: new Float64Array(0), neckAndHeadComponents: new Float64Array(0),
    mean: fold(model.mean, model.identity),
    eyeCenters: fold(model.eyeCenters, model.eyeCenterComponents),
    neckAndHead: fold(model.neckAndHead, model.neckAndHeadComponents),
  };
}
