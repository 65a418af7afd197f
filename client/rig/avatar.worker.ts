import { StippleError, toWireError } from '../../shared/protocol/errors.ts';
import { HTTP_PATHS } from '../../shared/protocol/http.ts';
import type { Rig } from '../../shared/rig/rig.ts';
import { decodeRig } from '../../shared/rig/rigBinary.ts';
import type { BoundSplats } from '../../shared/splat/boundSplats.ts';
import { AvatarDecoder } from '../../shared/splat/codec/avatarDecoder.ts';
import { HEADER_LENGTH_BYTES, decodeAvatarHeader, readHeaderLength } from '../../shared/splat/codec/avatarHeaderDecoder.ts';
import { fetchBytes, fetchStream } from '../signaling/fetchBytes.ts';
import type { AvatarSource, AvatarWorkerReply, AvatarWorkerRequest, CurrentRigRequest, LoadAvatarRequest } from './avatarWorkerMessages.ts';

/** Module worker: fetches and decodes avatars, and the rigs their headers name. */
const rigs = new Map<string, Promise<Rig>>();
/** The rig of the server's own avatars, on its way since the warm-up. */
let currentRig: Promise<Rig | undefined> | undefined;

async function loadRig(hash: string): Promise<Rig> {
  const current = await currentRig;
  if (current?.hash === hash) return current;
  const known = rigs.get(hash);
  if (known) return known;
  const loading = fetchBytes(HTTP_PATHS.rig(hash), undefined).then((bytes) => decodeRig(bytes));
  rigs.set(hash, loading);
  loading.catch(() => rigs.delete(hash));
  return loading;
}

/** Decodes chunk by chunk as the bytes come in; the rig is fetched as soon as the header has named it. */
async function loadAvatar(source: AvatarSource): Promise<{ rig: Rig; splats: BoundSplats }> {
  const body = 'bytes' in source ? [source.bytes] : await fetchStream(source.url, source.token);
  let rig: Rig | undefined;
  let decoder: AvatarDecoder | undefined;
  let head = new Uint8Array(0);
  for await (const bytes of body) {
    if (decoder) {
      decoder.push(bytes);
      continue;
    }
    head = concatenate(head, bytes);
    if (head.length < HEADER_LENGTH_BYTES) continue;
    const headerBytes = readHeaderLength(head);
    if (head.length < headerBytes) continue;
    rig = await loadRig(decodeAvatarHeader(head.subarray(0, headerBytes)).rigHash);
    decoder = new AvatarDecoder({ faceCount: rig.faceCount, hash: rig.hash, identityComponents: rig.identity.componentCount });
    decoder.push(head);
  }
  if (!rig || !decoder) throw new StippleError('AVATAR_INVALID', { details: { bytes: head.length } });
  return { rig, splats: decoder.finish() };
}

function concatenate(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}

/** @throws StippleError where there is none to be had. */
async function loadCurrentRig(): Promise<Rig> {
  const rig = await (currentRig ??= fetchCurrentRig());
  if (rig) return rig;
  currentRig = undefined; // The next one to ask tries again.
  throw new StippleError('RIG_UNKNOWN', { retryable: true });
}

const fetchCurrentRig = (): Promise<Rig | undefined> =>
  fetchBytes(HTTP_PATHS.currentRig, undefined).then((bytes) => decodeRig(bytes)).catch(() => undefined);

async function handle(request: LoadAvatarRequest | CurrentRigRequest): Promise<void> {
  const { id, knownRigs } = request;
  let reply: AvatarWorkerReply;
  let transfer: Transferable[] = [];
  try {
    const { rig, splats } = 'source' in request ? await loadAvatar(request.source) : { rig: await loadCurrentRig(), splats: undefined };
    transfer = (splats ? [splats.bindings, splats.barycentrics, splats.offsets, splats.logScales, splats.rotations, splats.opacities, splats.colors] : [])
      .map((column) => column.buffer as ArrayBuffer)
      .filter((buffer, index, all) => all.indexOf(buffer) === index);
    // The rig is copied, not transferred: the next avatar needs it here again.
    reply = { id, ok: true, splats, rigHash: rig.hash, rig: knownRigs.includes(rig.hash) ? undefined : rig };
  } catch (error) {
    if (!(error instanceof StippleError)) console.error('avatar worker', error);
    reply = { id, ok: false, error: toWireError(error instanceof StippleError ? error : new StippleError('AVATAR_INVALID', { cause: error }), 'page') };
  }
  globalThis.postMessage(reply, { transfer });
}

globalThis.addEventListener('message', ({ data }: MessageEvent<AvatarWorkerRequest>) => {
  if ('id' in data) void handle(data);
  // Where this fails, the first avatar's own request says why.
  else currentRig ??= fetchCurrentRig();
});
