import { deflateRaw, Z_HUFFMAN_ONLY, Z_RLE } from 'pako';
import type { BoundSplats } from '../boundSplats.ts';
import {
  AVATAR_FORMAT_VERSION, AVATAR_MAGIC, CHUNK_ENTRY_BYTES, COLUMNS, FIXED_HEADER_BYTES, IDENTITY_STEP, latticeIndex,
  latticePointCount, MAX_CHUNK_SPLATS, MAX_IDENTITY_COEFFICIENTS, MAX_NAME_CHARACTERS, MAX_RIG_FACES, MAX_SPLATS,
  type NeutralBounds, type Quantiser, STREAM_CONSTANT, STREAM_DEFLATE, STREAM_RAW,
} from './avatarLayout.ts';
import {
  type AvatarQuality, DEFAULT_QUALITY, fitQuantisers, quantise, toChromaGreen, toChromaOrange, toLuma,
} from './avatarQuantisers.ts';
import { canonicalise, type Orientation } from './canonicalOrientation.ts';
import { ColumnPredictor, foldResidual } from './columnPredictor.ts';
import { crc32 } from './crc32.ts';

export interface EncodeOptions {
  readonly rigFaceCount: number;
  /** Bounds of the splats' centres on the neutral head: `neutralBounds` in splatBounds.ts. */
  readonly neutralBounds: NeutralBounds;
  readonly quality?: Partial<AvatarQuality>;
}

/** The first chunk is small, so that a face appears early; 20,480 splats, what a slow device draws, end on a chunk's end. */
const FIRST_CHUNK = 3072;
const THIRD_END = 20_480;
/** Two chunks come within so many bytes: the second is as large as fits, going by what a splat of the first took. */
const EARLY_BYTES = 50_000;
/** A header is no longer, with as many chunks and coefficients as heads usually have. */
const HEADER_BYTES = 512;
const SECOND_CHUNK = { least: 2048, most: 8192, step: 256, bytesOfFirst: 0.96 } as const;

/**
 * Residuals repeat by chance only: matches that a deflater finds among them cost more than they save, by a tenth of the file.
 * What pays is Huffman codes alone, and runs of one value.
 */
const DEFLATE_STRATEGIES = [Z_HUFFMAN_ONLY, Z_RLE] as const;

/**
 * Encodes splats as a bound point set (PROTOCOL.md, SPLAT). Chunks keep the order of the splats; inside a chunk the
 * order is lost, but every prefix stays an even sample of the chunk.
 *
 * @throws RangeError where the splats are not what `BoundSplats` promises: not for outside input.
 */
export function encodeAvatar(splats: BoundSplats, options: EncodeOptions): Uint8Array {
  const quality = { ...DEFAULT_QUALITY, ...options.quality };
  checkSplats(splats, options.rigFaceCount);
  const quantisers = fitQuantisers(splats, quality);
  const codes = quantiseColumns(splats, quantisers);
  const lattice = latticeCodes(splats, quality.barycentricDivisions);
  const predictors = COLUMNS.map(({ quantiser }) => new ColumnPredictor(options.rigFaceCount, quantisers[quantiser].levels));

  const chunks: { splats: number; bytes: Uint8Array }[] = [];
  for (let begin = 0; begin < splats.count;) {
    const end = Math.min(splats.count, begin + nextChunk(chunks));
    const bytes = encodeChunk(codingOrder(splats.bindings, lattice, begin, end), splats.bindings, lattice, codes,
      quantisers, predictors, quality.barycentricDivisions);
    chunks.push({ splats: end - begin, bytes });
    begin = end;
  }
  const header = encodeHeader(splats, options, quality, quantisers, chunks);
  const file = new Uint8Array(header.length + chunks.reduce((sum, chunk) => sum + chunk.bytes.length, 0));
  file.set(header);
  let at = header.length;
  for (const { bytes } of chunks) {
    file.set(bytes, at);
    at += bytes.length;
  }
  return file;
}

/** Splats of the chunk that follows these. */
function nextChunk(chunks: readonly { splats: number; bytes: Uint8Array }[]): number {
  const [first, second] = chunks;
  if (first === undefined) return FIRST_CHUNK;
  if (second === undefined) {
    const { least, most, step, bytesOfFirst } = SECOND_CHUNK;
    const fitting = (EARLY_BYTES - HEADER_BYTES - first.bytes.length) / ((bytesOfFirst * first.bytes.length) / first.splats);
    return Math.min(most, Math.max(least, Math.floor(fitting / step) * step));
  }
  return chunks.length === 2 ? THIRD_END - first.splats - second.splats : MAX_CHUNK_SPLATS;
}

function checkSplats(splats: BoundSplats, rigFaceCount: number): void {
  const { count, bindings, barycentrics, header } = splats;
  if (count > MAX_SPLATS) throw new RangeError(`splats: at most ${MAX_SPLATS}, got ${count}`);
  if (rigFaceCount > MAX_RIG_FACES) throw new RangeError(`rig faces: at most ${MAX_RIG_FACES}, got ${rigFaceCount}`);
  if (header.identityCoefficients.length > MAX_IDENTITY_COEFFICIENTS) throw new RangeError('too many identity coefficients');
  for (let s = 0; s < count; s++) {
    if (bindings[s] >= rigFaceCount) throw new RangeError(`splat ${s}: binding ${bindings[s]} of ${rigFaceCount} faces`);
    const u = barycentrics[s * 2], v = barycentrics[s * 2 + 1];
    if (!(u >= -1e-4 && v >= -1e-4 && u + v <= 1.0001)) throw new RangeError(`splat ${s}: barycentric (${u}, ${v})`);
  }
  for (const name of ['offsets', 'logScales', 'rotations', 'opacities', 'colors'] as const) {
    const bad = splats[name].findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) throw new RangeError(`${name}[${bad}] is ${splats[name][bad]}`);
  }
}

/** Codes of all splats, one array a column, in the order of `COLUMNS`. */
function quantiseColumns(splats: BoundSplats, quantisers: readonly Quantiser[]): Uint16Array[] {
  const { count, offsets, logScales, rotations, opacities, colors } = splats;
  const codes = COLUMNS.map(() => new Uint16Array(count));
  const scaleLevels = quantisers[3].levels;
  const orientation: Orientation = { rotation: new Float64Array(4), scales: new Int32Array(3) };
  for (let s = 0; s < count; s++) {
    for (let k = 0; k < 3; k++) {
      codes[k][s] = quantise(offsets[s * 3 + k], quantisers[k]);
      orientation.scales[k] = quantise(logScales[s * 3 + k], quantisers[3]);
    }
    const [x, y, z, w] = [rotations[s * 4], rotations[s * 4 + 1], rotations[s * 4 + 2], rotations[s * 4 + 3]];
    const length = Math.hypot(x, y, z, w) || 1;
    orientation.rotation[0] = x / length;
    orientation.rotation[1] = y / length;
    orientation.rotation[2] = z / length;
    orientation.rotation[3] = w / length;
    canonicalise(orientation);
    const [first, second, third] = orientation.scales;
    codes[3][s] = first;
    codes[4][s] = (second - first + scaleLevels) % scaleLevels;
    codes[5][s] = (third - first + scaleLevels) % scaleLevels;
    for (let k = 0; k < 3; k++) codes[6 + k][s] = quantise(orientation.rotation[k], quantisers[4]);
    codes[9][s] = quantise(opacities[s], quantisers[5]);
    const r = colors[s * 3], g = colors[s * 3 + 1], b = colors[s * 3 + 2];
    codes[10][s] = quantise(toLuma(r, g, b), quantisers[6]);
    codes[11][s] = quantise(toChromaOrange(r, b), quantisers[7]);
    codes[12][s] = quantise(toChromaGreen(r, g, b), quantisers[8]);
  }
  return codes;
}

function latticeCodes({ count, barycentrics }: BoundSplats, divisions: number): Uint16Array {
  const lattice = new Uint16Array(count);
  for (let s = 0; s < count; s++) {
    const i = Math.min(divisions, Math.max(0, Math.round(barycentrics[s * 2] * divisions)));
    const j = Math.min(divisions - i, Math.max(0, Math.round(barycentrics[s * 2 + 1] * divisions)));
    lattice[s] = latticeIndex(i, j, divisions);
  }
  return lattice;
}

/** Indices of the chunk's splats by face, then by place on the face. */
function codingOrder(bindings: Uint16Array, lattice: Uint16Array, begin: number, end: number): Uint32Array {
  const order = new Uint32Array(end - begin);
  for (let k = 0; k < order.length; k++) order[k] = begin + k;
  return order.sort((a, b) => bindings[a] - bindings[b] || lattice[a] - lattice[b] || a - b);
}

function encodeChunk(
  order: Uint32Array, bindings: Uint16Array, lattice: Uint16Array, codes: readonly Uint16Array[],
  quantisers: readonly Quantiser[], predictors: readonly ColumnPredictor[], divisions: number,
): Uint8Array {
  const count = order.length;
  const values = new Uint16Array(count);
  const streams: Uint8Array[] = [];
  let previous = 0;
  for (let k = 0; k < count; k++) {
    values[k] = bindings[order[k]] - previous;
    previous = bindings[order[k]];
  }
  streams.push(...encodePlanes(values, true));
  for (let k = 0; k < count; k++) values[k] = lattice[order[k]];
  streams.push(...encodePlanes(values, latticePointCount(divisions) > 256));
  COLUMNS.forEach(({ quantiser }, column) => {
    const { levels } = quantisers[quantiser];
    const predictor = predictors[column];
    for (let k = 0; k < count; k++) {
      const face = bindings[order[k]];
      const code = codes[column][order[k]];
      values[k] = foldResidual(code, predictor.predict(face), levels);
      predictor.learn(face, code);
    }
    streams.push(...encodePlanes(values, levels > 256));
  });
  const chunk = new Uint8Array(streams.reduce((sum, stream) => sum + stream.length, 0));
  let at = 0;
  for (const stream of streams) {
    chunk.set(stream, at);
    at += stream.length;
  }
  return chunk;
}

/** The low bytes, and where asked the high bytes, each as a stream. */
function encodePlanes(values: Uint16Array, twoPlanes: boolean): Uint8Array[] {
  const low = Uint8Array.from(values, (value) => value & 0xff);
  return twoPlanes ? [encodeStream(low), encodeStream(Uint8Array.from(values, (value) => value >> 8))] : [encodeStream(low)];
}

function encodeStream(bytes: Uint8Array): Uint8Array {
  if (bytes.every((byte) => byte === bytes[0])) return Uint8Array.of(STREAM_CONSTANT, bytes[0]);
  const deflated = DEFLATE_STRATEGIES
    .map((strategy) => deflateRaw(bytes, { level: 9, memLevel: 9, strategy }))
    .reduce((shortest, tried) => (tried.length < shortest.length ? tried : shortest));
  const method = deflated.length < bytes.length ? STREAM_DEFLATE : STREAM_RAW;
  const body = method === STREAM_DEFLATE ? deflated : bytes;
  const prefix = method === STREAM_DEFLATE ? [method, body.length & 0xff, (body.length >> 8) & 0xff] : [method];
  const stream = new Uint8Array(prefix.length + body.length);
  stream.set(prefix);
  stream.set(body, prefix.length);
  return stream;
}

function encodeHeader(
  splats: BoundSplats, options: EncodeOptions, quality: AvatarQuality, quantisers: readonly Quantiser[],
  chunks: readonly { splats: number; bytes: Uint8Array }[],
): Uint8Array {
  const { rigId, rigHash, generator, identityCoefficients } = splats.header;
  const names = [asciiBytes('rigId', rigId), asciiBytes('generator', generator)];
  const length = FIXED_HEADER_BYTES + identityCoefficients.length * 2 + names[0].length + names[1].length +
    chunks.length * CHUNK_ENTRY_BYTES + 4;
  const header = new Uint8Array(length);
  const view = new DataView(header.buffer);
  view.setUint32(0, AVATAR_MAGIC, true);
  view.setUint8(4, AVATAR_FORMAT_VERSION);
  view.setUint16(6, length, true);
  view.setUint32(8, splats.count, true);
  view.setUint32(12, options.rigFaceCount, true);
  header.set(hexBytes(rigHash), 16);
  view.setUint8(48, quality.barycentricDivisions);
  view.setUint8(49, identityCoefficients.length);
  view.setUint8(50, names[0].length);
  view.setUint8(51, names[1].length);
  view.setUint16(52, chunks.length, true);
  options.neutralBounds.forEach((value, index) => view.setFloat32(56 + index * 4, value, true));
  quantisers.forEach(({ minimum, step, levels }, index) => {
    view.setFloat32(80 + index * 10, minimum, true);
    view.setFloat32(84 + index * 10, step, true);
    view.setUint16(88 + index * 10, levels - 1, true);
  });
  let at = FIXED_HEADER_BYTES;
  for (const coefficient of identityCoefficients) {
    view.setInt16(at, Math.min(32767, Math.max(-32768, Math.round(coefficient / IDENTITY_STEP))), true);
    at += 2;
  }
  for (const name of names) {
    header.set(name, at);
    at += name.length;
  }
  for (const chunk of chunks) {
    view.setUint16(at, chunk.splats, true);
    view.setUint32(at + 2, chunk.bytes.length, true);
    view.setUint32(at + 6, crc32(chunk.bytes), true);
    at += CHUNK_ENTRY_BYTES;
  }
  view.setUint32(at, crc32(header.subarray(0, at)), true);
  return header;
}

function asciiBytes(name: string, text: string): Uint8Array {
  if (text.length > MAX_NAME_CHARACTERS || !/^[\x20-\x7e]*$/.test(text)) throw new RangeError(`${name}: "${text}"`);
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function hexBytes(hash: string): Uint8Array {
  if (!/^[0-9a-f]{64}$/.test(hash)) throw new RangeError(`rigHash: expected 64 hexadecimal digits, got "${hash}"`);
  return Uint8Array.from(hash.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
