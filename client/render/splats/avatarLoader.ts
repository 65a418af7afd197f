import { AvatarDecoder } from '../../../shared/splat/codec/avatarDecoder.ts';
import { decodeRig } from '../../../shared/rig/rigBinary.ts';
import { BoundSplatAvatar } from './boundSplatAvatar.ts';
import { RigGpu } from './rigGpu.ts';

export interface LoadOptions {
  readonly signal?: AbortSignal;
  /** Called as splats arrive, in [0, count]; the first call is when there is a coarse head to see. */
  readonly onProgress?: (loadedCount: number, count: number) => void;
}

/**
 * Fetches a rig, once for all avatars on it.
 * @throws RigFormatError where it is none; TypeError where it cannot be fetched.
 */
export async function loadRig(url: string, { signal }: Pick<LoadOptions, 'signal'> = {}): Promise<RigGpu> {
  const response = await fetchWhole(url, signal);
  return new RigGpu(decodeRig(new Uint8Array(await response.arrayBuffer())));
}

/**
 * Fetches an avatar while it can already be seen: resolves as soon as the first of its splats are there, coarsely; the others
 * join as they come, and `done` resolves when all have.
 * @throws AvatarFormatError where it is none, or none for this rig.
 */
export async function loadAvatar(rigGpu: RigGpu, url: string, options: LoadOptions = {}): Promise<{ avatar: BoundSplatAvatar; done: Promise<void> }> {
  const response = await fetchWhole(url, options.signal);
  if (!response.body) throw new TypeError(`${url}: no body`);
  const { rig } = rigGpu;
  const decoder = new AvatarDecoder({ faceCount: rig.faceCount, hash: rig.hash, identityComponents: rig.identity.componentCount });
  const reader = response.body.getReader();
  /** Hands on the next bytes. @returns true at the end of the file. */
  const next = async (avatar?: BoundSplatAvatar): Promise<boolean> => {
    const { done, value } = await reader.read();
    if (done) {
      decoder.finish();
      return true;
    }
    if (!decoder.push(value) || !decoder.splats) return false;
    avatar?.setLoadedCount(decoder.decodedCount);
    options.onProgress?.(decoder.decodedCount, decoder.splats.count);
    return false;
  };
  let ended = false;
  while (!ended && decoder.decodedCount === 0) ended = await next();
  if (!decoder.splats) throw new TypeError(`${url}: ended before the first splats`);
  const avatar = new BoundSplatAvatar(rigGpu, decoder.splats, decoder.decodedCount);
  const rest = async (): Promise<void> => {
    while (!ended) ended = await next(avatar);
  };
  return { avatar, done: rest() };
}

async function fetchWhole(url: string, signal: AbortSignal | undefined): Promise<Response> {
  const response = await fetch(url, signal ? { signal } : {});
  if (!response.ok) throw new TypeError(`${url}: ${response.status} ${response.statusText}`);
  return response;
}
