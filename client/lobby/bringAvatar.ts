import { type HeadFormat, unknownHeadFormat } from '../../shared/formats/headFormat.ts';
import type { AvatarRef } from '../../shared/protocol/avatarRef.ts';
import { importHead } from '../exchange/importHead.ts';
import type { AvatarLibrary, LoadedAvatar } from '../rig/avatarLibrary.ts';
import { sendAvatar } from '../signaling/avatarApi.ts';
import type { SignalingConnection } from '../signaling/signalingConnection.ts';

/** How far an avatar file has come. */
export type BringingProgress =
  | { readonly stage: 'reading' }
  | { readonly stage: 'sending'; /** Share that has left, in [0, 1]. */ readonly uploaded: number }
  | { readonly stage: 'opening' };

export interface BringOptions {
  readonly connection: SignalingConnection;
  readonly library: AvatarLibrary;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: BringingProgress) => void;
}

/**
 * From somebody's file to an avatar that the server keeps for them and that is here to be shown.
 * @param format what the file's first bytes say it is.
 * @throws StippleError; the signal's reason when aborted.
 */
export async function bringAvatar(file: Blob, format: HeadFormat | undefined, options: BringOptions): Promise<{ avatar: AvatarRef; loaded: LoadedAvatar }> {
  const { connection, library, signal, onProgress } = options;
  if (format === undefined) throw unknownHeadFormat();
  onProgress({ stage: 'reading' });
  const rig = await library.currentRig();
  const { hash, bytes } = await importHead(rig, file, signal);
  onProgress({ stage: 'sending', uploaded: 0 });
  const avatar = await sendAvatar(connection, hash, bytes, { signal, onUpload: (uploaded) => onProgress({ stage: 'sending', uploaded }) });
  onProgress({ stage: 'opening' });
  const loaded = await library.keep(hash, bytes);
  signal.throwIfAborted();
  return { avatar, loaded };
}
