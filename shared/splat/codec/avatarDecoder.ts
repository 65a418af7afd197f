import { inflateSync } from 'fflate';
import type { BoundSplats } from '../boundSplats.ts';
import { AvatarFormatError } from './avatarFormatError.ts';
import { decodeAvatarHeader, HEADER_LENGTH_BYTES, readHeaderLength } from './avatarHeaderDecoder.ts';
import {
  type AvatarFileHeader, COLUMNS, chunkStride, latticeBarycentrics, latticePointCount, STREAM_CONSTANT, STREAM_DEFLATE, STREAM_RAW,
} from './avatarLayout.ts';
import { ColumnPredictor, unfoldResidual } from './columnPredictor.ts';
import { crc32 } from './crc32.ts';

/** The rig an avatar must be bound to. */
export interface ExpectedRig {
  readonly faceCount: number;
  /** Checked where given. */
  readonly hash?: string;
  /** An avatar with more identity coefficients than this is refused, where given. */
  readonly identityComponents?: number;
}

/**
 * Decodes a bound point set as its bytes arrive. The splats of every whole chunk so far are ready to draw; they are
 * the first ones of the avatar, in its order.
 */
export class AvatarDecoder {
  readonly #rig: ExpectedRig;
  #pending = new Uint8Array(0);
  #pendingBytes = 0;
  #receivedBytes = 0;
  #header: AvatarFileHeader | undefined;
  #splats: BoundSplats | undefined;
  #chunkDecoder: ChunkDecoder | undefined;
  #chunk = 0;
  #decodedCount = 0;

  constructor(rig: ExpectedRig) {
    this.#rig = rig;
  }

  /** Known once the header has arrived. */
  get header(): AvatarFileHeader | undefined {
    return this.#header;
  }

  /** Arrays for all splats of the avatar, of which `decodedCount` are filled; owned by the decoder until `finished`. */
  get splats(): BoundSplats | undefined {
    return this.#splats;
  }

  get decodedCount(): number {
    return this.#decodedCount;
  }

  get finished(): boolean {
    return this.#header !== undefined && this.#chunk === this.#header.chunks.length;
  }

  /**
   * Takes the next bytes of the file (copied where they are not used at once).
   * @returns whether more splats than before are ready.
   * @throws AvatarFormatError; the decoder is of no use after that.
   */
  push(bytes: Uint8Array): boolean {
    const before = this.#decodedCount;
    this.#receivedBytes += bytes.length;
    this.#append(bytes);
    let at = 0;
    for (;;) {
      const rest = this.#pending.subarray(at, this.#pendingBytes);
      const taken = this.#header ? this.#takeChunk(this.#header, rest) : this.#takeHeader(rest);
      if (taken === 0) break;
      at += taken;
    }
    this.#pending.copyWithin(0, at, this.#pendingBytes);
    this.#pendingBytes -= at;
    if (this.#header && this.finished && this.#pendingBytes > 0) throw AvatarFormatError.trailingBytes(this.#header.fileBytes);
    return this.#decodedCount > before;
  }

  /**
   * To be called at the end of the bytes.
   * @throws AvatarFormatError where some are missing.
   */
  finish(): BoundSplats {
    if (!this.#splats || !this.finished) {
      throw AvatarFormatError.truncated(this.#header?.fileBytes ?? HEADER_LENGTH_BYTES, this.#receivedBytes);
    }
    return this.#splats;
  }

  #append(bytes: Uint8Array): void {
    const needed = this.#pendingBytes + bytes.length;
    if (needed > this.#pending.length) {
      const grown = new Uint8Array(Math.max(needed, 2 * this.#pending.length));
      grown.set(this.#pending.subarray(0, this.#pendingBytes));
      this.#pending = grown;
    }
    this.#pending.set(bytes, this.#pendingBytes);
    this.#pendingBytes = needed;
  }

  /** Bytes taken, 0 where the header is not whole yet. */
  #takeHeader(bytes: Uint8Array): number {
    if (bytes.length < HEADER_LENGTH_BYTES) return 0;
    const length = readHeaderLength(bytes);
    if (bytes.length < length) return 0;
    const header = decodeAvatarHeader(bytes.subarray(0, length));
    const { faceCount, hash, identityComponents = Infinity } = this.#rig;
    if (header.rigFaceCount !== faceCount) throw AvatarFormatError.otherRig(`${faceCount} faces`, `${header.rigFaceCount}`);
    if (hash !== undefined && header.rigHash !== hash) throw AvatarFormatError.otherRig(hash, header.rigHash);
    const coefficients = header.identityCoefficients.length;
    if (coefficients > identityComponents) throw AvatarFormatError.badField('identityCount', `at most ${identityComponents}`, coefficients);
    this.#header = header;
    this.#splats = allocateSplats(header);
    this.#chunkDecoder = new ChunkDecoder(header);
    return length;
  }

  #takeChunk(header: AvatarFileHeader, bytes: Uint8Array): number {
    const entry = header.chunks[this.#chunk];
    if (!entry || bytes.length < entry.bytes || !this.#chunkDecoder || !this.#splats) return 0;
    const chunk = bytes.subarray(0, entry.bytes);
    if (crc32(chunk) !== entry.checksum) throw AvatarFormatError.checksum(`chunk ${this.#chunk}`);
    this.#chunkDecoder.decode(this.#chunk, chunk, this.#splats, this.#decodedCount);
    this.#decodedCount += entry.splats;
    this.#chunk++;
    return entry.bytes;
  }
}

/**
 * Decodes a whole file.
 * @throws AvatarFormatError
 */
export function decodeAvatar(bytes: Uint8Array, rig: ExpectedRig): BoundSplats {
  const decoder = new AvatarDecoder(rig);
  decoder.push(bytes);
  return decoder.finish();
}

function allocateSplats(header: AvatarFileHeader): BoundSplats {
  const { splatCount, rigId, rigHash, generator, identityCoefficients } = header;
  return {
    count: splatCount,
    header: { rigId, rigHash, generator, identityCoefficients },
    bindings: new Uint16Array(splatCount),
    barycentrics: new Float32Array(splatCount * 2),
    offsets: new Float32Array(splatCount * 3),
    logScales: new Float32Array(splatCount * 3),
    rotations: new Float32Array(splatCount * 4),
    opacities: new Float32Array(splatCount),
    colors: new Float32Array(splatCount * 3),
  };
}

/** Decodes chunk after chunk: predictions reach back over earlier chunks. */
class ChunkDecoder {
  readonly #header: AvatarFileHeader;
  readonly #predictors: readonly ColumnPredictor[];
  readonly #lattice: Float32Array;

  constructor(header: AvatarFileHeader) {
    this.#header = header;
    this.#predictors = COLUMNS.map(({ quantiser }) => new ColumnPredictor(header.rigFaceCount, header.quantisers[quantiser].levels));
    this.#lattice = latticeBarycentrics(header.barycentricDivisions);
  }

  /** Writes the chunk's splats to splats[begin…]. */
  decode(index: number, bytes: Uint8Array, splats: BoundSplats, begin: number): void {
    const { chunks, rigFaceCount, barycentricDivisions, quantisers } = this.#header;
    const count = chunks[index].splats;
    const streams = new StreamReader(index, bytes, count);
    const faces = streams.read('binding', 65536);
    for (let k = 0, face = 0; k < count; k++) {
      face += faces[k];
      if (face >= rigFaceCount) throw AvatarFormatError.badStream(index, 'binding', `face ${face} of ${rigFaceCount}`);
      faces[k] = face;
    }
    const latticePoints = latticePointCount(barycentricDivisions);
    const lattice = streams.read('barycentric', latticePoints);
    const columns = COLUMNS.map(({ name, quantiser }, column) => {
      const { levels } = quantisers[quantiser];
      const codes = streams.read(name, levels);
      const predictor = this.#predictors[column];
      for (let k = 0; k < count; k++) {
        const code = unfoldResidual(codes[k], predictor.predict(faces[k]), levels);
        predictor.learn(faces[k], code);
        codes[k] = code;
      }
      return codes;
    });
    streams.finish();
    const stride = chunkStride(count);
    for (let k = 0, coded = 0; k < count; k++, coded = (coded + stride) % count) {
      splats.bindings[begin + k] = faces[coded];
      splats.barycentrics[(begin + k) * 2] = this.#lattice[lattice[coded] * 2];
      splats.barycentrics[(begin + k) * 2 + 1] = this.#lattice[lattice[coded] * 2 + 1];
      this.#dequantise(columns, coded, splats, begin + k);
    }
  }

  #dequantise(columns: readonly Uint16Array[], coded: number, splats: BoundSplats, s: number): void {
    const q = this.#header.quantisers;
    const { offsets, logScales, rotations, opacities, colors } = splats;
    for (let k = 0; k < 3; k++) offsets[s * 3 + k] = q[k].minimum + q[k].step * columns[k][coded];
    const { minimum, step, levels } = q[3];
    const scale0 = columns[3][coded];
    logScales[s * 3] = minimum + step * scale0;
    logScales[s * 3 + 1] = minimum + step * ((scale0 + columns[4][coded]) % levels);
    logScales[s * 3 + 2] = minimum + step * ((scale0 + columns[5][coded]) % levels);
    const x = q[4].minimum + q[4].step * columns[6][coded];
    const y = q[4].minimum + q[4].step * columns[7][coded];
    const z = q[4].minimum + q[4].step * columns[8][coded];
    // Beyond the unit ball (no encoder writes that) w is 0 and the rest is brought back to unit length.
    const squares = x * x + y * y + z * z;
    const shrink = squares > 1 ? 1 / Math.sqrt(squares) : 1;
    rotations[s * 4] = x * shrink;
    rotations[s * 4 + 1] = y * shrink;
    rotations[s * 4 + 2] = z * shrink;
    rotations[s * 4 + 3] = Math.sqrt(Math.max(0, 1 - squares));
    opacities[s] = clampToUnit(q[5].minimum + q[5].step * columns[9][coded]);
    const luma = q[6].minimum + q[6].step * columns[10][coded];
    const orange = q[7].minimum + q[7].step * columns[11][coded];
    const green = q[8].minimum + q[8].step * columns[12][coded];
    const redAndBlue = luma - green / 2;
    colors[s * 3] = clampToUnit(redAndBlue + orange / 2);
    colors[s * 3 + 1] = clampToUnit(luma + green / 2);
    colors[s * 3 + 2] = clampToUnit(redAndBlue - orange / 2);
  }
}

const clampToUnit = (value: number): number => Math.min(1, Math.max(0, value));

/** Reads a chunk's streams one after the other. */
class StreamReader {
  readonly #chunk: number;
  readonly #bytes: Uint8Array;
  readonly #count: number;
  #at = 0;

  constructor(chunk: number, bytes: Uint8Array, count: number) {
    this.#chunk = chunk;
    this.#bytes = bytes;
    this.#count = count;
  }

  /** One value a splat, each in [0, levels): one plane of bytes, or a low and a high plane where levels exceed 256. */
  read(name: string, levels: number): Uint16Array {
    const values = Uint16Array.from(this.#plane(name));
    if (levels > 256) {
      const high = this.#plane(`${name} high`);
      for (let k = 0; k < values.length; k++) values[k] |= high[k] << 8;
    }
    for (let k = 0; k < values.length; k++) {
      if (values[k] >= levels) throw AvatarFormatError.badStream(this.#chunk, name, `value ${values[k]} of ${levels} levels`);
    }
    return values;
  }

  finish(): void {
    if (this.#at !== this.#bytes.length) throw AvatarFormatError.badStream(this.#chunk, 'end', `${this.#bytes.length - this.#at} bytes left`);
  }

  #plane(name: string): Uint8Array {
    const method = this.#take(name, 1)[0];
    if (method === STREAM_CONSTANT) return new Uint8Array(this.#count).fill(this.#take(name, 1)[0]);
    if (method === STREAM_RAW) return this.#take(name, this.#count);
    if (method !== STREAM_DEFLATE) throw AvatarFormatError.badStream(this.#chunk, name, `method ${method}`);
    const [low, high] = this.#take(name, 2);
    const deflated = this.#take(name, low | (high << 8));
    // Given a buffer, the inflater never grows it; one byte more than expected tells an overlong stream.
    let plane: Uint8Array;
    try {
      plane = inflateSync(deflated, { out: new Uint8Array(this.#count + 1) });
    } catch (cause) {
      throw AvatarFormatError.badStream(this.#chunk, name, 'cannot be inflated', cause);
    }
    if (plane.length !== this.#count) throw AvatarFormatError.badStream(this.#chunk, name, `expected ${this.#count} bytes, got ${plane.length}`);
    return plane;
  }

  #take(name: string, length: number): Uint8Array {
    if (this.#at + length > this.#bytes.length) throw AvatarFormatError.badStream(this.#chunk, name, 'chunk ends within it');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}
