import { pastNames, presentNames, type GeneratorSizes } from './generatorContract.ts';
import { floatTensor, type BoundTensor } from './graph.ts';

/** Places are handed to the graph in multiples of this: what is not written yet need not be read. */
const PLACES_STEP = 64;

export type KvCacheSizes = Pick<GeneratorSizes, 'bandCount' | 'layers' | 'kvHeads' | 'headWidth'> & { readonly cacheLength: number };

/**
 * Keys and values of everything the bands have read, in one buffer that is allocated once and used for every head.
 *
 * Each layer has a tensor of keys and one of values, [bands, kvHeads, places, headWidth], over memory of this buffer; the
 * graph reads them in place and gives back only the new place's row, which `append` writes where it belongs. Nothing else
 * moves, except twice or so a head: when the places run out (64, 128, 192, 256) and when enough bands have ended that
 * leaving them out pays. Then the rows are laid out anew, within the same memory.
 */
export class KvCache {
  readonly #sizes: KvCacheSizes;
  readonly #buffer: Float32Array;
  readonly #rows: Float32Array;
  #bands = 0;
  #places = 0;
  #length = 0;
  #past: Record<string, BoundTensor> = {};
  #present: Record<string, BoundTensor> = {};

  constructor(sizes: KvCacheSizes) {
    this.#sizes = sizes;
    const rowLength = sizes.layers * 2 * sizes.bandCount * sizes.kvHeads * sizes.headWidth;
    this.#rows = new Float32Array(rowLength);
    this.#buffer = new Float32Array(rowLength * sizes.cacheLength);
    this.clear();
  }

  /** Bytes held, whatever is in them. */
  get bytes(): number {
    return this.#buffer.byteLength + this.#rows.byteLength;
  }

  /** Bands in the tensors now. */
  get bands(): number {
    return this.#bands;
  }

  /** Places written. */
  get length(): number {
    return this.#length;
  }

  /** The graph's inputs: all places, of which the first `length` count. */
  get past(): Readonly<Record<string, BoundTensor>> {
    return this.#past;
  }

  /** Where the graph writes the row of the place it computes. */
  get present(): Readonly<Record<string, BoundTensor>> {
    return this.#present;
  }

  /** Empty again, all bands. @param bands default: all of them. */
  clear(bands = this.#sizes.bandCount): void {
    this.#length = 0;
    this.#bands = bands;
    this.#places = Math.min(PLACES_STEP, this.#sizes.cacheLength);
    this.#bindPast();
    this.#bindPresent();
  }

  /** Takes over the row that the graph has written into `present`. */
  append(): void {
    const { kvHeads, headWidth, cacheLength, layers } = this.#sizes;
    if (this.#length === cacheLength) throw new Error(`the cache holds ${cacheLength} places, all written`);
    if (this.#length === this.#places) this.#layOut(this.#places + PLACES_STEP, undefined);
    const stride = this.#places * headWidth;
    const runs = layers * 2 * this.#bands * kvHeads;
    let to = this.#length * headWidth;
    for (let run = 0, from = 0; run < runs; run++, to += stride) {
      for (let i = 0; i < headWidth; i++) this.#buffer[to + i] = this.#rows[from++]!;
    }
    this.#length++;
  }

  /** Leaves out all bands but these. @param kept positions in the tensors as they are now, ascending */
  keepBands(kept: readonly number[]): void {
    this.#layOut(this.#places, kept);
    this.#bindPresent();
  }

  /** Moves every row to where it lies with other sizes. Growing moves rows up, so it begins at the end; shrinking, at the front. */
  #layOut(places: number, kept: readonly number[] | undefined): void {
    const { layers, kvHeads, headWidth, cacheLength } = this.#sizes;
    const wanted = Math.min(places, cacheLength);
    const bands = kept?.length ?? this.#bands;
    const moves = layers * 2 * bands;
    const filled = this.#length * headWidth;
    for (let i = 0; i < moves; i++) {
      const move = kept === undefined ? moves - 1 - i : i;
      const tensor = Math.floor(move / bands);
      const band = move % bands;
      for (let h = 0; h < kvHeads; h++) {
        const head = kept === undefined ? kvHeads - 1 - h : h;
        const from = ((tensor * this.#bands + (kept?.[band] ?? band)) * kvHeads + head) * this.#places * headWidth;
        const to = ((tensor * bands + band) * kvHeads + head) * wanted * headWidth;
        this.#buffer.copyWithin(to, from, from + filled);
      }
    }
    this.#bands = bands;
    this.#places = wanted;
    this.#bindPast();
  }

  #bindPast(): void {
    const { layers, kvHeads, headWidth } = this.#sizes;
    const shape = [this.#bands, kvHeads, this.#places, headWidth];
    this.#past = this.#bind(this.#buffer, shape, layers, pastNames);
  }

  #bindPresent(): void {
    const { layers, kvHeads, headWidth } = this.#sizes;
    this.#present = this.#bind(this.#rows, [this.#bands, kvHeads, 1, headWidth], layers, presentNames);
  }

  #bind(memory: Float32Array, shape: readonly number[], layers: number, names: typeof pastNames | typeof presentNames): Record<string, BoundTensor> {
    const size = shape.reduce((product, dimension) => product * dimension, 1);
    const bound: Record<string, BoundTensor> = {};
    for (let layer = 0; layer < layers; layer++) {
      const { key, value } = names(layer);
      bound[key] = floatTensor(memory.subarray(2 * layer * size, (2 * layer + 1) * size), shape);
      bound[value] = floatTensor(memory.subarray((2 * layer + 1) * size, (2 * layer + 2) * size), shape);
    }
    return bound;
  }
}
