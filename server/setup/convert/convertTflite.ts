import { ModelConvertError } from './convertError.ts';
import { GraphBuilder } from './graphBuilder.ts';
import { encodeOnnxModel } from './onnxModel.ts';
import { ELEMENTWISE_OPERATORS } from './operators/elementwise.ts';
import { MEDIAPIPE_OPERATORS } from './operators/mediapipe.ts';
import { SHAPE_OPERATORS } from './operators/shape.ts';
import { SPATIAL_OPERATORS } from './operators/spatial.ts';
import type { OperatorConverter } from './operators/operatorConverter.ts';
import { readTflite } from './tfliteModel.ts';

export interface ConvertOptions {
  /** Name of the graph, for people who open the file. */
  name: string;
  /** Names of the ONNX inputs and outputs, in the order of the TFLite model's own. Fewer outputs: the rest is left out. */
  inputNames: readonly string[];
  outputNames: readonly string[];
  /** Overrides the first dimension of every input and computed tensor (a model exported for a batch of two, say). */
  batch?: number;
}

const CONVERTERS: Readonly<Record<string, OperatorConverter>> = {
  ...ELEMENTWISE_OPERATORS, ...SHAPE_OPERATORS, ...SPATIAL_OPERATORS, ...MEDIAPIPE_OPERATORS,
};

/**
 * Converts a TFLite model to ONNX (opset 17). Inputs and outputs keep TFLite's shapes (channels last); weights of 16
 * bits are widened to 32. Knows the operators of MediaPipe's face and person models, among them its custom ones.
 * @throws {ModelConvertError} when the file is unreadable or needs an operator that is not known.
 */
export function convertTflite(bytes: Uint8Array, options: ConvertOptions): Uint8Array {
  const model = readTflite(bytes);
  if (options.batch !== undefined) rebatch(model, options.batch);
  const builder = new GraphBuilder(model);
  if (options.inputNames.length !== model.inputs.length) throw ModelConvertError.unreadable(`expected ${options.inputNames.length} inputs, got ${model.inputs.length}`);
  if (options.outputNames.length > model.outputs.length) throw ModelConvertError.unreadable(`expected ${options.outputNames.length} outputs, got ${model.outputs.length}`);
  const inputs = model.inputs.map((tensor, i) => ({ tensor, name: options.inputNames[i]! }));
  for (const input of inputs) builder.define(input.tensor, input.name);
  for (const operator of model.operators) {
    const convert = CONVERTERS[operator.kind];
    if (!convert) throw ModelConvertError.unsupported(operator.kind, 'no converter for it');
    convert(builder, operator);
  }
  const outputs = options.outputNames.map((name, i) => ({ tensor: model.outputs[i]!, name }));
  return encodeOnnxModel(builder.finish(options.name, outputs, inputs));
}

/** Sets the batch of every computed tensor; weights keep their shapes. */
function rebatch(model: ReturnType<typeof readTflite>, batch: number): void {
  const previous = model.tensors[model.inputs[0]!]!.shape[0]!;
  for (const tensor of model.tensors) {
    const isComputed = (model.buffers[tensor.buffer]?.length ?? 0) === 0;
    if (isComputed && tensor.shape.length > 1 && tensor.shape[0] === previous) tensor.shape[0] = batch;
  }
}
