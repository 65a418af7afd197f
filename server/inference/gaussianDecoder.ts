import type { GeneratorManifest } from './generatorManifest.ts';
import { floatTensor, type BoundTensor, type Graph } from './graph.ts';

/** Splats to decode. Read during the call, not kept. */
export interface DecoderInput {
  /** Features of each splat, [splats, childChannels]. */
  readonly features: Float32Array;
  /** Where it lies on the neutral head, metres, [splats, 3]. */
  readonly positions: Float32Array;
  /** Hidden states of the points, [points, width]. */
  readonly hidden: Float32Array;
  /** Point that each splat belongs to, [splats]. */
  readonly parents: Uint32Array;
}

/** What the decoder may look at; the ablations of the evaluation leave out one or the other. */
export interface DecoderUse {
  /** The points' hidden states. Default true. */
  readonly features?: boolean | undefined;
  /** The splats' positions. Default true. */
  readonly position?: boolean | undefined;
}

/** What the decoder says of each splat; the arrays belong to the caller. */
export interface DecodedSplats {
  /** To add to the inferred colour, [splats, 3]. */
  readonly colors: Float32Array;
  /** How sure it is of the colour, 0 to 1, [splats]. */
  readonly colorTrust: Float32Array;
  /** 0 to 1, [splats]. */
  readonly opacities: Float32Array;
  /** To add to the logarithms of the scales, [splats, 3]. */
  readonly logScales: Float32Array;
  /** Of the first axis in the face's frame, radians, [splats]. */
  readonly angles: Float32Array;
  /** To add to the height over the surface, metres, [splats]. */
  readonly heights: Float32Array;
}

/** Splats a run: enough to fill the matrix products, few enough that what the runtime holds between layers stays small. */
const SPLATS_A_RUN = 4096;

/** Gives splats their colour, opacity, shape and height, in runs of bounded memory. */
export class GaussianDecoder {
  readonly #graph: Graph;
  readonly #width: number;
  readonly #childChannels: number;
  readonly #parentHidden: Float32Array;

  constructor(manifest: Pick<GeneratorManifest, 'width' | 'childChannels'>, graph: Graph) {
    this.#graph = graph;
    this.#width = manifest.width;
    this.#childChannels = manifest.childChannels;
    this.#parentHidden = new Float32Array(SPLATS_A_RUN * manifest.width);
  }

  /** @throws the signal's reason when aborted; RangeError when lengths disagree or a parent is out of range. */
  async decode(input: DecoderInput, options: { readonly signal: AbortSignal; readonly use?: DecoderUse | undefined }): Promise<DecodedSplats> {
    const splats = input.parents.length;
    this.#check(input, splats);
    const columns = {
      color: new Float32Array(3 * splats), color_trust: new Float32Array(splats), opacity: new Float32Array(splats),
      log_scale: new Float32Array(3 * splats), angle: new Float32Array(splats), height: new Float32Array(splats),
    };
    const use = floatTensor(Float32Array.of(options.use?.features === false ? 0 : 1, options.use?.position === false ? 0 : 1), [2]);
    for (let from = 0; from < splats; from += SPLATS_A_RUN) {
      options.signal.throwIfAborted();
      const to = Math.min(from + SPLATS_A_RUN, splats);
      const rows = (values: Float32Array, width: number): BoundTensor => floatTensor(values.subarray(from * width, to * width), [to - from, width]);
      this.#gatherHidden(input, from, to);
      const fetches = Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, rows(values, values.length / splats)]));
      await this.#graph.run({
        child_features: rows(input.features, this.#childChannels), child_position: rows(input.positions, 3),
        parent_hidden: floatTensor(this.#parentHidden.subarray(0, (to - from) * this.#width), [to - from, this.#width]), use,
      }, fetches);
    }
    return {
      colors: columns.color, colorTrust: columns.color_trust, opacities: columns.opacity,
      logScales: columns.log_scale, angles: columns.angle, heights: columns.height,
    };
  }

  #gatherHidden({ hidden, parents }: DecoderInput, from: number, to: number): void {
    for (let splat = from, out = 0; splat < to; splat++) {
      for (let i = 0, source = parents[splat]! * this.#width; i < this.#width; i++) this.#parentHidden[out++] = hidden[source++]!;
    }
  }

  #check({ features, positions, hidden, parents }: DecoderInput, splats: number): void {
    if (features.length !== splats * this.#childChannels) throw new RangeError(`features: expected ${splats * this.#childChannels} values, got ${features.length}`);
    if (positions.length !== 3 * splats) throw new RangeError(`positions: expected ${3 * splats} values, got ${positions.length}`);
    const points = hidden.length / this.#width;
    if (!Number.isInteger(points)) throw new RangeError(`hidden: expected a multiple of ${this.#width} values, got ${hidden.length}`);
    for (const parent of parents) if (parent >= points) throw new RangeError(`parents: expected less than ${points}, got ${parent}`);
  }
}
