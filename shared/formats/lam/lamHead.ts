import { unzipSync } from 'fflate';
import { z } from 'zod';
import { parseWith } from '../../protocol/parse.ts';
import { BLENDSHAPE_NAMES, type BlendshapeName } from '../../rig/blendshapes.ts';
import { AccessorReader, accessorsSchema } from '../gltf/gltfAccessors.ts';
import { splitGlb } from '../gltf/glbContainer.ts';
import { readPlyTable } from '../ply/plyTable.ts';
import { readSplats } from '../ply/plyReader.ts';
import type { RestSplats } from '../restSplats.ts';
import { SplatFileError } from '../splatFileError.ts';
import { meshParts } from './meshParts.ts';

/** Unpacked, no file of LAM's is anywhere near as large. */
const MAX_UNPACKED_BYTES = 67_108_864;

/** Of the mesh; LAM has 51. */
const MAX_TARGETS = 256;

/** Which eyeball a vertex belongs to; left is the subject's. */
export const NO_EYE = 0;
export const LEFT_EYE = 1;
export const RIGHT_EYE = 2;

/** A head of LAM (github.com/aigc3d/LAM) as its web export has it, in the space of its mesh: metres, y up, z out of the face, x to the subject's left. */
export interface LamHead {
  readonly vertexCount: number;
  /** Neutral, [vertexCount, 3]. */
  readonly positions: Float32Array;
  /** [faceCount, 3] */
  readonly faces: Uint32Array;
  /** `NO_EYE`, `LEFT_EYE` or `RIGHT_EYE`, [vertexCount]. */
  readonly eyes: Uint8Array;
  /** Displacements at weight 1, [vertexCount, 3], of the shapes that ARKit knows too. */
  readonly shapes: ReadonlyMap<BlendshapeName, Float32Array>;
  /** Splat k rides on vertex k; its centre is given here, offset and vertex together. */
  readonly splats: RestSplats;
}

const index = z.number().int().min(0);
const skinSchema = accessorsSchema.extend({
  meshes: z.array(z.object({
    extras: z.object({ targetNames: z.array(z.string()) }),
    primitives: z.array(z.object({
      attributes: z.object({ POSITION: index }), indices: index, targets: z.array(z.object({ POSITION: index })).max(MAX_TARGETS),
    })).length(1),
  })).length(1),
});

/**
 * Reads LAM's avatar zip: `skin.glb`, the mesh with its ARKit shapes, and `offset.ply`, a splat for each of its vertices, whose
 * centres are offsets from them and whose colours are plain RGB where other files have coefficients. The skeleton moves nothing
 * but the whole head, and animations are LAM's own: both are left out.
 * @throws SplatFileError
 */
export function readLamHead(bytes: Uint8Array): LamHead {
  const files = unpack(bytes);
  const { json, binary } = splitGlb(files.skin, 'LAM');
  const gltf = parseWith(skinSchema, json, 'LAM file: skin.glb', 'AVATAR_INVALID');
  const [{ extras: { targetNames }, primitives: [{ attributes, indices, targets }] }] = gltf.meshes;
  const accessors = new AccessorReader('LAM', gltf, binary);
  const positions = Float32Array.from(accessors.read('POSITION', attributes.POSITION, 3));
  const vertexCount = positions.length / 3;
  const faces = Uint32Array.from(accessors.read('indices', indices, 1));
  if (faces.length % 3 !== 0) throw SplatFileError.badField('LAM', 'indices', 'three a face', faces.length);
  for (const vertex of faces) if (vertex >= vertexCount) throw SplatFileError.badField('LAM', 'indices', `below ${vertexCount}`, vertex);

  const table = readPlyTable(files.offsets);
  if (table.count !== vertexCount) throw SplatFileError.badField('LAM', 'splats of offset.ply', `${vertexCount}, one a vertex`, table.count);
  const splats = readSplats(table, undefined, (value) => value);
  for (let k = 0; k < positions.length; k++) splats.centers[k] += positions[k];

  const shapes = new Map<BlendshapeName, Float32Array>();
  targets.forEach((target, k) => {
    const name = BLENDSHAPE_NAMES.find((known) => known === targetNames[k]);
    if (name === undefined || shapes.has(name)) return;
    const deltas = Float32Array.from(accessors.read(name, target.POSITION, 3));
    if (deltas.length !== positions.length) throw SplatFileError.badField('LAM', name, `${vertexCount} vertices`, deltas.length / 3);
    shapes.set(name, deltas);
  });
  return { vertexCount, positions, faces, eyes: findEyes(positions, faces), shapes, splats };
}

function unpack(bytes: Uint8Array): { readonly skin: Uint8Array; readonly offsets: Uint8Array } {
  let total = 0;
  const wanted = (name: string, file: string): boolean => !name.startsWith('__MACOSX/') && (name === file || name.endsWith(`/${file}`));
  let entries: Record<string, Uint8Array>;
  try {
    entries = unzipSync(bytes, {
      filter: ({ name, originalSize }) => {
        if (!wanted(name, 'skin.glb') && !wanted(name, 'offset.ply')) return false;
        total += originalSize;
        if (total > MAX_UNPACKED_BYTES) throw SplatFileError.badField('LAM', 'unpacked length', `at most ${MAX_UNPACKED_BYTES} bytes`, total);
        return true;
      },
    });
  } catch (error) {
    if (error instanceof SplatFileError) throw error;
    throw new SplatFileError('LAM', 'zip', 'cannot be unpacked', error);
  }
  const find = (file: string): Uint8Array => {
    const found = Object.keys(entries).find((name) => wanted(name, file));
    if (found === undefined) throw SplatFileError.badField('LAM', 'zip', `a file ${file}`, 'none');
    return entries[found];
  };
  return { skin: find('skin.glb'), offsets: find('offset.ply') };
}

/** The eyeballs are parts of the mesh by themselves: the largest on either side, after the head. */
function findEyes(positions: Float32Array, faces: Uint32Array): Uint8Array {
  const parts = meshParts(positions.length / 3, faces).sort((a, b) => b.length - a.length).slice(1).map((vertices) => ({
    vertices, x: vertices.reduce((sum, vertex) => sum + positions[vertex * 3], 0) / vertices.length,
  }));
  const eyes = new Uint8Array(positions.length / 3);
  for (const [eye, side] of [[LEFT_EYE, 1], [RIGHT_EYE, -1]] as const) {
    const part = parts.find(({ x }) => x * side > 0.005);
    if (!part) throw SplatFileError.badField('LAM', 'skin.glb', 'an eyeball on either side as a part of its own', `${parts.length + 1} parts`);
    for (const vertex of part.vertices) eyes[vertex] = eye;
  }
  return eyes;
}
