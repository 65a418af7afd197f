/** What a histogram says in a report, ms. */
export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly mean: number;
  readonly max: number;
  readonly count: number;
}

/** Bounds of the buckets: 0.25 ms wide up to a second, 5 ms wide up to ten; what is beyond goes into the last. */
const FINE_MS = 0.25;
const FINE_COUNT = 4_000;
const FINE_END_MS = FINE_MS * FINE_COUNT;
const COARSE_MS = 5;
const BUCKET_COUNT = FINE_COUNT + 1_800;

/** Counts of durations, cheap enough for every frame of a hundred viewers, and mergeable across processes. */
export class Histogram {
  readonly #buckets: Uint32Array;
  #count = 0;
  #sum = 0;
  #max = 0;

  constructor(buckets: Uint32Array = new Uint32Array(BUCKET_COUNT)) {
    this.#buckets = buckets;
  }

  get count(): number {
    return this.#count;
  }

  /** @param valueMs below zero counts as zero: two readings of one clock, rounded differently. */
  add(valueMs: number): void {
    const value = valueMs > 0 ? valueMs : 0;
    const index = value < FINE_END_MS ? Math.floor(value / FINE_MS) : FINE_COUNT + Math.floor((value - FINE_END_MS) / COARSE_MS);
    this.#buckets[Math.min(index, BUCKET_COUNT - 1)]!++;
    this.#count++;
    this.#sum += value;
    if (value > this.#max) this.#max = value;
  }

  /** Adds another's counts, as `pack` gave them. */
  merge({ buckets, sum, max }: PackedHistogram): void {
    for (let at = 0; at < buckets.length; at += 2) {
      this.#buckets[buckets[at]!]! += buckets[at + 1]!;
      this.#count += buckets[at + 1]!;
    }
    this.#sum += sum;
    this.#max = Math.max(this.#max, max);
  }

  /** The buckets that are not empty as pairs of index and count: small enough to send between processes each second. */
  pack(): PackedHistogram {
    const pairs: number[] = [];
    this.#buckets.forEach((count, index) => { if (count > 0) pairs.push(index, count); });
    return { buckets: Uint32Array.from(pairs), sum: this.#sum, max: this.#max };
  }

  clear(): void {
    this.#buckets.fill(0);
    this.#count = 0;
    this.#sum = 0;
    this.#max = 0;
  }

  /** Upper bound of the bucket that the fraction falls into (at most the largest value); 0 when nothing was counted. */
  percentile(fraction: number): number {
    if (this.#count === 0) return 0;
    let left = Math.max(1, Math.ceil(this.#count * fraction));
    for (let index = 0; index < BUCKET_COUNT; index++) {
      left -= this.#buckets[index]!;
      if (left > 0) continue;
      const upper = index < FINE_COUNT ? (index + 1) * FINE_MS : FINE_END_MS + (index + 1 - FINE_COUNT) * COARSE_MS;
      return Math.min(upper, this.#max);
    }
    return this.#max;
  }

  get percentiles(): Percentiles {
    return {
      p50: this.percentile(0.5), p95: this.percentile(0.95), p99: this.percentile(0.99),
      mean: this.#count === 0 ? 0 : this.#sum / this.#count, max: this.#max, count: this.#count,
    };
  }

  /** Count of each bucket `widthMs` wide up to `endMs`, for a plot; the last holds all that is beyond. */
  counts(widthMs: number, endMs: number): number[] {
    const bars = Array.from({ length: Math.round(endMs / widthMs) }, () => 0);
    this.#buckets.forEach((count, index) => {
      if (count === 0) return;
      const lower = index < FINE_COUNT ? index * FINE_MS : FINE_END_MS + (index - FINE_COUNT) * COARSE_MS;
      bars[Math.min(bars.length - 1, Math.floor(lower / widthMs))]! += count;
    });
    return bars;
  }
}

/** A histogram on its way between processes. */
export interface PackedHistogram {
  readonly buckets: Uint32Array;
  readonly sum: number;
  readonly max: number;
}

/** One histogram out of several. */
export function mergedHistogram(packed: readonly PackedHistogram[]): Histogram {
  const merged = new Histogram();
  for (const one of packed) merged.merge(one);
  return merged;
}
