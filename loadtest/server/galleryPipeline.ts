import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AvatarPipeline } from '../../server/avatar/avatarPipeline.ts';
import { projectFolder } from '../../server/setup/paths.mjs';
import { decodeAvatarHeader, HEADER_LENGTH_BYTES, readHeaderLength } from '../../shared/splat/codec/avatarHeaderDecoder.ts';

/** The finished head that every upload of a load test becomes. */
const AVATAR_FILE = join(projectFolder, 'client', 'public', 'gallery', 'avatars', 'ada.stipple');

/**
 * A pipeline for load tests: portraits are uploaded, queued, stored and published as always, but the head is one that was made
 * before, so that what is measured is the room and not the generator.
 */
export async function createPipeline(): Promise<AvatarPipeline> {
  const bytes = new Uint8Array(await readFile(AVATAR_FILE));
  const header = decodeAvatarHeader(bytes.subarray(0, readHeaderLength(bytes.subarray(0, HEADER_LENGTH_BYTES))));
  return {
    generator: 'gallery',
    make: async () => ({ bytes, splats: header.splatCount, generator: 'gallery' }),
  };
}
