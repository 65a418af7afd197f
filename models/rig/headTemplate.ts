import { jointPosition } from '../makehuman/baseMesh.ts';
import { ETHNICITIES } from '../makehuman/macro.ts';
import type { MakehumanSource } from '../makehuman/randomHead.ts';
import { addTarget } from '../makehuman/targetLibrary.ts';
import { armsDown } from './armPose.ts';
import type { CopiedPart } from './bodyPart.ts';
import { BUST_BOTTOM, bodyPart, copyPart } from './bodyPart.ts';
import type { EyeballPart } from './eyeballPart.ts';
import { eyeballPart } from './eyeballPart.ts';
import type { Carriers } from './followerPart.ts';
import { followerPart } from './followerPart.ts';
import type { RigPart } from './rigPart.ts';
import { wrapShell } from './shellPart.ts';
import { teethMesh } from './teethPart.ts';
import { visiblePixels } from './visibility.ts';

/** The rig's mesh before it has regions, shapes and an identity basis: all parts one after another. */
export interface HeadTemplate {
  readonly parts: readonly { readonly part: RigPart; readonly start: number; readonly firstFace: number }[];
  readonly vertexCount: number;
  readonly faces: Uint32Array;
  readonly uvs: Float32Array;
  readonly body: CopiedPart;
  readonly leftEye: EyeballPart;
  readonly rightEye: EyeballPart;
  /** Vertices for a shaped MakeHuman mesh, relative to the midpoint of its eyes, [vertexCount, 3]. */
  shape(source: Float32Array): Float32Array;
  /** Root, neck, head, jaw, leftEye, rightEye in the same frame, [6, 3]. */
  joints(source: Float32Array): Float32Array;
  /** Largest number of pixels that a view from outside shows of a body face; 0 inside, [body faces]. */
  readonly bodyFacePixels: Uint32Array;
  /** How much a body vertex belongs to an ear, in [0, 1], [body vertices]. */
  readonly earness: Float32Array;
}

/** Metres over which the shell and the teeth average the movement of what carries them. */
const SHELL_BLEND = 0.025;
const TEETH_BLEND = 0.008;
/** From this `earness` on the shell passes over the ear. */
const EAR_SHARE = 0.3;
/** MakeHuman's lips rest a hair apart; a little less than nothing of the unit that parts them closes them. */
const LIP_SEAL = { unit: 'mouth-parling', weight: -0.16 } as const;
const EAR_TARGETS = ['ear-size-big', 'ear-flap-out', 'ear-rot-forward'];

/** @param mean the MakeHuman mesh of the mean head, symmetric. */
export function buildHeadTemplate(source: MakehumanSource, meanArmsOut: Float32Array): HeadTemplate {
  const { base } = source;
  const lowerArms = armsDown(base);
  const pose = (shaped: Float32Array): Float32Array => {
    const out = lowerArms(shaped);
    for (const ethnicity of ETHNICITIES) addTarget(out, source.library.get(`expression/units/${ethnicity}/${LIP_SEAL.unit}`), LIP_SEAL.weight / ETHNICITIES.length);
    return out;
  };
  const mean = pose(meanArmsOut);
  const leftEye = eyeballPart('left', base, mean);
  const rightEye = eyeballPart('right', base, mean);
  const origin = eyeMidpoint(leftEye, rightEye, mean);
  const body = bodyPart(base, mean, origin);
  const bodyPositions = new Float32Array(body.vertexCount * 3);
  body.shape(mean, bodyPositions, 0);
  for (let i = 0; i < bodyPositions.length; i++) bodyPositions[i] = bodyPositions[i]! - origin[i % 3]!;
  const earness = measureEars(source, body);
  const bodyFacePixels = pixelsWithEyes(bodyPositions, body.faces, leftEye, rightEye, mean, origin);
  const outside = new Uint8Array(body.vertexCount);
  const wrapped: number[] = [];
  for (let face = 0; face < body.faces.length / 3; face++) {
    const corners = body.faces.subarray(face * 3, face * 3 + 3);
    if (bodyFacePixels[face]! < 2) continue;
    for (const vertex of corners) outside[vertex] = 1;
    if (corners.every((vertex) => earness[vertex]! < EAR_SHARE)) wrapped.push(...corners);
  }
  const skin = Array.from({ length: body.vertexCount }, (_, vertex) => vertex).filter((vertex) => outside[vertex] === 1 && earness[vertex]! < EAR_SHARE);
  const shell = followerPart('shell', wrapShell({ positions: bodyPositions, faces: Uint32Array.from(wrapped), bottom: BUST_BOTTOM }), origin, {
    baseVertices: skin.map((vertex) => body.baseVertices[vertex]!),
    positions: Float32Array.from(skin.flatMap((vertex) => [0, 1, 2].map((axis) => mean[body.baseVertices[vertex]! * 3 + axis]! - origin[axis]!))),
  }, SHELL_BLEND);
  const all: RigPart[] = [
    body, leftEye, rightEye,
    followerPart('upperTeeth', teethMesh('upper'), origin, groupCarriers(source, mean, 'helper-upper-teeth', origin), TEETH_BLEND),
    followerPart('lowerTeeth', teethMesh('lower'), origin, groupCarriers(source, mean, 'helper-lower-teeth', origin), TEETH_BLEND),
    copyPart('tongue', base, mean, 'helper-tongue'), shell,
  ];
  let vertexCount = 0;
  const faces: number[] = [];
  const uvs: number[] = [];
  const parts = all.map((part) => {
    const placed = { part, start: vertexCount, firstFace: faces.length / 3 };
    for (const vertex of part.faces) faces.push(vertex + vertexCount);
    uvs.push(...part.uvs);
    vertexCount += part.vertexCount;
    return placed;
  });
  return {
    parts, vertexCount, faces: Uint32Array.from(faces), uvs: Float32Array.from(uvs), body, leftEye, rightEye,
    bodyFacePixels, earness,
    shape(armsOut) {
      const shaped = pose(armsOut);
      const out = new Float32Array(vertexCount * 3);
      for (const { part, start } of parts) part.shape(shaped, out, start);
      const middle = eyeMidpoint(leftEye, rightEye, shaped);
      for (let i = 0; i < out.length; i++) out[i] = out[i]! - middle[i % 3]!;
      return out;
    },
    joints(shaped) {
      const middle = eyeMidpoint(leftEye, rightEye, shaped);
      const neck = jointPosition(base, shaped, 'neck01____head');
      const places = [neck, neck, jointPosition(base, shaped, 'head____head'), jointPosition(base, shaped, 'jaw____head'),
        leftEye.sphere(shaped).center, rightEye.sphere(shaped).center];
      return Float32Array.from(places.flatMap((place) => place.map((value, axis) => value - middle[axis]!)));
    },
  };
}

function eyeMidpoint(left: EyeballPart, right: EyeballPart, source: Float32Array): [number, number, number] {
  const a = left.sphere(source).center, b = right.sphere(source).center;
  return [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2, (a[2] + b[2]) / 2];
}

function groupCarriers(source: MakehumanSource, mean: Float32Array, group: string, origin: readonly number[]): Carriers {
  const { baseVertices } = copyPart('tongue', source.base, mean, group);
  return { baseVertices, positions: Float32Array.from(Array.from(baseVertices).flatMap((vertex) =>
    [0, 1, 2].map((axis) => mean[vertex * 3 + axis]! - origin[axis]!))) };
}

function measureEars(source: MakehumanSource, body: CopiedPart): Float32Array {
  const earness = new Float32Array(body.vertexCount);
  for (const side of ['l', 'r']) {
    for (const name of EAR_TARGETS) {
      const displaced = new Float32Array(source.base.vertexCount * 3);
      addTarget(displaced, source.library.get(`ears/${side}-${name}`), 1);
      const lengths = Array.from(body.baseVertices, (vertex) =>
        Math.hypot(displaced[vertex * 3]!, displaced[vertex * 3 + 1]!, displaced[vertex * 3 + 2]!));
      const largest = Math.max(...lengths);
      lengths.forEach((length, vertex) => { earness[vertex] = Math.max(earness[vertex]!, length / largest); });
    }
  }
  return earness;
}

function pixelsWithEyes(
  bodyPositions: Float32Array, bodyFaces: Uint32Array, left: EyeballPart, right: EyeballPart, mean: Float32Array,
  origin: readonly [number, number, number],
): Uint32Array {
  const bodyVertices = bodyPositions.length / 3;
  const positions = new Float32Array((bodyVertices + left.vertexCount + right.vertexCount) * 3);
  left.shape(mean, positions, bodyVertices);
  right.shape(mean, positions, bodyVertices + left.vertexCount);
  for (let i = bodyPositions.length; i < positions.length; i++) positions[i] = positions[i]! - origin[i % 3]!;
  positions.set(bodyPositions);
  const faces = [...bodyFaces, ...Array.from(left.faces, (v) => v + bodyVertices),
    ...Array.from(right.faces, (v) => v + bodyVertices + left.vertexCount)];
  return visiblePixels(positions, Uint32Array.from(faces)).slice(0, bodyFaces.length / 3);
}
