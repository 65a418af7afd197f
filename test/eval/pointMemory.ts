import type { GeneratorModel } from '../../server/inference/generatorModel.ts';

type Model = Pick<GeneratorModel, 'writePoints' | 'decodeSplats' | 'manifest'>;
type Written = ReturnType<Model['writePoints']> extends AsyncGenerator<infer Chunk, infer Points, void> ? { chunks: Chunk[]; points: Points } : never;

/** A model that writes one portrait's points once: what differs between the table's rows is what becomes of them. */
export class PointMemory implements Model {
  readonly #model: Model;
  #written: Written | undefined;
  /** What was not written again would have taken so long in all. */
  savedMilliseconds = 0;

  constructor(model: Model) {
    this.#model = model;
  }

  get manifest(): Model['manifest'] {
    return this.#model.manifest;
  }

  async *writePoints(...call: Parameters<Model['writePoints']>): ReturnType<Model['writePoints']> {
    if (this.#written !== undefined) {
      this.savedMilliseconds += this.#written.points.milliseconds;
      yield* this.#written.chunks;
      return this.#written.points;
    }
    const chunks: Written['chunks'] = [];
    const stream = this.#model.writePoints(...call);
    for (;;) {
      const step = await stream.next();
      if (step.done === true) {
        this.#written = { chunks, points: step.value };
        return step.value;
      }
      chunks.push(step.value);
      yield step.value;
    }
  }

  decodeSplats(...call: Parameters<Model['decodeSplats']>): ReturnType<Model['decodeSplats']> {
    return this.#model.decodeSplats(...call);
  }
}
