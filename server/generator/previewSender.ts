import { PREVIEW_INTERVAL_MS, PREVIEW_MAX_BYTES, PREVIEW_MAX_SPLATS, PREVIEWS_PER_JOB } from '../../shared/protocol/limits.ts';
import type { BoundSplats, PointBatch } from '../../shared/splat/boundSplats.ts';
import { sliceSplats } from './splatWriter.ts';

/** A head as far as it is written, encoded: complete by itself, few points. */
export interface PointPreview {
  /** 0, 1, 2 …: a higher one replaces a lower one. */
  readonly batch: number;
  readonly pointsSoFar: number;
  readonly pointsExpected: number | undefined;
  /** A bound point set (PROTOCOL.md, SPLAT) of at most `PREVIEW_MAX_SPLATS` splats. */
  readonly bytes: Uint8Array;
}

export interface PreviewSenderOptions {
  readonly encode: (splats: BoundSplats) => Uint8Array;
  readonly send: (preview: PointPreview) => void;
  readonly nowMs?: () => number;
}

/**
 * Turns a generator's batches into previews: adds batches up, keeps to the size and the pace that a preview may have.
 * Of batches that come faster only the newest is encoded, at the next `offer` or `flush` that is late enough.
 */
export class PreviewSender {
  readonly #options: PreviewSenderOptions;
  #parts: BoundSplats[] = [];
  #newest: { pointsSoFar: number; pointsExpected: number | undefined } | undefined;
  #batch = 0;
  #sentMs = -Infinity;

  constructor(options: PreviewSenderOptions) {
    this.#options = options;
  }

  /** @param batch its arrays must stay as they are until the next batch. */
  offer(batch: PointBatch): void {
    if (batch.whole) this.#parts = [];
    this.#parts.push(batch.splats);
    this.#newest = { pointsSoFar: batch.pointsSoFar, pointsExpected: batch.pointsExpected };
    this.flush();
  }

  /** Sends what waits, if the pace allows it. */
  flush(): void {
    const nowMs = this.#options.nowMs?.() ?? performance.now();
    if (this.#newest === undefined || nowMs - this.#sentMs < PREVIEW_INTERVAL_MS || this.#batch === PREVIEWS_PER_JOB) return;
    const { pointsSoFar, pointsExpected } = this.#newest;
    this.#newest = undefined;
    this.#sentMs = nowMs;
    this.#options.send({ batch: this.#batch++, pointsSoFar, pointsExpected, bytes: this.#encode() });
  }

  #encode(): Uint8Array {
    for (let count = PREVIEW_MAX_SPLATS; ; count = Math.floor(count * 0.8)) {
      const bytes = this.#options.encode(previewOf(this.#parts, count));
      if (bytes.length <= PREVIEW_MAX_BYTES) return bytes;
    }
  }
}

/** The first points of several sets as one, grown where some had to be left out. */
function previewOf(parts: readonly BoundSplats[], most: number): BoundSplats {
  const all = parts.reduce((sum, part) => sum + part.count, 0);
  const count = Math.min(all, most);
  const splats: BoundSplats = {
    count, header: parts[0]!.header,
    bindings: new Uint16Array(count), barycentrics: new Float32Array(count * 2), offsets: new Float32Array(count * 3),
    logScales: new Float32Array(count * 3), rotations: new Float32Array(count * 4), opacities: new Float32Array(count),
    colors: new Float32Array(count * 3),
  };
  let at = 0;
  for (const whole of parts) {
    const part = sliceSplats(whole, 0, Math.min(whole.count, count - at));
    splats.bindings.set(part.bindings, at);
    splats.barycentrics.set(part.barycentrics, at * 2);
    splats.offsets.set(part.offsets, at * 3);
    splats.logScales.set(part.logScales, at * 3);
    splats.rotations.set(part.rotations, at * 4);
    splats.opacities.set(part.opacities, at);
    splats.colors.set(part.colors, at * 3);
    at += part.count;
  }
  // To the same share of the surface; less, as a finished head's prefix does with, leaves pores in a face this coarse.
  const growth = 0.5 * Math.log(all / count);
  for (let k = 0; k < splats.logScales.length; k += 1) splats.logScales[k] = splats.logScales[k]! + growth;
  return splats;
}
