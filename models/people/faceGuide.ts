import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Vector3 } from './camera.ts';

const schema = z.object({ landmarks: z.array(z.object({
  vertices: z.tuple([z.number(), z.number(), z.number()]), barycentric: z.tuple([z.number(), z.number(), z.number()]),
})).length(478) });

const { landmarks } = schema.parse(JSON.parse(readFileSync(new URL('../rig/landmarks.json', import.meta.url), 'utf8')));

/** Where one of MediaPipe's landmarks lies on a set of base mesh positions, metres. */
export function facePoint(positions: Float32Array, index: number): Vector3 {
  const { vertices, barycentric } = landmarks[index]!;
  const out: [number, number, number] = [0, 0, 0];
  vertices.forEach((v, corner) => { for (let k = 0; k < 3; k++) out[k]! += barycentric[corner]! * positions[v * 3 + k]!; });
  return out;
}
