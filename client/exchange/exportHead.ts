import type { HeadFileFormat } from '../../shared/formats/headFiles.ts';
import type { LoadedAvatar } from '../rig/avatarLibrary.ts';
import { exchange } from './exchangeWorker.ts';

/**
 * Writes a head for other programs.
 * @throws StippleError
 */
export async function exportHead({ rig, splats }: LoadedAvatar, format: HeadFileFormat): Promise<Uint8Array<ArrayBuffer>> {
  return (await exchange({ kind: 'export', rig, splats, format })).bytes;
}

/** Hands bytes to the browser as a download. */
export function saveAs(name: string, bytes: Uint8Array<ArrayBuffer>): void {
  const url = URL.createObjectURL(new Blob([bytes], { type: 'application/octet-stream' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The download has its own hold of the bytes by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
