import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { MakehumanDataError } from './makehumanError.ts';

/** MakeHuman's unit is the decimetre. */
export const METERS_PER_UNIT = 0.1;

/**
 * MakeHuman's base mesh: body, eyes, teeth, tongue, lashes and the invisible helper shapes, metres, y up, z out of the
 * face, +x towards the subject's left. The bare mesh is no person: macro targets (gender, age, …) make it one.
 */
export interface BaseMesh {
  readonly vertexCount: number;
  /** [vertexCount, 3], metres. */
  readonly positions: Float32Array;
  /** Every face is a quad, counter-clockwise seen from outside: vertex indices, [quadCount, 4]. */
  readonly quads: Uint32Array;
  /** Indices into `uvs`, [quadCount, 4]. */
  readonly quadUvs: Uint32Array;
  /** Index into `groupNames`, [quadCount]. */
  readonly quadGroups: Uint8Array;
  /** `body`, `helper-l-eye`, `helper-upper-teeth`, `joint-neck`, … */
  readonly groupNames: readonly string[];
  /** [uvCount, 2], v up. */
  readonly uvs: Float32Array;
  /** Vertices whose mean is the joint's position, by MakeHuman's joint name (`eye.L____head`, `neck01____head`, …). */
  readonly jointVertices: ReadonlyMap<string, readonly number[]>;
  /** Names of the bones that `skinBones` refers to. */
  readonly boneNames: readonly string[];
  /** Four bones a vertex and their weights, [vertexCount, 4]. */
  readonly skinBones: Uint16Array;
  readonly skinWeights: Float32Array;
}

const meshSchema = z.object({
  vertices: z.array(z.number()),
  uvs: z.array(z.array(z.number())).min(1),
  faces: z.array(z.number().int().nonnegative()),
  materials: z.array(z.object({ DbgName: z.string() })).max(256),
  bones: z.array(z.object({ name: z.string() })),
  skinIndices: z.array(z.number().int().nonnegative()),
  skinWeights: z.array(z.number()),
  metadata: z.object({ joint_pos_idxs: z.record(z.string(), z.array(z.number().int().nonnegative())) }),
});

/** The face type bits of three.js' JSON format 3 that the base mesh uses: quad, material, one UV layer. */
const QUAD_WITH_MATERIAL_AND_UV = 1 | 2 | 8;
/** Type, four vertices, material, four UVs. */
const NUMBERS_PER_QUAD = 10;

/** @throws MakehumanDataError when the file is not the base mesh this project knows. */
export function loadBaseMesh(packageFolder: string): BaseMesh {
  const path = join(packageFolder, 'public/data/models/human_full_size.json');
  const mesh = meshSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  if (mesh.faces.length % NUMBERS_PER_QUAD !== 0) {
    throw MakehumanDataError.unexpected('length of faces', `a multiple of ${NUMBERS_PER_QUAD}`, mesh.faces.length);
  }
  const quadCount = mesh.faces.length / NUMBERS_PER_QUAD;
  const vertexCount = mesh.vertices.length / 3;
  const quads = new Uint32Array(quadCount * 4);
  const quadUvs = new Uint32Array(quadCount * 4);
  const quadGroups = new Uint8Array(quadCount);
  for (let quad = 0; quad < quadCount; quad++) {
    const start = quad * NUMBERS_PER_QUAD;
    if (mesh.faces[start] !== QUAD_WITH_MATERIAL_AND_UV) {
      throw MakehumanDataError.unexpected(`type of face ${quad}`, QUAD_WITH_MATERIAL_AND_UV, mesh.faces[start]!);
    }
    for (let corner = 0; corner < 4; corner++) {
      quads[quad * 4 + corner] = mesh.faces[start + 1 + corner]!;
      quadUvs[quad * 4 + corner] = mesh.faces[start + 6 + corner]!;
    }
    quadGroups[quad] = mesh.faces[start + 5]!;
  }
  return {
    vertexCount,
    positions: Float32Array.from(mesh.vertices, (value) => value * METERS_PER_UNIT),
    quads,
    quadUvs,
    quadGroups,
    groupNames: mesh.materials.map((material) => material.DbgName),
    uvs: Float32Array.from(mesh.uvs[0]!),
    jointVertices: new Map(Object.entries(mesh.metadata.joint_pos_idxs)),
    boneNames: mesh.bones.map(({ name }) => name),
    skinBones: Uint16Array.from(mesh.skinIndices),
    skinWeights: Float32Array.from(mesh.skinWeights),
  };
}

/** Mean of the joint's vertices in `positions`, metres. */
export function jointPosition(base: BaseMesh, positions: Float32Array, joint: string): [number, number, number] {
  const vertices = base.jointVertices.get(joint);
  if (vertices === undefined || vertices.length === 0) throw MakehumanDataError.unexpected('joint', joint, 'none');
  const sum: [number, number, number] = [0, 0, 0];
  for (const vertex of vertices) for (let axis = 0; axis < 3; axis++) sum[axis]! += positions[vertex * 3 + axis]!;
  return [sum[0] / vertices.length, sum[1] / vertices.length, sum[2] / vertices.length];
}
