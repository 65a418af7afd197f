import { ModelConvertError } from '../convertError.ts';
import type { GraphBuilder, Layout } from '../graphBuilder.ts';
import type { TfliteOperator } from '../tfliteModel.ts';

/** Adds the ONNX nodes that do what one TFLite operator does, and defines its outputs. */
export type OperatorConverter = (builder: GraphBuilder, operator: TfliteOperator) => void;

/** Appends a fused activation (`ActivationFunctionType` of TFLite's schema) and returns the name of the result. */
export function addActivation(builder: GraphBuilder, name: string, activation: number, operator: string): string {
  if (activation === 0) return name;
  if (activation === 1) return builder.addNode('Relu', [name]);
  if (activation === 3) return builder.addNode('Clip', [name, builder.addConstant('zero', [], Float32Array.of(0)), builder.addConstant('six', [], Float32Array.of(6))]);
  if (activation === 4) return builder.addNode('Tanh', [name]);
  throw ModelConvertError.unsupported(operator, `fused activation ${activation}`);
}

/** The layout in which an operator that works value by value meets its operands: channels first where one already is. */
export function commonLayout(builder: GraphBuilder, tensors: readonly number[]): Layout {
  return tensors.some((tensor) => builder.isChannelsFirst(tensor)) ? 'channelsFirst' : 'channelsLast';
}

/** An axis of a channels-last picture in the layout given. */
export function axisIn(layout: Layout, axis: number, rank: number): number {
  const positive = axis < 0 ? axis + rank : axis;
  return layout === 'channelsFirst' && rank === 4 ? [0, 2, 3, 1][positive]! : positive;
}
