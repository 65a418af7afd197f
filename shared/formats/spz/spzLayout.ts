/** The byte layout of SPZ version 4 (github.com/nianticlabs/spz), without view-dependent colour, and of our extension to it. */

export const SPZ_MAGIC = 0x5053474e; // "NGSP" in little-endian
export const SPZ_VERSION = 4;
export const SPZ_HEADER_BYTES = 32;
export const SPZ_VERSION_3_HEADER_BYTES = 16;
/** Splats were made for a renderer that compensates opacity for its low-pass filter (mip-splatting). */
export const SPZ_FLAG_ANTIALIASED = 1;
export const SPZ_FLAG_EXTENSIONS = 2;
/** A stream's entry in the table of contents: u64 compressed and u64 plain length. */
export const SPZ_STREAM_ENTRY_BYTES = 16;
/** Bytes a splat of the streams, in their order: positions, alphas, colours, scales, rotations. */
export const SPZ_STREAMS = [
  { name: 'positions', bytesPerSplat: 9 }, { name: 'alphas', bytesPerSplat: 1 }, { name: 'colors', bytesPerSplat: 3 },
  { name: 'scales', bytesPerSplat: 3 }, { name: 'rotations', bytesPerSplat: 4 },
] as const;

/** Positions are 24-bit fixed-point numbers; at 2^-20 m they reach 8 m, forty times finer than .stipple's offsets. */
export const SPZ_FINEST_FRACTIONAL_BITS = 20;
/** A degree-0 coefficient c is stored as (0.15 c + 0.5)·255. */
export const SPZ_COLOR_SCALE = 0.15;
/** A logarithm of scale s is stored as (s + 10)·16. */
export const SPZ_SCALE_SHIFT = 10;
export const SPZ_SCALE_STEPS = 16;
/** Rotations are stored as their three smallest components, 9 bits of magnitude over √½ and a sign each. */
export const SPZ_ROTATION_STEPS = 511;

/** "ST" as the vendor, its first extension. */
export const BINDING_EXTENSION_TYPE = 0x5354_0001;
export const BINDING_EXTENSION_VERSION = 1;
/** Barycentric weights are stored in fractions of this; it is a multiple of 30, so .stipple's usual lattice is exact. */
export const BARYCENTRIC_STEPS = 65_520;
/** Bytes of the extension before its variable part. */
export const BINDING_FIXED_BYTES = 42;

/** Zstandard, given from outside: Node has it, browsers load it. Frames are whole and without a dictionary. */
export interface ZstdCodec {
  compress(bytes: Uint8Array): Uint8Array;
  /** @throws where the bytes are no frame, or hold more than `length` bytes. */
  decompress(bytes: Uint8Array, length: number): Uint8Array;
}
