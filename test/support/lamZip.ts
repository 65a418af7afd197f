import { strToU8, zipSync } from 'fflate';
import { toMatrix, type Quaternion, type Vector3 } from '../../shared/fit/rotation.ts';
import { joinGlb } from '../../shared/formats/gltf/glbContainer.ts';
import type { BlendshapeName } from '../../shared/rig/blendshapes.ts';
import type { RegionName, Rig } from '../../shared/rig/rig.ts';
import { neutralHead } from '../../shared/rig/skinning.ts';
import { weldVertices } from '../../shared/splat/splatFrame.ts';

const REGIONS: readonly RegionName[] = [
  'face', 'scalp', 'neck', 'leftEar', 'rightEar', 'leftUpperLid', 'leftLowerLid', 'rightUpperLid', 'rightLowerLid', 'leftBrow', 'rightBrow', 'nose',
  'upperLip', 'lowerLip', 'leftEyeball', 'rightEyeball',
];
const SHAPES: readonly BlendshapeName[] = ['jawOpen', 'eyeBlinkLeft', 'eyeBlinkRight', 'mouthUpperUpLeft', 'mouthUpperUpRight', 'mouthSmileLeft'];

/** A LAM avatar zip whose mesh is the rig's own head, somewhere else: what an importer has to find out is known. */
export interface LamZip {
  readonly bytes: Uint8Array;
  /** Rig vertex of each of its vertices. */
  readonly rigVertices: readonly number[];
}

export interface LamZipOptions {
  readonly identity: readonly number[];
  /** Rig to file: x → rotation · x · scale + translation. */
  readonly rotation: Quaternion;
  readonly scale: number;
  readonly translation: Vector3;
  /** What offsets add to each vertex along y, metres. */
  readonly offsetMeters: number;
  /** Changes the files before they are packed. */
  readonly bend?: (files: Record<string, Uint8Array>) => void;
}

/** Written from LAM's published layout (PROTOCOL.md, EXCH17), with a folder and a Mac's litter, as LAM's own demo has them. */
export function lamZip(rig: Rig, { identity, rotation, scale, translation, offsetMeters, bend }: LamZipOptions): LamZip {
  const welded = weldVertices(rig);
  const numbers = new Map<number, number>();
  const faces: number[] = [];
  rig.faceRegions.forEach((region, face) => {
    if (!REGIONS.includes(rig.regionNames[region])) return;
    for (let corner = 0; corner < 3; corner++) {
      const vertex = welded[rig.faces[face * 3 + corner]];
      if (!numbers.has(vertex)) numbers.set(vertex, numbers.size);
      faces.push(numbers.get(vertex)!);
    }
  });
  const rigVertices = [...numbers.keys()];
  const { positions } = neutralHead(rig, identity);
  const m = toMatrix(rotation);
  const turned = (x: number, y: number, z: number): number[] => [0, 1, 2].map((axis) => scale * (m[axis * 3] * x + m[axis * 3 + 1] * y + m[axis * 3 + 2] * z));
  const placed = rigVertices.flatMap((vertex) => turned(positions[vertex * 3], positions[vertex * 3 + 1], positions[vertex * 3 + 2]).map((value, axis) => value + translation[axis]));
  const targets = SHAPES.map((name) => {
    const { vertexIndices, deltas } = rig.blendshapes.find((shape) => shape.name === name)!;
    const out = new Float32Array(rigVertices.length * 3);
    vertexIndices.forEach((vertex, k) => {
      const at = numbers.get(vertex);
      if (at !== undefined) out.set(turned(deltas[k * 3], deltas[k * 3 + 1], deltas[k * 3 + 2]), at * 3);
    });
    return out;
  });
  const files: Record<string, Uint8Array> = {
    'head/skin.glb': skinGlb(Float32Array.from(placed), Uint16Array.from(faces), targets),
    'head/offset.ply': offsetPly(rigVertices.length, offsetMeters * scale, turned),
    'head/vertex_order.json': strToU8('[]'),
    '__MACOSX/head/._offset.ply': strToU8('litter'),
  };
  bend?.(files);
  return { bytes: zipSync(files, { level: 1 }), rigVertices };
}

function skinGlb(positions: Float32Array, faces: Uint16Array, targets: readonly Float32Array[]): Uint8Array {
  const parts = [positions, faces, ...targets].map((data) => new Uint8Array(data.buffer));
  const offsets: number[] = [];
  let length = 0;
  for (const part of parts) {
    offsets.push(length);
    length += (part.length + 3) & ~3;
  }
  const binary = new Uint8Array(length);
  parts.forEach((part, k) => binary.set(part, offsets[k]));
  const accessor = (bufferView: number) => ({ bufferView, componentType: 5126, type: 'VEC3', count: positions.length / 3 });
  return joinGlb({
    asset: { version: '2.0' },
    meshes: [{
      extras: { targetNames: SHAPES },
      primitives: [{ attributes: { POSITION: 0 }, indices: 1, targets: targets.map((_, k) => ({ POSITION: k + 2 })) }],
    }],
    accessors: [accessor(0), { bufferView: 1, componentType: 5123, type: 'SCALAR', count: faces.length }, ...targets.map((_, k) => accessor(k + 2))],
    bufferViews: parts.map((part, k) => ({ buffer: 0, byteOffset: offsets[k], byteLength: part.length })),
    buffers: [{ byteLength: length }],
  }, binary);
}

const PROPERTIES = ['x', 'y', 'z', 'f_dc_0', 'f_dc_1', 'f_dc_2', 'opacity', 'scale_0', 'scale_1', 'scale_2', 'rot_0', 'rot_1', 'rot_2', 'rot_3'];

/** Every splat is the same but for its place; the first is too faint to see. */
function offsetPly(count: number, offset: number, turned: (x: number, y: number, z: number) => number[]): Uint8Array {
  const header = strToU8(['ply', 'format binary_little_endian 1.0', `element vertex ${count}`, ...PROPERTIES.map((name) => `property float ${name}`), 'end_header', ''].join('\n'));
  const rows = new Float32Array(count * PROPERTIES.length);
  const up = turned(0, 1, 0).map((value, _, all) => (value / Math.hypot(...all)) * offset);
  for (let k = 0; k < count; k++) rows.set([...up, 0.2, 0.6, 0.4, k === 0 ? -7 : 3, -5.5, -6, -29, 1, 0, 0, 0], k * PROPERTIES.length);
  const bytes = new Uint8Array(header.length + rows.byteLength);
  bytes.set(header);
  bytes.set(new Uint8Array(rows.buffer), header.length);
  return bytes;
}
