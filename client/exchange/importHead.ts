import { StippleError } from '../../shared/protocol/errors.ts';
import type { Rig } from '../../shared/rig/rig.ts';
import type { ImportedHead } from './exchangeMessages.ts';
import { exchange } from './exchangeWorker.ts';

/** The largest head of any format, view-dependent colours and all, with room to spare. */
export const HEAD_FILE_MAX_BYTES = 64 * 1024 * 1024;

/**
 * Makes an avatar of a file that somebody brings: .stipple, PLY, SPZ or binary glTF of a head made here, or LAM's zip.
 * @param rig what the server makes avatars for.
 * @throws StippleError PAYLOAD_TOO_LARGE before anything is read, AVATAR_INVALID; the signal's reason when aborted.
 */
export async function importHead(rig: Rig, file: Blob, signal: AbortSignal): Promise<ImportedHead> {
  if (file.size > HEAD_FILE_MAX_BYTES) throw tooLarge(file.size);
  const bytes = new Uint8Array(await file.arrayBuffer().catch((cause: unknown) => { throw unreadable(cause); }));
  const head = await exchange({ kind: 'import', rig, bytes }, { signal, transfer: [bytes.buffer] });
  if (head.kind !== 'import') throw new Error('expected an imported head');
  return head;
}

/** What a file is that the browser itself cannot read: moved away meanwhile, or a folder. */
export function unreadable(cause: unknown): StippleError {
  return new StippleError('INVALID_REQUEST', { message: 'The browser could not read this file; choose it again.', cause });
}

function tooLarge(gotBytes: number): StippleError {
  const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1024 / 1024)} MB`;
  return new StippleError('PAYLOAD_TOO_LARGE', {
    message: `This file is too large for an avatar: expected at most ${megabytes(HEAD_FILE_MAX_BYTES)}, got ${megabytes(gotBytes)}.`,
    details: { field: 'length', expected: `at most ${HEAD_FILE_MAX_BYTES} bytes`, got: gotBytes },
  });
}
