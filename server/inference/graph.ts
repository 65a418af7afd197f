import { basename } from 'node:path';
import * as onnxruntime from 'onnxruntime-node';
import type { ExecutionProvider } from './executionProvider.ts';
import { modelInvalid, modelMissing } from './modelProblem.ts';

/** One input or output of a graph. A dimension of any length is given by its name. */
export interface TensorSpec {
  readonly name: string;
  readonly dtype: 'float32' | 'int64';
  readonly shape: readonly (number | string)[];
}

export interface GraphContract {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
}

/** A tensor over memory that the caller keeps: the runtime reads or writes that memory itself, without a copy. */
export type BoundTensor = onnxruntime.Tensor;

export function floatTensor(values: Float32Array, shape: readonly number[]): BoundTensor {
  return new onnxruntime.Tensor('float32', values, shape);
}

export function integerTensor(values: BigInt64Array, shape: readonly number[]): BoundTensor {
  return new onnxruntime.Tensor('int64', values, shape);
}

export interface GraphOptions {
  readonly provider: ExecutionProvider;
  /** Threads within one operator. Default 2. */
  readonly threads?: number;
}

/**
 * An ONNX graph that runs on tensors bound by the caller, outputs included, so that a loop allocates nothing. Names,
 * types and shapes are compared with the contract when it is loaded.
 */
export class Graph {
  readonly name: string;
  #session: onnxruntime.InferenceSession | undefined;

  private constructor(name: string, session: onnxruntime.InferenceSession) {
    this.name = name;
    this.#session = session;
  }

  /**
   * @param bytes the file's content, which the caller has compared with the manifest; only read during the call.
   * @throws {StippleError} MODEL_MISSING when the runtime cannot read it, MODEL_INVALID when it is another graph.
   */
  static async load(file: string, bytes: Uint8Array, contract: GraphContract, options: GraphOptions): Promise<Graph> {
    const name = basename(file);
    let session: onnxruntime.InferenceSession;
    try {
      session = await onnxruntime.InferenceSession.create(bytes, {
        executionProviders: options.provider === 'cuda' ? ['cuda', 'cpu'] : ['cpu'],
        intraOpNumThreads: options.threads ?? 2, interOpNumThreads: 1, graphOptimizationLevel: 'all', logSeverityLevel: 3,
        // A planned block beside what the arena already holds would take 240 MB more for one head, and saves no time here.
        enableMemPattern: false,
        // Waiting threads sleep: on two cores a spinning one takes the core from whoever it waits for.
        extra: { session: { intra_op: { allow_spinning: '0' } } },
      });
    } catch (error) {
      throw modelMissing(name, 'onnxruntime cannot read the file', error);
    }
    checkTensors(name, 'input', contract.inputs, session.inputMetadata);
    checkTensors(name, 'output', contract.outputs, session.outputMetadata);
    return new Graph(name, session);
  }

  /** Reads `feeds`, writes the outputs named in `fetches` into their tensors; others are not computed where possible. */
  async run(feeds: Readonly<Record<string, BoundTensor>>, fetches: Readonly<Record<string, BoundTensor>>): Promise<void> {
    if (!this.#session) throw new Error(`graph ${this.name} was disposed`);
    await this.#session.run(feeds, fetches);
  }

  async dispose(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.release();
  }
}

function checkTensors(
  model: string, kind: 'input' | 'output', expected: readonly TensorSpec[], found: readonly onnxruntime.InferenceSession.ValueMetadata[],
): void {
  const names = found.map(({ name }) => name).sort().join(', ');
  const wanted = expected.map(({ name }) => name).sort().join(', ');
  if (names !== wanted) throw modelInvalid(model, `${kind}s`, wanted, names);
  for (const { name, dtype, shape } of expected) {
    const entry = found.find((candidate) => candidate.name === name);
    const got = entry?.isTensor ? `${entry.type} ${entry.shape.join('×')}` : 'no tensor';
    const want = `${dtype} ${shape.join('×')}`;
    if (got !== want) throw modelInvalid(model, `${kind} ${name}`, want, got);
  }
}
