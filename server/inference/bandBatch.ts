import type { NoiseSource } from './bandNoise.ts';
import { memoryNames, type GeneratorSizes } from './generatorContract.ts';
import { floatTensor, integerTensor, type BoundTensor } from './graph.ts';
import { KvCache } from './kvCache.ts';

/** A logit that no noise ever takes. Finite, so that sums of logarithms stay numbers. */
const FORBIDDEN_LOGIT = -1e4;
/** Ended bands are left out once this share of the rows is theirs: leaving out costs a copy of the others' tables. */
const LEAVE_OUT_SHARE = 0.25;

/**
 * The bands that are being written, one row each, and the memory of everything the step graph reads and writes. Allocated
 * once, used for every head.
 */
export class BandBatch {
  readonly #sizes: GeneratorSizes & { readonly cacheLength: number };
  readonly #cache: KvCache;
  /** What the conditioner writes once and every step reads, by name: a row a band. */
  readonly #tables: Readonly<Record<'site_keys' | 'site_bias' | 'site_embedding' | 'start_embedding', { values: Float32Array; shape: readonly number[] }>>;
  readonly #memory: Record<string, BoundTensor> = {};
  readonly #memoryBytes: number;
  readonly #previousSite: BigInt64Array;
  readonly #previousHeight: BigInt64Array;
  readonly #step = new BigInt64Array(1);
  readonly #noise: Float32Array;
  readonly #site: BigInt64Array;
  readonly #height: BigInt64Array;
  readonly #hidden: Float32Array;
  readonly #settings = { temperature: new Float32Array(2), topP: new Float32Array(2) };
  #feeds: Record<string, BoundTensor> = {};
  #fetches: Record<string, BoundTensor> = {};
  #bands: number[] = [];

  constructor(sizes: GeneratorSizes & { readonly cacheLength: number }) {
    this.#sizes = sizes;
    const { bandCount, bandSize, width, keyWidth, heads, headWidth, memoryLength } = sizes;
    this.#cache = new KvCache(sizes);
    const table = (...shape: number[]) => ({ values: new Float32Array(shape.reduce((product, dimension) => product * dimension, bandCount)), shape });
    this.#tables = {
      site_keys: table(bandSize, keyWidth), site_bias: table(bandSize), site_embedding: table(bandSize, width), start_embedding: table(width),
    };
    const memoryLengthFloats = heads * memoryLength * headWidth;
    for (let layer = 0; layer < sizes.layers; layer++) {
      const { key, value } = memoryNames(layer);
      this.#memory[key] = floatTensor(new Float32Array(memoryLengthFloats), [heads, headWidth, memoryLength]);
      this.#memory[value] = floatTensor(new Float32Array(memoryLengthFloats), [heads, memoryLength, headWidth]);
    }
    this.#memoryBytes = 2 * sizes.layers * memoryLengthFloats * Float32Array.BYTES_PER_ELEMENT;
    this.#previousSite = new BigInt64Array(bandCount);
    this.#previousHeight = new BigInt64Array(bandCount);
    this.#noise = new Float32Array(2 * bandCount);
    this.#site = new BigInt64Array(bandCount);
    this.#height = new BigInt64Array(bandCount);
    this.#hidden = new Float32Array(bandCount * width);
    this.reset();
  }

  /** Bytes held, whatever is in them. */
  get bytes(): number {
    return Object.values(this.#tables).reduce((sum, { values }) => sum + values.byteLength, 0) + this.#memoryBytes + this.#cache.bytes + this.#hidden.byteLength;
  }

  /** Band of each row. */
  get bands(): readonly number[] {
    return this.#bands;
  }

  /** Places read so far, the start included. */
  get steps(): number {
    return this.#cache.length;
  }

  /** The rows' hidden states, [rows, width], of what the last step read. */
  get hidden(): Float32Array {
    return this.#hidden;
  }

  /** All bands, nothing read. */
  reset(): void {
    this.#bands = Array.from({ length: this.#sizes.bandCount }, (_, band) => band);
    this.#cache.clear();
    this.#previousSite.fill(-1n);
    this.#previousHeight.fill(0n);
    this.#bind();
  }

  /** Where the conditioner writes; only right after `reset`. */
  get conditions(): Readonly<Record<string, BoundTensor>> {
    return { ...this.#memory, ...this.#boundTables() };
  }

  /** @param available 0 where no point may be, [bandCount × bandSize] */
  forbid(available: Uint8Array): void {
    const bias = this.#tables.site_bias.values;
    for (let site = 0; site < bias.length; site++) if (available[site] === 0) bias[site] = FORBIDDEN_LOGIT;
  }

  setSampling(settings: { temperature: readonly [number, number]; topP: readonly [number, number] }): void {
    this.#settings.temperature.set(settings.temperature);
    this.#settings.topP.set(settings.topP);
  }

  /** Prepares the next step: the graph's inputs and where it writes. */
  prepare(noise: NoiseSource): { feeds: Readonly<Record<string, BoundTensor>>; fetches: Readonly<Record<string, BoundTensor>> } {
    this.#step[0] = BigInt(this.#cache.length);
    noise.draw(this.#noise, this.#bands);
    return { feeds: { ...this.#feeds, ...this.#cache.past }, fetches: { ...this.#fetches, ...this.#cache.present } };
  }

  /** After a step: keeps the new place of the cache. */
  advance(): void {
    this.#cache.append();
  }

  /** What the last step chose for a row. */
  chosen(row: number): { site: number; heightLevel: number } {
    return { site: Number(this.#site[row]), heightLevel: Number(this.#height[row]) };
  }

  /** What the next step reads in a row. */
  feed(row: number, site: number, heightLevel: number): void {
    this.#previousSite[row] = BigInt(site);
    this.#previousHeight[row] = BigInt(heightLevel);
  }

  /** Leaves out the rows of ended bands once that pays. */
  leaveOut(isEnded: (band: number) => boolean): void {
    const kept: number[] = [];
    for (const [row, band] of this.#bands.entries()) if (!isEnded(band)) kept.push(row);
    if (kept.length === 0 || this.#bands.length - kept.length < LEAVE_OUT_SHARE * this.#bands.length) return;
    for (const { values, shape } of Object.values(this.#tables)) {
      const size = shape.reduce((product, dimension) => product * dimension, 1);
      for (const [to, from] of kept.entries()) values.copyWithin(to * size, from * size, (from + 1) * size);
    }
    for (const [to, from] of kept.entries()) {
      this.#previousSite[to] = this.#previousSite[from]!;
      this.#previousHeight[to] = this.#previousHeight[from]!;
    }
    this.#cache.keepBands(kept);
    this.#bands = kept.map((row) => this.#bands[row]!);
    this.#bind();
  }

  #bind(): void {
    const rows = this.#bands.length;
    const { width } = this.#sizes;
    this.#feeds = {
      ...this.#memory, ...this.#boundTables(),
      previous_site: integerTensor(this.#previousSite.subarray(0, rows), [rows]),
      previous_height: integerTensor(this.#previousHeight.subarray(0, rows), [rows]),
      step: integerTensor(this.#step, [1]),
      noise: floatTensor(this.#noise.subarray(0, 2 * rows), [rows, 2]),
      temperature: floatTensor(this.#settings.temperature, [2]),
      top_p: floatTensor(this.#settings.topP, [2]),
    };
    this.#fetches = {
      site: integerTensor(this.#site.subarray(0, rows), [rows]),
      height: integerTensor(this.#height.subarray(0, rows), [rows]),
      hidden: floatTensor(this.#hidden.subarray(0, rows * width), [rows, width]),
    };
  }

  #boundTables(): Record<string, BoundTensor> {
    const rows = this.#bands.length;
    return Object.fromEntries(Object.entries(this.#tables).map(([name, { values, shape }]) => {
      const size = shape.reduce((product, dimension) => product * dimension, 1);
      return [name, floatTensor(values.subarray(0, rows * size), [rows, ...shape])];
    }));
  }
}
