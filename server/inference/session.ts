import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import * as onnxruntime from 'onnxruntime-node';
import { modelMissing } from './modelProblem.ts';

/** What a model takes or gives, by name: shapes without unknown sizes, float32. */
export type TensorShapes = Readonly<Record<string, readonly number[]>>;

export interface SessionOptions {
  readonly inputs: TensorShapes;
  readonly outputs: TensorShapes;
  /** Threads within one operator. Default 2. */
  readonly threads?: number;
}

/**
 * An ONNX model ready to run on the CPU. Names and shapes are compared with what the caller expects when it is loaded,
 * so that a wrong file is found at start-up and not in the middle of a job.
 */
export class InferenceSession {
  private readonly name: string;
  private readonly inputs: TensorShapes;
  private readonly outputNames: readonly string[];
  private session: onnxruntime.InferenceSession | undefined;

  private constructor(name: string, session: onnxruntime.InferenceSession, options: SessionOptions) {
    this.name = name;
    this.session = session;
    this.inputs = options.inputs;
    this.outputNames = Object.keys(options.outputs);
  }

  /** @throws {StippleError} `MODEL_MISSING` when the file is absent, unreadable or another model than expected. */
  static async load(file: string, options: SessionOptions): Promise<InferenceSession> {
    const name = basename(file);
    if (!existsSync(file)) throw modelMissing(name, 'the file is not there');
    let session: onnxruntime.InferenceSession;
    try {
      session = await onnxruntime.InferenceSession.create(file, {
        executionProviders: ['cpu'], intraOpNumThreads: options.threads ?? 2, interOpNumThreads: 1, logSeverityLevel: 3,
        // Waiting threads sleep: the server has other work for the cores between two portraits.
        extra: { session: { intra_op: { allow_spinning: '0' } } },
      });
    } catch (error) {
      throw modelMissing(name, 'onnxruntime cannot read the file', error);
    }
    for (const [expected, found] of [[options.inputs, session.inputMetadata], [options.outputs, session.outputMetadata]] as const) {
      for (const [tensor, shape] of Object.entries(expected)) {
        const entry = found.find((candidate) => candidate.name === tensor);
        const got = entry?.isTensor ? entry.shape.join('×') : 'nothing';
        if (got !== shape.join('×')) throw modelMissing(name, `tensor ${tensor}: expected ${shape.join('×')}, got ${got}`);
      }
    }
    return new InferenceSession(name, session, options);
  }

  /** Runs the model. Inputs are read during the call, not kept; outputs belong to the caller. */
  async run(feeds: Readonly<Record<string, Float32Array>>): Promise<Record<string, Float32Array>> {
    if (!this.session) throw new Error(`model ${this.name} was disposed`);
    const tensors: Record<string, onnxruntime.Tensor> = {};
    for (const [tensor, shape] of Object.entries(this.inputs)) {
      const values = feeds[tensor];
      if (!values) throw new Error(`model ${this.name}: input ${tensor} is missing`);
      tensors[tensor] = new onnxruntime.Tensor('float32', values, shape);
    }
    const results = await this.session.run(tensors, [...this.outputNames]);
    const outputs: Record<string, Float32Array> = {};
    for (const tensor of this.outputNames) outputs[tensor] = results[tensor]!.data as Float32Array;
    return outputs;
  }

  async dispose(): Promise<void> {
    const session = this.session;
    this.session = undefined;
    await session?.release();
  }
}
