import { signal } from '@preact/signals';
import type { AcknowledgedEventOf } from '../../shared/protocol/signaling.ts';
import type { LoadedAvatar } from './avatarLibrary.ts';

export type PointsEvent = AcknowledgedEventOf<'avatar:points'>;

/** A head in the making as far as it has come. */
export interface GrowthStep {
  readonly jobId: string;
  readonly batch: number;
  readonly pointsSoFar: number;
  /** Room clock when the server had the whole portrait. */
  readonly uploadedAtMs: number;
  readonly avatar: LoadedAvatar;
}

/** Follows one job's points: decodes each, keeps the newest, drops what comes late. */
export class GrowingHead {
  readonly step = signal<GrowthStep | undefined>(undefined);
  readonly #decode: (bytes: Uint8Array) => Promise<LoadedAvatar>;
  #newest = -1;

  constructor(decode: (bytes: Uint8Array) => Promise<LoadedAvatar>) {
    this.#decode = decode;
  }

  /** Resolves when these points are decoded or dropped. @throws StippleError where they cannot be read. */
  async take({ jobId, batch, pointsSoFar, uploadedAtMs, bytes }: PointsEvent): Promise<void> {
    if (batch <= this.#newest) return;
    this.#newest = batch;
    const avatar = await this.#decode(bytes);
    if (batch <= (this.step.value?.batch ?? -1)) return;
    this.step.value = { jobId, batch, pointsSoFar, uploadedAtMs, avatar };
  }
}
