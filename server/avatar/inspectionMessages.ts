import type { WireError } from '../../shared/protocol/errors.ts';

/** To the inspecting thread: an avatar file and the name it came under. */
export interface InspectionRequest {
  readonly id: number;
  /** SHA-256 that the bytes should have, in hex. */
  readonly hash: string;
  readonly bytes: Uint8Array;
}

/** What a file that passed says of itself. */
export interface InspectedAvatar {
  readonly splats: number;
  readonly generator: string;
}

/** The inspecting thread's answer; `bug` is for the log where nobody threw on purpose. */
export type InspectionReply =
  | { readonly id: number; readonly ok: true; readonly avatar: InspectedAvatar }
  | { readonly id: number; readonly ok: false; readonly error: WireError; readonly bug?: string };

/** What the thread is started with. */
export interface InspectionThreadData {
  readonly rigFile: string;
}
