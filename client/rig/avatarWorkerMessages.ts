import type { WireError } from '../../shared/protocol/errors.ts';
import type { Rig } from '../../shared/rig/rig.ts';
import type { BoundSplats } from '../../shared/splat/boundSplats.ts';

/** Where an avatar's bytes are: on the server, or here already. */
export type AvatarSource = { readonly url: string; readonly token: string } | { readonly bytes: Uint8Array };

export interface LoadAvatarRequest {
  readonly id: number;
  readonly source: AvatarSource;
  /** Hashes of rigs that the page already has: these are not sent again. */
  readonly knownRigs: readonly string[];
}

/** Fetches the rig that the server makes avatars for, so that the first avatar need not wait for it. */
export interface WarmUpRequest {
  readonly warmUp: true;
}

/** Asks for that rig itself. */
export interface CurrentRigRequest {
  readonly id: number;
  readonly currentRig: true;
  readonly knownRigs: readonly string[];
}

export type AvatarWorkerRequest = LoadAvatarRequest | WarmUpRequest | CurrentRigRequest;

/** `rig` is missing where the page has it already; `splats` where only the rig was asked for. */
export type AvatarWorkerReply =
  | { readonly id: number; readonly ok: true; readonly rigHash: string; readonly rig: Rig | undefined; readonly splats: BoundSplats | undefined }
  | { readonly id: number; readonly ok: false; readonly error: WireError };
