/** Why the writing ended. An aborted one ends with the signal's reason instead. */
export type StopReason =
  /** Every band wrote its end token: the model's own decision. */
  | 'endTokens'
  /** At least one band was full. */
  | 'bandFull'
  /** The caller's limit for the whole head. */
  | 'maxPoints';

/** Points as the model wrote them; the arrays belong to whoever gets it. */
export interface PointArrays {
  /** Number of each point's site in the lattice, [n]. */
  readonly sites: Uint32Array;
  /** Level of its height over the surface, 0 to 1023, [n]. */
  readonly heightLevels: Uint16Array;
  /** The transformer's hidden state once it had read the point, [n, width]. */
  readonly hidden: Float32Array;
}

/** Points since the chunk before. The first chunk is the whole coarse level: a whole head, thinly. */
export interface PointChunk extends PointArrays {
  readonly level: 'coarse' | 'fine';
  readonly pointsSoFar: number;
  /** How many there will be, going by what has been decided so far. */
  readonly pointsExpected: number;
  /** Share of all sites that have been decided, in [0, 1]. */
  readonly fraction: number;
}

/** All points in the order of the lattice's sites, which does not depend on the steps they came in. */
export interface WrittenPoints extends PointArrays {
  readonly stopReason: StopReason;
  readonly steps: number;
  readonly milliseconds: number;
  /** `vision`, `conditioner`, `coarse` (steps up to the first chunk), `fine` (the others); without the caller's own time. */
  readonly stageMilliseconds: Readonly<Record<'vision' | 'conditioner' | 'coarse' | 'fine', number>>;
}

/** Memory for the points of one head, allocated once. Points come in the order of the steps and leave in that of the sites. */
export class PointStore {
  readonly #bandSize: number;
  readonly #width: number;
  readonly #sites: Uint32Array;
  readonly #heightLevels: Uint16Array;
  readonly #hidden: Float32Array;
  #count = 0;

  constructor(options: { bandSize: number; width: number; capacity: number }) {
    this.#bandSize = options.bandSize;
    this.#width = options.width;
    this.#sites = new Uint32Array(options.capacity);
    this.#heightLevels = new Uint16Array(options.capacity);
    this.#hidden = new Float32Array(options.capacity * options.width);
  }

  get bytes(): number {
    return this.#sites.byteLength + this.#heightLevels.byteLength + this.#hidden.byteLength;
  }

  get count(): number {
    return this.#count;
  }

  clear(): void {
    this.#count = 0;
  }

  /** How many of the points are among the first `limits[band]` sites of their band. */
  countBelow(limits: ArrayLike<number>): number {
    let below = 0;
    for (let index = 0; index < this.#count; index++) {
      const site = this.#sites[index]!;
      if (site % this.#bandSize < limits[Math.floor(site / this.#bandSize)]!) below++;
    }
    return below;
  }

  /** @param hiddenRows [bands, width], of which row `row` is the point's */
  add(band: number, site: number, heightLevel: number, hiddenRows: Float32Array, row: number): void {
    const index = this.#count++;
    this.#sites[index] = band * this.#bandSize + site;
    this.#heightLevels[index] = heightLevel;
    for (let i = 0, from = row * this.#width, to = index * this.#width; i < this.#width; i++) this.#hidden[to++] = hiddenRows[from++]!;
  }

  /** A copy of the points from `from` on. */
  since(from: number): PointArrays {
    return {
      sites: this.#sites.slice(from, this.#count),
      heightLevels: this.#heightLevels.slice(from, this.#count),
      hidden: this.#hidden.slice(from * this.#width, this.#count * this.#width),
    };
  }

  /** A copy of all points in the order of their sites. */
  sorted(): PointArrays {
    const order = Uint32Array.from({ length: this.#count }, (_, index) => index).sort((a, b) => this.#sites[a]! - this.#sites[b]!);
    const hidden = new Float32Array(order.length * this.#width);
    for (const [index, source] of order.entries()) {
      hidden.set(this.#hidden.subarray(source * this.#width, (source + 1) * this.#width), index * this.#width);
    }
    return {
      sites: Uint32Array.from(order, (source) => this.#sites[source]!),
      heightLevels: Uint16Array.from(order, (source) => this.#heightLevels[source]!),
      hidden,
    };
  }
}
