import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AvatarMaker } from '../../server/generator/avatarMaker.ts';
import { DEFAULT_GENERATOR } from '../../server/generator/generatorNames.ts';
import { projectFolder } from '../../server/setup/paths.mjs';
import type { Rig } from '../../shared/rig/rig.ts';
import { decodeRig } from '../../shared/rig/rigBinary.ts';
import type { BoundSplats } from '../../shared/splat/boundSplats.ts';
import { decodeAvatar } from '../../shared/splat/codec/avatarDecoder.ts';
import { firstSplats } from './firstSplats.ts';

/** The rig and a head of `count` splats: the prefix of FILE, or of a head made of a sample portrait as the server makes it. */
export async function benchAvatar(count: number, file?: string): Promise<{ rig: Rig; splats: BoundSplats }> {
  const rig = decodeRig(await readFile(join(projectFolder, 'models', 'rig', 'head.rig')));
  const bytes = await benchAvatarFile(file);
  const splats = decodeAvatar(bytes, { faceCount: rig.faceCount, hash: rig.hash, identityComponents: rig.identity.componentCount });
  if (splats.count < count) throw new RangeError(`splats: expected at least ${count} in the avatar, got ${splats.count}`);
  return { rig, splats: firstSplats(splats, count) };
}

/** FILE's bytes, or those of a head made of a sample portrait as the server makes it. */
export async function benchAvatarFile(file?: string): Promise<Uint8Array> {
  if (file !== undefined) return readFile(file);
  const portrait = await readFile(join(projectFolder, 'client', 'public', 'samples', 'ada.jpg'));
  const maker = await AvatarMaker.load();
  try {
    await maker.prepare(DEFAULT_GENERATOR);
    return (await maker.make(portrait, { generator: DEFAULT_GENERATOR, seed: 1, signal: new AbortController().signal, onProgress: () => undefined })).bytes;
  } finally {
    await maker.dispose();
  }
}
