import { Vector2, Vector3 } from 'three';
import type { Rig } from '../../../shared/rig/rig.ts';

/** Where a rig has its eyeballs, as the projection's uniforms want it. */
export interface Eyeballs {
  /** Their first face, the first of the second eye, the last: they are one run of faces. No run where a rig has none. */
  readonly faces: Vector3;
  /** The vertex at the middle of each pupil, in the order of the faces; its normal is the gaze. */
  readonly pupils: Vector2;
}

const NONE = (): Eyeballs => ({ faces: new Vector3(1, 1, 0), pupils: new Vector2(0, 0) });

export function findEyeballs(rig: Rig): Eyeballs {
  const eyes = ['leftEyeball', 'rightEyeball'].map((name) => rig.regionNames.findIndex((region) => region === name));
  const faces: number[] = [];
  for (let face = 0; face < rig.faceCount; face++) if (eyes.includes(rig.faceRegions[face])) faces.push(face);
  const first = faces[0];
  const last = faces.at(-1);
  if (first === undefined || last === undefined || last - first + 1 !== faces.length) return NONE();
  const second = faces.find((face) => rig.faceRegions[face] !== rig.faceRegions[first]) ?? last + 1;
  if (faces.some((face) => (rig.faceRegions[face] === rig.faceRegions[first]) !== (face < second))) return NONE();
  return {
    faces: new Vector3(first, second, last),
    pupils: new Vector2(pupilOf(rig, first, second), second > last ? 0 : pupilOf(rig, second, last + 1)),
  };
}

/** An eyeball's texture has the pupil in its middle. */
function pupilOf(rig: Rig, begin: number, end: number): number {
  let pupil = 0;
  let least = Infinity;
  for (const vertex of rig.faces.subarray(begin * 3, end * 3)) {
    const distance = Math.hypot(rig.uvs[vertex * 2] - 0.5, rig.uvs[vertex * 2 + 1] - 0.5);
    if (distance < least) { least = distance; pupil = vertex; }
  }
  return pupil;
}
