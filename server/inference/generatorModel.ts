import { acquireDevice } from './deviceQueue.ts';
import { chooseProvider, type ExecutionProvider, type ProviderChoice } from './executionProvider.ts';
import { GaussianDecoder, type DecodedSplats, type DecoderInput, type DecoderUse } from './gaussianDecoder.ts';
import { generatorContracts, GRAPH_NAMES, PICTURE_SIZE, type GraphName } from './generatorContract.ts';
import { readGeneratorManifest, readGraphFile, type GeneratorManifest } from './generatorManifest.ts';
import { Graph } from './graph.ts';
import { PointWriter, type PointCondition, type WritePointsOptions } from './pointWriter.ts';
import type { PointChunk, WrittenPoints } from './writtenPoints.ts';

/** What the model has to fit: the lattice it writes on and the features that it is given. */
export interface GeneratorSurroundings {
  readonly lattice: { readonly hash: string; readonly bandCount: number; readonly bandSize: number; readonly coarseCounts: ArrayLike<number> };
  readonly siteChannels: number;
  readonly childChannels: number;
}

export interface GeneratorModelOptions {
  /** `auto` (default) takes CUDA where it works. */
  readonly provider?: 'auto' | 'cpu' | undefined;
  /** Threads within one operator on the CPU. Default 2. */
  readonly threads?: number | undefined;
}

/**
 * The trained generator: four ONNX graphs, checked byte for byte when they are loaded. Load once, use for every head, dispose
 * at the end. One head at a time on each device; who comes later waits.
 */
export class GeneratorModel {
  readonly manifest: GeneratorManifest;
  readonly choice: ProviderChoice;
  readonly #graphs: Readonly<Record<GraphName, Graph>>;
  readonly #writer: PointWriter;
  readonly #decoder: GaussianDecoder;

  private constructor(manifest: GeneratorManifest, graphs: Readonly<Record<GraphName, Graph>>, choice: ProviderChoice, coarseCounts: ArrayLike<number>) {
    this.manifest = manifest;
    this.choice = choice;
    this.#graphs = graphs;
    this.#writer = new PointWriter(manifest, graphs, coarseCounts);
    this.#decoder = new GaussianDecoder(manifest, graphs.decoder);
  }

  /**
   * @param folder with `manifest.json` and the graphs
   * @throws {StippleError} MODEL_MISSING when a file is not there or cannot be read, MODEL_INVALID when it is not the one it
   * should be: hash, names, types, shapes, or a model of another lattice or other features.
   */
  static async load(folder: string, surroundings: GeneratorSurroundings, options: GeneratorModelOptions = {}): Promise<GeneratorModel> {
    const { lattice, siteChannels, childChannels } = surroundings;
    const manifest = await readGeneratorManifest(folder, {
      latticeSha256: lattice.hash, bandCount: lattice.bandCount, bandSize: lattice.bandSize, siteChannels, childChannels,
    });
    const contracts = generatorContracts(manifest);
    const loaded: Partial<Record<GraphName, Graph>> = {};
    const loadGraph = async (name: GraphName, provider: ExecutionProvider): Promise<Graph> => {
      const bytes = await readGraphFile(folder, manifest, name);
      return Graph.load(manifest.graphs[name].file, bytes, contracts[name], { provider, threads: options.threads ?? 2 });
    };
    try {
      const choice = await chooseProvider(options.provider ?? 'auto', async () => {
        loaded.vision = await loadGraph('vision', 'cuda');
      });
      if (choice.cudaProblem !== undefined) process.emitWarning(`CUDA is installed but does not work here; the generator runs on the CPU: ${choice.cudaProblem}`);
      for (const name of GRAPH_NAMES) loaded[name] ??= await loadGraph(name, providerOf(name, choice.provider));
      return new GeneratorModel(manifest, loaded as Record<GraphName, Graph>, choice, lattice.coarseCounts);
    } catch (error) {
      await Promise.all(Object.values(loaded).map((graph) => graph.dispose()));
      throw error;
    }
  }

  /** Bytes allocated for heads in the making, outside the runtime's own; the same before, during and after one. */
  get bufferBytes(): number {
    return this.#writer.bytes;
  }

  /** Runs every graph once, so that the first head does not pay for what the runtime sets up lazily. */
  async warmUp(): Promise<void> {
    const { bandCount, bandSize, siteChannels, childChannels, width } = this.manifest;
    const { signal } = new AbortController();
    const points = this.writePoints({
      picture: new Float32Array(3 * PICTURE_SIZE ** 2), siteFeatures: new Float32Array(bandCount * bandSize * siteChannels),
    }, { seed: 0, signal, maxPoints: 0 });
    while (!(await points.next()).done);
    await this.decodeSplats({ features: new Float32Array(childChannels), positions: new Float32Array(3), hidden: new Float32Array(width), parents: new Uint32Array(1) }, { signal });
  }

  /**
   * Writes a head's points. The device is this head's from the first `next()` until the generator ends or is returned.
   * @throws see {@link PointWriter.write}
   */
  async *writePoints(condition: PointCondition, options: WritePointsOptions): AsyncGenerator<PointChunk, WrittenPoints, void> {
    const giveBack = await acquireDevice(this.choice.provider, options.signal);
    try {
      return yield* this.#writer.write(condition, options);
    } finally {
      giveBack();
    }
  }

  /** @throws see {@link GaussianDecoder.decode} */
  async decodeSplats(input: DecoderInput, options: { readonly signal: AbortSignal; readonly use?: DecoderUse | undefined }): Promise<DecodedSplats> {
    const giveBack = await acquireDevice(this.choice.provider, options.signal);
    try {
      return await this.#decoder.decode(input, options);
    } finally {
      giveBack();
    }
  }

  async dispose(): Promise<void> {
    await Promise.all(Object.values(this.#graphs).map((graph) => graph.dispose()));
  }
}

/**
 * Steps stay on the CPU: they read the KV cache in host memory, which onnxruntime-node cannot bind on a CUDA device, so each
 * step would copy all of it over. What looks at whole tensors once goes to the device.
 */
function providerOf(graph: GraphName, provider: ExecutionProvider): ExecutionProvider {
  return graph === 'step' ? 'cpu' : provider;
}
