import type { Rig } from '../rig/rig.ts';
import type { BoundSplats } from '../splat/boundSplats.ts';
import { decodeAvatar } from '../splat/codec/avatarDecoder.ts';
import { encodeAvatar } from '../splat/codec/avatarEncoder.ts';
import { splatBounds } from '../splat/splatBounds.ts';
import { checkBinding } from './bindingRules.ts';
import { readGltf } from './gltf/gltfReader.ts';
import { writeGltf } from './gltf/gltfWriter.ts';
import { type HeadFormat, headFormatOf, unknownHeadFormat } from './headFormat.ts';
import { readLamHead } from './lam/lamHead.ts';
import { bindLamHead } from './lam/lamBinding.ts';
import { readPly } from './ply/plyReader.ts';
import { writePly } from './ply/plyWriter.ts';
import { bindSplats, neutralFrames, type ReadHead, restSplats } from './restSplats.ts';
import { SplatFileError, type SplatFileFormat } from './splatFileError.ts';
import { readSpz } from './spz/spzReader.ts';
import { writeSpz, writeSpzVersion3 } from './spz/spzWriter.ts';
import type { ZstdCodec } from './spz/spzLayout.ts';

/** What a head can be written as. `spz3` is SPZ version 3, without the binding. */
export const HEAD_FILE_FORMATS = ['ply', 'spz', 'spz3', 'glb'] as const;
export type HeadFileFormat = (typeof HEAD_FILE_FORMATS)[number];

/** Writes a head as others know it: at rest, neutral, with the binding where the format has a place for it. */
export function writeHead(rig: Rig, splats: BoundSplats, format: HeadFileFormat, zstd: ZstdCodec): Uint8Array {
  const rest = restSplats(rig, splats);
  switch (format) {
    case 'ply': return writePly(rest, splats);
    case 'spz': return writeSpz(rest, splats, zstd);
    case 'spz3': return writeSpzVersion3(rest);
    case 'glb': return writeGltf(rest, splats);
  }
}

/** A head out of a file, and what kind of file it was. */
export interface HeadOfFile {
  readonly splats: BoundSplats;
  readonly format: HeadFormat;
}

/**
 * Reads a head from any file that says how its splats move: .stipple, what `writeHead` wrote, LAM's zip. The format is told by
 * the first bytes, not by a name.
 * @throws StippleError AVATAR_INVALID: AvatarFormatError, SplatFileError, or of an unknown format
 */
export function readHead(rig: Rig, bytes: Uint8Array, zstd: ZstdCodec): HeadOfFile {
  const format = headFormatOf(bytes);
  switch (format) {
    case 'Stipple':
      return { splats: decodeAvatar(bytes, { faceCount: rig.faceCount, hash: rig.hash, identityComponents: rig.identity.componentCount }), format };
    case 'LAM': return { splats: withinReach(bindLamHead(rig, readLamHead(bytes)), format), format };
    case 'PLY': return { splats: bound(rig, readPly(bytes), format), format };
    case 'glTF': return { splats: bound(rig, readGltf(bytes), format), format };
    case 'SPZ': return { splats: bound(rig, readSpz(bytes, zstd), format), format };
    case undefined: throw unknownHeadFormat();
  }
}

function bound(rig: Rig, { splats, binding }: ReadHead, format: SplatFileFormat): BoundSplats {
  if (!binding) throw SplatFileError.notBound(format);
  checkBinding(format, binding, rig);
  return withinReach(bindSplats(rig, splats, binding), format);
}

/** Refuses what .stipple has no numbers for (PROTOCOL.md, SPLAT8): splats metres away, or as large as a room. */
function withinReach(splats: BoundSplats, format: SplatFileFormat): BoundSplats {
  const far = splats.offsets.find((offset) => !(Math.abs(offset) <= 2));
  if (far !== undefined) throw SplatFileError.badField(format, 'offset from the face', 'at most 2 m', far);
  const odd = splats.logScales.find((scale) => !(scale >= -20 && scale <= 2));
  if (odd !== undefined) throw SplatFileError.badField(format, 'logarithm of scale', '-20 to 2', odd);
  return splats;
}

/** The .stipple file of a head. */
export function encodeHead(rig: Rig, splats: BoundSplats): Uint8Array {
  const frames = neutralFrames(rig, splats.header.identityCoefficients);
  return encodeAvatar(splats, { rigFaceCount: rig.faceCount, neutralBounds: splatBounds(splats, frames) });
}
