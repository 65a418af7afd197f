import type { HeadFileFormat } from '../../shared/formats/headFiles.ts';
import type { HeadFormat } from '../../shared/formats/headFormat.ts';
import type { WireError } from '../../shared/protocol/errors.ts';
import type { Rig } from '../../shared/rig/rig.ts';
import type { BoundSplats } from '../../shared/splat/boundSplats.ts';

/** A head to be written for other programs. */
export interface ExportRequest {
  readonly kind: 'export';
  readonly rig: Rig;
  readonly splats: BoundSplats;
  readonly format: HeadFileFormat;
}

/** A file to be made an avatar of. */
export interface ImportRequest {
  readonly kind: 'import';
  readonly rig: Rig;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export type ExchangeRequest = ExportRequest | ImportRequest;

/** The file that was written. */
export interface ExportedHead {
  readonly kind: 'export';
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The .stipple that was made. */
export interface ImportedHead {
  readonly kind: 'import';
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Its SHA-256, in lower-case hex. */
  readonly hash: string;
  /** What the file was. */
  readonly format: HeadFormat;
}

export type ExchangeReply = { ok: true; head: ExportedHead | ImportedHead } | { ok: false; error: WireError };
