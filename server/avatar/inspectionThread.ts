/**
 * Entry of the thread that reads the avatar files people bring: tens of thousands of splats take longer to decode than the relay's
 * tick. A thread and not a process: the decoder is our own, bounds-checked and pure, and cannot crash as native code can.
 */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { StippleError, toWireError } from '../../shared/protocol/errors.ts';
import type { Rig } from '../../shared/rig/rig.ts';
import { decodeRig } from '../../shared/rig/rigBinary.ts';
import { readBroughtAvatar } from './broughtAvatar.ts';
import type { InspectedAvatar, InspectionReply, InspectionRequest, InspectionThreadData } from './inspectionMessages.ts';

const { rigFile } = workerData as InspectionThreadData;
let loaded: { readonly rig: Rig; readonly changedMs: number } | undefined;

/** The rig that heads are made for; read anew when another takes its place. @throws StippleError RIG_UNKNOWN */
async function currentRig(): Promise<Rig> {
  try {
    const { mtimeMs } = await stat(rigFile);
    if (loaded?.changedMs !== mtimeMs) loaded = { rig: decodeRig(await readFile(rigFile)), changedMs: mtimeMs };
    return loaded.rig;
  } catch (error) {
    throw new StippleError('RIG_UNKNOWN', { cause: error });
  }
}

/** @throws StippleError AVATAR_INVALID, RIG_UNKNOWN */
async function inspect({ hash, bytes }: InspectionRequest): Promise<InspectedAvatar> {
  const splats = readBroughtAvatar(await currentRig(), bytes);
  const got = createHash('sha256').update(bytes).digest('hex');
  if (got !== hash) {
    throw new StippleError('AVATAR_INVALID', { message: `avatar file: hash: expected ${hash}, got ${got}`, details: { field: 'hash', expected: hash, got } });
  }
  return { splats: splats.count, generator: splats.header.generator };
}

parentPort?.on('message', (request: InspectionRequest) => {
  const { id } = request;
  void inspect(request)
    .then((avatar): InspectionReply => ({ id, ok: true, avatar }), (error: unknown): InspectionReply => ({
      id, ok: false, error: toWireError(error, 'inspection'),
      ...(error instanceof StippleError ? {} : { bug: String((error as Error)?.stack ?? error).slice(0, 2_000) }),
    }))
    .then((reply) => parentPort?.postMessage(reply));
});
