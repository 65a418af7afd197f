import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { unzlibSync } from 'fflate';
import { BLENDSHAPE_NAMES } from './blendshapes.ts';
import type { Blendshape, IdentityBasis, Joint, LandmarkEmbedding, Rig } from './rig.ts';
import { JOINT_NAMES, REGION_NAMES } from './rig.ts';
import { RigFormatError } from './rigFormatError.ts';
import { RigReader } from './rigReader.ts';
import { VertexPredictor } from './vertexPrediction.ts';

/*
 * The rig file, all numbers little-endian.
 *
 * Envelope: "SRIG", u16 version, u16 zero, u32 bytes of the payload, u32 CRC-32 of the payload, then the payload in a
 * zlib stream (so the file is as small as it gets; serving it with a content encoding gains nothing).
 *
 * Payload. varint: LEB128, at most 5 bytes; signed: a varint holding zigzag (0, -1, 1, -2, …); name: u8 length, ASCII.
 *   name id · u32 vertexCount · u32 faceCount · u8 regionCount · regionCount names
 *   u8 jointCount · jointCount × (name · i8 parent · f32 x, y, z)
 *   f32 positionStep · f32 shapeStep                         metres per quantisation step
 *   faces: faceCount × 3 signed, each the difference from the vertex index written before
 *   regions: faceCount × u8
 *   mirrorVertices: vertexCount × signed, each the difference from the one before
 *   positions: for each coded vertex (VertexPredictor over mirror pairs: the lower-numbered one), x y z signed residuals;
 *     the other vertex of a pair is (-x, y, z)
 *   uvs: vertexCount × 2 signed residuals in 1/4096, predicted without mirroring
 *   skin: vertexCount × 4 × u8 joint, vertexCount × 4 × u8 weight in 1/255, summing to 255
 *   52 blendshapes in ARKit order: u8 kind
 *     0 plain: varint n · n varint index gaps · x y z signed values of each, as differences from the entry before
 *     1 symmetric: the same for coded vertices only; the mirrored vertices follow from them
 *     2 mirror of an earlier shape: u8 its index
 *   u8 componentCount · each: f32 standardDeviation · f32 step · u8 parity (0 symmetric, 1 antisymmetric) ·
 *     jointCount × 3 f32 · x y z signed residuals of each coded vertex, for the whole mesh
 *     (antisymmetric: the other vertex of a pair is (x, -y, -z))
 *   478 landmarks: varint face · u16 second, u16 third barycentric weight in 1/65535 · u8 weight in 1/255
 */
export const RIG_MAGIC = 0x47495253;
export const RIG_VERSION = 1;
export const UV_STEPS = 4096;
export const LANDMARK_COUNT = 478;
export const ENVELOPE_BYTES = 16;
const MAX_FILE_BYTES = 4 << 20;
const MAX_PAYLOAD_BYTES = 16 << 20;
const MAX_VERTICES = 20_000;
const MAX_FACES = 65_535;
const MAX_JOINTS = 16;
const MAX_COMPONENTS = 128;

/**
 * Reads a rig file.
 * @throws RigFormatError for anything that is not one; never reads or allocates beyond the limits above.
 */
export function decodeRig(bytes: Uint8Array): Rig {
  const reader = new RigReader(openEnvelope(bytes));
  const id = reader.name('id');
  const vertexCount = reader.count('vertexCount', MAX_VERTICES);
  const faceCount = reader.count('faceCount', MAX_FACES);
  const regionNames = Array.from({ length: reader.u8('regionCount') }, () => oneOf('region name', reader.name('region name'), REGION_NAMES));
  const joints = readJoints(reader);
  const positionStep = reader.step('positionStep');
  const shapeStep = reader.step('shapeStep');

  const faces = new Uint32Array(faceCount * 3);
  let previous = 0;
  for (let i = 0; i < faces.length; i++) {
    previous = within('face vertex', previous + reader.signed('face vertex'), vertexCount);
    faces[i] = previous;
  }
  const faceRegions = reader.bytes('faceRegions', faceCount).slice();
  for (const region of faceRegions) within('face region', region, regionNames.length);
  const mirrorVertices = readMirror(reader, vertexCount);

  const halves = new VertexPredictor(vertexCount, faces, mirrorVertices);
  const positions = readHalf(reader, halves, mirrorVertices, positionStep, 1);
  const uvs = readUvs(reader, new VertexPredictor(vertexCount, faces));
  const { jointIndices, jointWeights } = readSkin(reader, vertexCount, joints.length);
  const blendshapes = readBlendshapes(reader, mirrorVertices, shapeStep);
  const identity = readIdentity(reader, halves, mirrorVertices, joints.length);
  const landmarks = readLandmarks(reader, faceCount);
  reader.end();
  return {
    id, hash: bytesToHex(sha256(bytes)), vertexCount, faceCount, positions, uvs, faces, faceRegions, regionNames, joints,
    jointIndices, jointWeights, blendshapes, identity, landmarks, mirrorVertices,
  };
}

function openEnvelope(bytes: Uint8Array): Uint8Array {
  if (bytes.length < ENVELOPE_BYTES) throw new RigFormatError('length', `at least ${ENVELOPE_BYTES}`, bytes.length);
  if (bytes.length > MAX_FILE_BYTES) throw new RigFormatError('length', `at most ${MAX_FILE_BYTES}`, bytes.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = view.getUint32(0, true);
  if (magic !== RIG_MAGIC) throw new RigFormatError('magic', 'SRIG', `0x${magic.toString(16)}`);
  const version = view.getUint16(4, true);
  if (version !== RIG_VERSION) throw new RigFormatError('version', RIG_VERSION, version);
  if (view.getUint16(6, true) !== 0) throw new RigFormatError('reserved', 0, view.getUint16(6, true));
  const payloadBytes = view.getUint32(8, true);
  if (payloadBytes > MAX_PAYLOAD_BYTES) throw new RigFormatError('payload bytes', `at most ${MAX_PAYLOAD_BYTES}`, payloadBytes);
  let payload: Uint8Array;
  try {
    // A stream that unpacks to more than the declared length fails instead of growing the buffer.
    payload = unzlibSync(bytes.subarray(ENVELOPE_BYTES), { out: new Uint8Array(payloadBytes) });
  } catch (error) {
    throw new RigFormatError('payload', 'a zlib stream', error instanceof Error ? error.message : 'garbage');
  }
  if (payload.length !== payloadBytes) throw new RigFormatError('payload bytes', payloadBytes, payload.length);
  const checksum = crc32(payload);
  if (checksum !== view.getUint32(12, true)) throw new RigFormatError('checksum', view.getUint32(12, true), checksum);
  return payload;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = (value & 1) !== 0 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** CRC-32 as in zip and PNG. */
export function crc32(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of bytes) value = CRC_TABLE[(value ^ byte) & 0xff]! ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

function within(field: string, value: number, count: number): number {
  if (value < 0 || value >= count) throw new RigFormatError(field, `0 to ${count - 1}`, value);
  return value;
}

function oneOf<Name extends string>(field: string, value: string, names: readonly Name[]): Name {
  const name = names.find((candidate) => candidate === value);
  if (name === undefined) throw new RigFormatError(field, 'a known name', value);
  return name;
}

function readJoints(reader: RigReader): Joint[] {
  const count = within('jointCount', reader.u8('jointCount'), MAX_JOINTS + 1);
  return Array.from({ length: count }, (_, index) => ({
    name: oneOf('joint name', reader.name('joint name'), ['root', ...JOINT_NAMES] as const),
    // Parents come first, so poses can be accumulated in one pass.
    parent: within('joint parent + 1', reader.i8('joint parent') + 1, index + 1) - 1,
    position: [reader.f32('joint position'), reader.f32('joint position'), reader.f32('joint position')] as const,
  }));
}

function readMirror(reader: RigReader, vertexCount: number): Uint32Array {
  const mirrored = new Uint32Array(vertexCount);
  let previous = 0;
  for (let vertex = 0; vertex < vertexCount; vertex++) {
    previous = within('mirror vertex', previous + reader.signed('mirror vertex'), vertexCount);
    mirrored[vertex] = previous;
  }
  for (let vertex = 0; vertex < vertexCount; vertex++) {
    if (mirrored[mirrored[vertex]!] !== vertex) throw new RigFormatError('mirror vertex', 'pairs', `${vertex} unpaired`);
  }
  return mirrored;
}

/** Sign of x, y, z on the other side: 1 symmetric (-x, y, z), -1 antisymmetric (x, -y, -z). */
function readHalf(reader: RigReader, halves: VertexPredictor, mirrored: Uint32Array, step: number, symmetry: 1 | -1): Float32Array {
  const values = new Int32Array(mirrored.length * 3);
  const out = new Float32Array(mirrored.length * 3);
  let previous = -1;
  for (const vertex of halves.coded) {
    const other = mirrored[vertex]!;
    for (let axis = 0; axis < 3; axis++) {
      const value = halves.predict(values, 3, axis, vertex, previous) + reader.signed('vertex residual');
      values[vertex * 3 + axis] = value;
      out[vertex * 3 + axis] = value * step;
      if (other !== vertex) out[other * 3 + axis] = (axis === 0 ? -symmetry : symmetry) * value * step;
    }
    previous = vertex;
  }
  return out;
}

function readUvs(reader: RigReader, predictor: VertexPredictor): Float32Array {
  const count = predictor.coded.length;
  const values = new Int32Array(count * 2);
  for (let vertex = 0; vertex < count; vertex++) {
    for (let axis = 0; axis < 2; axis++) {
      values[vertex * 2 + axis] = predictor.predict(values, 2, axis, vertex, vertex - 1) + reader.signed('uv residual');
    }
  }
  return Float32Array.from(values, (value) => value / UV_STEPS);
}

function readSkin(reader: RigReader, vertexCount: number, jointCount: number): { jointIndices: Uint8Array; jointWeights: Float32Array } {
  const jointIndices = reader.bytes('jointIndices', vertexCount * 4).slice();
  for (const joint of jointIndices) within('joint index', joint, jointCount);
  const weights = reader.bytes('jointWeights', vertexCount * 4);
  for (let start = 0; start < weights.length; start += 4) {
    const sum = weights[start]! + weights[start + 1]! + weights[start + 2]! + weights[start + 3]!;
    if (sum !== 255) throw new RigFormatError('sum of joint weights', 255, sum);
  }
  return { jointIndices, jointWeights: Float32Array.from(weights, (weight) => weight / 255) };
}

function readBlendshapes(reader: RigReader, mirrored: Uint32Array, step: number): Blendshape[] {
  const shapes: Blendshape[] = [];
  for (const [index, name] of BLENDSHAPE_NAMES.entries()) {
    const kind = within('blendshape kind', reader.u8('blendshape kind'), 3);
    if (kind === 2) {
      const source = shapes[within('mirrored blendshape', reader.u8('mirrored blendshape'), index)]!;
      shapes.push(fromEntries(name, source.vertexIndices.length, (row, out) => {
        out.vertex = mirrored[source.vertexIndices[row]!]!;
        out.x = -source.deltas[row * 3]!;
        out.y = source.deltas[row * 3 + 1]!;
        out.z = source.deltas[row * 3 + 2]!;
      }));
      continue;
    }
    const count = within('blendshape vertices', reader.varint('blendshape vertices'), mirrored.length + 1);
    const indices = new Uint32Array(count);
    let vertex = -1;
    for (let row = 0; row < count; row++) {
      vertex = within('blendshape vertex', vertex + 1 + reader.varint('blendshape vertex'), mirrored.length);
      indices[row] = vertex;
    }
    const values = new Int32Array(count * 3);
    for (let i = 0; i < values.length; i++) values[i] = (i < 3 ? 0 : values[i - 3]!) + reader.signed('blendshape delta');
    const rows: [number, number][] = [];
    indices.forEach((own, row) => {
      rows.push([row, 1]);
      if (kind === 1 && mirrored[own] !== own) rows.push([row, -1]);
    });
    shapes.push(fromEntries(name, rows.length, (row, out) => {
      const [entry, side] = rows[row]!;
      out.vertex = side === 1 ? indices[entry]! : mirrored[indices[entry]!]!;
      out.x = side * values[entry * 3]! * step;
      out.y = values[entry * 3 + 1]! * step;
      out.z = values[entry * 3 + 2]! * step;
    }));
  }
  return shapes;
}

interface Entry { vertex: number; x: number; y: number; z: number }

/** A blendshape with its entries in ascending order of vertices. */
function fromEntries(name: string, count: number, entry: (row: number, out: Entry) => void): Blendshape {
  const entries = Array.from({ length: count }, (_, row) => {
    const out: Entry = { vertex: 0, x: 0, y: 0, z: 0 };
    entry(row, out);
    return out;
  }).sort((a, b) => a.vertex - b.vertex);
  return {
    name,
    vertexIndices: Uint32Array.from(entries, ({ vertex }) => vertex),
    deltas: Float32Array.from(entries.flatMap(({ x, y, z }) => [x, y, z])),
  };
}

function readIdentity(reader: RigReader, halves: VertexPredictor, mirrored: Uint32Array, jointCount: number): IdentityBasis {
  const componentCount = within('componentCount', reader.u8('componentCount'), MAX_COMPONENTS + 1);
  const vertexValues = mirrored.length * 3;
  const components = new Float32Array(componentCount * vertexValues);
  const jointComponents = new Float32Array(componentCount * jointCount * 3);
  const standardDeviations = new Float32Array(componentCount);
  for (let component = 0; component < componentCount; component++) {
    standardDeviations[component] = reader.f32('standard deviation');
    const step = reader.step('component step');
    const parity = within('component parity', reader.u8('component parity'), 2);
    for (let i = 0; i < jointCount * 3; i++) jointComponents[component * jointCount * 3 + i] = reader.f32('joint component');
    components.set(readHalf(reader, halves, mirrored, step, parity === 0 ? 1 : -1), component * vertexValues);
  }
  return { componentCount, components, jointComponents, standardDeviations };
}

function readLandmarks(reader: RigReader, faceCount: number): LandmarkEmbedding {
  const faces = new Uint32Array(LANDMARK_COUNT);
  const barycentrics = new Float32Array(LANDMARK_COUNT * 3);
  const weights = new Float32Array(LANDMARK_COUNT);
  for (let landmark = 0; landmark < LANDMARK_COUNT; landmark++) {
    faces[landmark] = within('landmark face', reader.varint('landmark face'), faceCount);
    const second = reader.u16('landmark weight'), third = reader.u16('landmark weight');
    if (second + third > 65535) throw new RigFormatError('landmark weights', 'at most 65535 together', second + third);
    barycentrics.set([(65535 - second - third) / 65535, second / 65535, third / 65535], landmark * 3);
    weights[landmark] = reader.u8('landmark weight') / 255;
  }
  return { faces, barycentrics, weights };
}
