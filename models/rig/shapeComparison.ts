import type { Rig } from '../../shared/rig/rig.ts';
import type { IctReference } from './ictReference.ts';
import { SKIN_LANDMARK_COUNT } from './landmarkEmbedding.ts';

export interface ShapeRow {
  readonly shape: string;
  /** Landmarks that the reference moves. */
  readonly landmarks: number;
  /** Between the two stacked displacement vectors of those landmarks. */
  readonly cosine: number;
  /** Our length over the reference's. */
  readonly lengthRatio: number;
  /** Largest displacement of a landmark, millimetres: the reference's and ours. */
  readonly referenceMillimeters: number;
  readonly ownMillimeters: number;
}

/** Landmarks that move less than this share of the shape's largest movement do not count as moved. */
const MOVED_SHARE = 0.15;
/** A reference shape that moves no landmark farther than this is not compared, metres. */
const LEAST_MOVEMENT = 0.0003;

/** Displacement of the mesh landmarks by one blendshape at weight 1, [468, 3]. */
export function landmarkDisplacements(rig: Rig, shape: number): Float32Array {
  const dense = new Float32Array(rig.vertexCount * 3);
  const { vertexIndices, deltas } = rig.blendshapes[shape]!;
  vertexIndices.forEach((vertex, row) => { dense.set(deltas.subarray(row * 3, row * 3 + 3), vertex * 3); });
  return atLandmarks(rig, dense);
}

/** A vertex attribute at the mesh landmarks, [468, 3]. */
export function atLandmarks(rig: Rig, values: Float32Array): Float32Array {
  const out = new Float32Array(SKIN_LANDMARK_COUNT * 3);
  for (let landmark = 0; landmark < SKIN_LANDMARK_COUNT; landmark++) {
    for (let corner = 0; corner < 3; corner++) {
      const vertex = rig.faces[rig.landmarks.faces[landmark]! * 3 + corner]!;
      for (let axis = 0; axis < 3; axis++) {
        out[landmark * 3 + axis]! += rig.landmarks.barycentrics[landmark * 3 + corner]! * values[vertex * 3 + axis]!;
      }
    }
  }
  return out;
}

export function compareShapes(rig: Rig, reference: IctReference): ShapeRow[] {
  return rig.blendshapes.flatMap(({ name }, shape): ShapeRow[] => {
    const theirs = reference.shapes.get(name);
    if (theirs === undefined) return [];
    const ours = landmarkDisplacements(rig, shape);
    const length = (field: Float32Array, landmark: number): number =>
      Math.hypot(field[landmark * 3]!, field[landmark * 3 + 1]!, field[landmark * 3 + 2]!);
    const counted = Array.from({ length: SKIN_LANDMARK_COUNT }, (_, landmark) => landmark)
      .filter((landmark) => reference.usable[landmark]! && rig.landmarks.weights[landmark]! > 0.25);
    const largest = Math.max(...counted.map((landmark) => length(theirs, landmark)));
    if (largest < LEAST_MOVEMENT) return [];
    const moved = counted.filter((landmark) => length(theirs, landmark) > MOVED_SHARE * largest);
    let product = 0, ownSquare = 0, theirSquare = 0;
    for (const landmark of moved) {
      for (let i = landmark * 3; i < landmark * 3 + 3; i++) {
        product += ours[i]! * theirs[i]!;
        ownSquare += ours[i]! ** 2;
        theirSquare += theirs[i]! ** 2;
      }
    }
    return [{
      shape: name, landmarks: moved.length,
      cosine: ownSquare === 0 ? 0 : product / Math.sqrt(ownSquare * theirSquare), lengthRatio: Math.sqrt(ownSquare / theirSquare),
      referenceMillimeters: 1000 * largest, ownMillimeters: 1000 * Math.max(...moved.map((landmark) => length(ours, landmark))),
    }];
  });
}
