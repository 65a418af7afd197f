import type { WireError } from '../../shared/protocol/errors.ts';
import type { Rig } from '../../shared/rig/rig.ts';
import type { BoundSplats } from '../../shared/splat/boundSplats.ts';

export interface AvatarWorkerRequest {
  readonly id: number;
  readonly url: string;
  readonly token: string;
  /** Hashes of rigs that the page already has: these are not sent again. */
  readonly knownRigs: readonly string[];
}

export type AvatarWorkerReply =
  | { readonly id: number; readonly ok: true; readonly splats: BoundSplats; readonly rig: Rig | undefined }
  | { readonly id: number; readonly ok: false; readonly error: WireError };
