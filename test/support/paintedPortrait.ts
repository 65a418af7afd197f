import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fitPerceivedPortrait } from '../../server/perception/analyse.ts';
import type { AnalysedPortrait } from '../../server/perception/analysedPortrait.ts';
import { projectFolder } from '../../server/setup/paths.mjs';
import { buildLandmarkModel } from '../../shared/fit/landmarkModel.ts';
import { fromRotationVector } from '../../shared/fit/rotation.ts';
import { SeededRandom } from '../../shared/math/seededRandom.ts';
import { BLENDSHAPE_COUNT, BLENDSHAPE_NAMES } from '../../shared/rig/blendshapes.ts';
import type { BlendshapeName } from '../../shared/rig/blendshapes.ts';
import type { RegionName, Rig } from '../../shared/rig/rig.ts';
import { decodeRig } from '../../shared/rig/rigBinary.ts';
import { neutralHead, poseVertices } from '../../shared/rig/skinning.ts';

let shared: Rig | undefined;

/** The committed rig, read once. */
export function committedRig(): Rig {
  shared ??= decodeRig(readFileSync(join(projectFolder, 'models', 'rig', 'head.rig')));
  return shared;
}

/** Colours of a painted person by region; the shell is hair above the shoulders and cloth below. */
export const PAINT = { skin: [205, 150, 125], lips: [170, 80, 85], hair: [60, 40, 30], clothes: [40, 70, 120], eye: [225, 220, 215], backdrop: [150, 160, 165] } as const;

const SIZE = 256;

/**
 * A portrait whose truth is known: a random head of the rig, drawn region by region in flat colours, with its exact
 * landmarks and matte, analysed as the server does.
 */
export function paintedPortrait(options: { seed: number; yaw?: number; weights?: Partial<Record<BlendshapeName, number>> }): AnalysedPortrait {
  const rig = committedRig();
  const random = new SeededRandom(options.seed);
  const identity = Float32Array.from({ length: rig.identity.componentCount }, (_, k) => (k < 10 ? 0.7 * random.normal() : 0));
  const weights = new Float32Array(BLENDSHAPE_COUNT);
  for (const [name, weight] of Object.entries(options.weights ?? {})) weights[BLENDSHAPE_NAMES.indexOf(name as BlendshapeName)] = weight;
  const posed = new Float32Array(rig.vertexCount * 3);
  poseVertices(rig, neutralHead(rig, identity), {
    blendshapeWeights: weights, headRotation: fromRotationVector([0, options.yaw ?? 0, 0]), headPositionMeters: [0, 0, 0],
  }, posed);
  const focal = 1.8 * SIZE;
  const translation = [0, 0.03, -0.85] as const;
  const project = (x: number, y: number, z: number): [number, number, number] => {
    const depth = -(z + translation[2]);
    return [SIZE / 2 + (focal * (x + translation[0])) / depth, SIZE / 2 - (focal * (y + translation[1])) / depth, depth];
  };
  const data = new Uint8Array(SIZE * SIZE * 3);
  for (let i = 0; i < SIZE * SIZE; i++) data.set(PAINT.backdrop, i * 3);
  const matte = new Uint8Array(SIZE * SIZE);
  const depths = new Float32Array(SIZE * SIZE).fill(Infinity);
  for (let face = 0; face < rig.faceCount; face++) {
    const region = rig.regionNames[rig.faceRegions[face]!]!;
    const corners = [0, 1, 2].map((c) => [...posed.subarray(rig.faces[face * 3 + c]! * 3, rig.faces[face * 3 + c]! * 3 + 3)] as [number, number, number]);
    const color = colorOf(region, corners[0]!);
    if (color === undefined) continue;
    fill(corners.map(([x, y, z]) => project(x, y, z)), (pixel, depth) => {
      if (depth >= depths[pixel]!) return;
      depths[pixel] = depth;
      matte[pixel] = 255;
      data.set(color, pixel * 3);
    });
  }
  const landmarks = new Float32Array(478 * 3);
  for (let i = 0; i < 478; i++) {
    const at = [0, 0, 0];
    for (let c = 0; c < 3; c++) {
      const vertex = rig.faces[rig.landmarks.faces[i]! * 3 + c]! * 3;
      for (let k = 0; k < 3; k++) at[k]! += rig.landmarks.barycentrics[i * 3 + c]! * posed[vertex + k]!;
    }
    const [x, y, depth] = project(at[0]!, at[1]!, at[2]!);
    landmarks.set([x, y, ((depth + translation[2]) * focal) / 0.85], i * 3);
  }
  return fitPerceivedPortrait({
    image: { width: SIZE, height: SIZE, data }, matte, landmarks, stageMilliseconds: {},
    crop: { x: 0, y: 0, scale: 1, originalWidth: SIZE, originalHeight: SIZE },
  }, buildLandmarkModel(rig));
}

/** Undefined for what is not drawn: the front of the shell, which would hide the face. */
function colorOf(region: RegionName, at: readonly [number, number, number]): readonly number[] | undefined {
  if (region === 'shell') return at[1] < -0.17 ? PAINT.clothes : at[2] > -0.03 || at[1] < -0.02 ? undefined : PAINT.hair;
  if (region === 'scalp') return PAINT.hair;
  if (region === 'bust') return PAINT.clothes;
  if (region.endsWith('Lip')) return PAINT.lips;
  if (region.endsWith('Eyeball')) return PAINT.eye;
  return PAINT.skin;
}

function fill(p: readonly (readonly [number, number, number])[], write: (pixel: number, depth: number) => void): void {
  const [a, b, c] = [p[0]!, p[1]!, p[2]!];
  const area = (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1]);
  if (area === 0) return;
  const left = Math.max(0, Math.floor(Math.min(a[0], b[0], c[0])));
  const right = Math.min(SIZE - 1, Math.ceil(Math.max(a[0], b[0], c[0])));
  const top = Math.max(0, Math.floor(Math.min(a[1], b[1], c[1])));
  const bottom = Math.min(SIZE - 1, Math.ceil(Math.max(a[1], b[1], c[1])));
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      const u = ((x + 0.5 - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (y + 0.5 - a[1])) / area;
      const v = ((b[0] - a[0]) * (y + 0.5 - a[1]) - (x + 0.5 - a[0]) * (b[1] - a[1])) / area;
      if (u < 0 || v < 0 || u + v > 1) continue;
      write(y * SIZE + x, a[2] + u * (b[2] - a[2]) + v * (c[2] - a[2]));
    }
  }
}
