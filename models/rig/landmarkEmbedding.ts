import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { LANDMARK_COUNT } from '../../shared/rig/rigBinary.ts';
import type { LandmarkEmbedding } from '../../shared/rig/rig.ts';
import type { EyeballPart } from './eyeballPart.ts';
import { IRIS_DEGREES } from './eyeballPart.ts';
import { closestPoint } from './closestPoint.ts';
import type { HeadTemplate } from './headTemplate.ts';

/** MediaPipe's mesh landmarks; the ten after them are the irises. */
export const SKIN_LANDMARK_COUNT = 468;

/**
 * Where the 468 mesh landmarks lie on MakeHuman's base mesh: three vertices, their weights, and a confidence in [0, 1].
 * Made by rendering many textured heads and detecting the landmarks on them.
 */
const landmarksSchema = z.object({
  landmarks: z.array(z.object({
    index: z.number().int().nonnegative(),
    vertices: z.tuple([z.number().int().nonnegative(), z.number().int().nonnegative(), z.number().int().nonnegative()]),
    barycentric: z.tuple([z.number(), z.number(), z.number()]),
    weight: z.number().min(0).max(1),
  })),
});
export type BaseLandmarks = z.infer<typeof landmarksSchema>['landmarks'];

/** The mesh landmarks in MediaPipe's order; those of the irises are left out: the rig's own eyeballs give them. */
export function loadBaseLandmarks(path: string): BaseLandmarks {
  const { landmarks } = landmarksSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  const mesh = landmarks.filter(({ index }) => index < SKIN_LANDMARK_COUNT).sort((a, b) => a.index - b.index);
  if (mesh.length !== SKIN_LANDMARK_COUNT || mesh.some(({ index }, place) => index !== place)) {
    throw new Error(`${path}: expected each of the landmarks 0 to ${SKIN_LANDMARK_COUNT - 1} once, got ${mesh.length}`);
  }
  return mesh;
}

/** Positions of the mesh landmarks on a shaped base mesh, relative to `origin`, [468, 3]. */
export function landmarkPositions(landmarks: BaseLandmarks, mesh: Float32Array, origin: readonly number[]): Float32Array {
  return Float32Array.from(landmarks.flatMap(({ vertices: [a, b, c], barycentric: [u, v, w] }) => [0, 1, 2].map((axis) =>
    u * mesh[a * 3 + axis]! + v * mesh[b * 3 + axis]! + w * mesh[c * 3 + axis]! - origin[axis]!)));
}

/** Puts the landmarks on the rig's visible skin faces and on the irises. */
export function embedLandmarks(
  template: HeadTemplate, rest: Float32Array, positions: Float32Array, confidences: readonly number[],
): LandmarkEmbedding {
  const faces = new Uint32Array(LANDMARK_COUNT);
  const barycentrics = new Float32Array(LANDMARK_COUNT * 3);
  const weights = new Float32Array(LANDMARK_COUNT);
  const visible = Array.from(template.bodyFacePixels.keys()).filter((face) => template.bodyFacePixels[face]! > 0);
  for (let landmark = 0; landmark < SKIN_LANDMARK_COUNT; landmark++) {
    const point = positions.subarray(landmark * 3, landmark * 3 + 3);
    const hit = closestPoint(point, rest, template.faces, visible);
    faces[landmark] = hit.face;
    barycentrics.set(hit.barycentric, landmark * 3);
    weights[landmark] = confidences[landmark]!;
  }
  // MediaPipe's order: the subject's right iris, then the left: centre, then towards image right, top, image left, bottom.
  for (const [index, name] of (['rightEyeball', 'leftEyeball'] as const).entries()) {
    const placed = template.parts.find(({ part }) => part.name === name)!;
    const { part } = placed;
    const eye = part as EyeballPart;
    const radius = (0.5 * IRIS_DEGREES) / 180;
    const targets: [number, number][] = [[0, 0], [radius, 0], [0, radius], [-radius, 0], [0, -radius]];
    targets.forEach(([dx, dy], point) => {
      const landmark = SKIN_LANDMARK_COUNT + index * 5 + point;
      const hit = faceAtUv(eye, 0.5 + dx, 0.5 + dy);
      faces[landmark] = placed.firstFace + hit.face;
      barycentrics.set(hit.barycentric, landmark * 3);
      weights[landmark] = 1;
    });
  }
  return { faces, barycentrics, weights };
}

/** The eyeball's face under a texture coordinate. */
function faceAtUv(eye: EyeballPart, u: number, v: number): { face: number; barycentric: [number, number, number] } {
  let best = { face: 0, barycentric: [1, 0, 0] as [number, number, number], least: -Infinity };
  for (let face = 0; face < eye.faces.length / 3; face++) {
    const [a, b, c] = eye.faces.subarray(face * 3, face * 3 + 3) as unknown as [number, number, number];
    const ax = eye.uvs[a * 2]!, ay = eye.uvs[a * 2 + 1]!;
    const bx = eye.uvs[b * 2]! - ax, by = eye.uvs[b * 2 + 1]! - ay, cx = eye.uvs[c * 2]! - ax, cy = eye.uvs[c * 2 + 1]! - ay;
    const area = bx * cy - by * cx;
    if (Math.abs(area) < 1e-12) continue;
    const second = ((u - ax) * cy - (v - ay) * cx) / area;
    const third = (bx * (v - ay) - by * (u - ax)) / area;
    const least = Math.min(second, third, 1 - second - third);
    if (least > best.least) best = { face, barycentric: [1 - second - third, second, third], least };
  }
  const clamped = best.barycentric.map((weight) => Math.max(0, weight));
  const sum = clamped[0]! + clamped[1]! + clamped[2]!;
  return { face: best.face, barycentric: [clamped[0]! / sum, clamped[1]! / sum, clamped[2]! / sum] };
}
