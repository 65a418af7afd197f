import { StippleError, toWireError } from '../../shared/protocol/errors.ts';
import { HTTP_PATHS } from '../../shared/protocol/http.ts';
import type { Rig } from '../../shared/rig/rig.ts';
import { decodeRig } from '../../shared/rig/rigBinary.ts';
import { decodeAvatar } from '../../shared/splat/codec/avatarDecoder.ts';
import { decodeAvatarHeader, readHeaderLength } from '../../shared/splat/codec/avatarHeaderDecoder.ts';
import { fetchBytes } from '../signaling/fetchBytes.ts';
import type { AvatarWorkerReply, AvatarWorkerRequest } from './avatarWorkerMessages.ts';

/** Module worker: fetches and decodes avatars, and the rigs their headers name. */
const rigs = new Map<string, Promise<Rig>>();

function loadRig(hash: string): Promise<Rig> {
  const known = rigs.get(hash);
  if (known) return known;
  const loading = fetchBytes(HTTP_PATHS.rig(hash), undefined).then((bytes) => decodeRig(bytes));
  rigs.set(hash, loading);
  loading.catch(() => rigs.delete(hash));
  return loading;
}

async function handle({ id, url, token, knownRigs }: AvatarWorkerRequest): Promise<void> {
  let reply: AvatarWorkerReply;
  let transfer: Transferable[] = [];
  try {
    const bytes = await fetchBytes(url, token);
    const rig = await loadRig(decodeAvatarHeader(bytes.subarray(0, readHeaderLength(bytes))).rigHash);
    const splats = decodeAvatar(bytes, rig);
    transfer = [splats.bindings, splats.barycentrics, splats.offsets, splats.logScales, splats.rotations, splats.opacities, splats.colors]
      .map((column) => column.buffer as ArrayBuffer)
      .filter((buffer, index, all) => all.indexOf(buffer) === index);
    // The rig is copied, not transferred: the next avatar needs it here again.
    reply = { id, ok: true, splats, rig: knownRigs.includes(splats.header.rigHash) ? undefined : rig };
  } catch (error) {
    if (!(error instanceof StippleError)) console.error('avatar worker', error);
    reply = { id, ok: false, error: toWireError(error instanceof StippleError ? error : new StippleError('AVATAR_INVALID', { cause: error }), 'page') };
  }
  globalThis.postMessage(reply, { transfer });
}

globalThis.addEventListener('message', (event: MessageEvent<AvatarWorkerRequest>) => void handle(event.data));
