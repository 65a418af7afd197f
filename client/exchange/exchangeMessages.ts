import type { HeadFileFormat } from '../../shared/formats/headFiles.ts';
import type { WireError } from '../../shared/protocol/errors.ts';
import type { Rig } from '../../shared/rig/rig.ts';
import type { BoundSplats } from '../../shared/splat/boundSplats.ts';

/** A head to be written for other programs. */
export interface ExportRequest {
  readonly rig: Rig;
  readonly splats: BoundSplats;
  readonly format: HeadFileFormat;
}

export type ExportReply = { ok: true; bytes: Uint8Array<ArrayBuffer> } | { ok: false; error: WireError };
