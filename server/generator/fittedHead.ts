import { BLENDSHAPE_COUNT, BLENDSHAPE_NAMES } from '../../shared/rig/blendshapes.ts';
import { neutralHead, poseVertices, type NeutralHead } from '../../shared/rig/skinning.ts';
import type { RegionName, Rig } from '../../shared/rig/rig.ts';
import { FaceFrames } from '../../shared/splat/splatFrame.ts';
import type { AnalysedPortrait } from '../perception/analysedPortrait.ts';
import { FittedView } from './fittedView.ts';

/** The rig as the portrait has it: identity, expression, pose and camera. Positions are rig space, metres. */
export interface FittedHead {
  readonly rig: Rig;
  readonly neutral: NeutralHead;
  /** Vertices in the portrait's expression and head rotation, [vertexCount, 3]. */
  readonly posed: Float32Array;
  /** Frames at the posed vertices. */
  readonly frames: FaceFrames;
  /** Frames with both eyes closed and the rest neutral: where lids are unfolded. */
  readonly closedEyes: FaceFrames;
  readonly view: FittedView;
}

export function placeFittedHead(rig: Rig, portrait: Pick<AnalysedPortrait, 'fit' | 'image'>): FittedHead {
  const neutral = neutralHead(rig, portrait.fit.identityCoefficients);
  const posed = new Float32Array(rig.vertexCount * 3);
  poseVertices(rig, neutral, {
    blendshapeWeights: portrait.fit.blendshapeWeights, headRotation: portrait.fit.headRotation, headPositionMeters: [0, 0, 0],
  }, posed);
  const frames = new FaceFrames(rig, neutral.positions);
  frames.update(posed);
  const closed = new Float32Array(rig.vertexCount * 3);
  const blink = new Float32Array(BLENDSHAPE_COUNT);
  blink[BLENDSHAPE_NAMES.indexOf('eyeBlinkLeft')] = 1;
  blink[BLENDSHAPE_NAMES.indexOf('eyeBlinkRight')] = 1;
  poseVertices(rig, neutral, { blendshapeWeights: blink, headRotation: [0, 0, 0, 1], headPositionMeters: [0, 0, 0] }, closed);
  const closedEyes = new FaceFrames(rig, neutral.positions);
  closedEyes.update(closed);
  return { rig, neutral, posed, frames, closedEyes, view: new FittedView(portrait) };
}

export function regionOf(rig: Rig, face: number): RegionName {
  return rig.regionNames[rig.faceRegions[face]!]!;
}

/** A landmark's place on a set of the rig's vertices. */
export function landmarkOn(rig: Rig, positions: Float32Array, landmark: number): [number, number, number] {
  const face = rig.landmarks.faces[landmark]!;
  const p: [number, number, number] = [0, 0, 0];
  for (let corner = 0; corner < 3; corner += 1) {
    const vertex = rig.faces[face * 3 + corner]!;
    const weight = rig.landmarks.barycentrics[landmark * 3 + corner]!;
    for (let axis = 0; axis < 3; axis += 1) p[axis] = p[axis]! + weight * positions[vertex * 3 + axis]!;
  }
  return p;
}

export function isLid(region: RegionName): boolean {
  return region.endsWith('Lid');
}
