import { addActivation, commonLayout, type OperatorConverter } from './operatorConverter.ts';
import { ModelConvertError } from '../convertError.ts';
import type { GraphBuilder } from '../graphBuilder.ts';
import type { TfliteOperator } from '../tfliteModel.ts';

function unary(onnxOperator: string): OperatorConverter {
  return (builder, operator) => {
    const [input] = operator.inputs as [number];
    const layout = commonLayout(builder, [input]);
    builder.define(operator.outputs[0]!, builder.addNode(onnxOperator, [builder.use(input, layout)]), layout);
  };
}

function binary(onnxOperator: string): OperatorConverter {
  return (builder, operator) => {
    const { name, layout } = addBinary(builder, operator, onnxOperator);
    builder.define(operator.outputs[0]!, addActivation(builder, name, operator.options?.int8(0) ?? 0, operator.kind), layout);
  };
}

function addBinary(builder: GraphBuilder, operator: TfliteOperator, onnxOperator: string) {
  const [a, b] = operator.inputs as [number, number];
  const layout = builder.shape(operator.outputs[0]!).length === 4 ? commonLayout(builder, [a, b]) : 'channelsLast';
  return { name: builder.addNode(onnxOperator, [builder.useBroadcast(a, layout), builder.useBroadcast(b, layout)]), layout };
}

const prelu: OperatorConverter = (builder, operator) => {
  const [input, slope] = operator.inputs as [number, number];
  const layout = builder.shape(input).length === 4 ? 'channelsFirst' : 'channelsLast';
  const values = builder.requireFloats(slope, operator.kind);
  const channels = builder.shape(input).at(-1)!;
  if (values.length !== channels) throw ModelConvertError.unsupported(operator.kind, `expected ${channels} slopes, got ${values.length}`);
  const shape = layout === 'channelsFirst' ? [channels, 1, 1] : [channels];
  builder.define(operator.outputs[0]!, builder.addNode('PRelu', [builder.use(input, layout), builder.addConstant('slope', shape, values)]), layout);
};

/** 16-bit weights are widened while converting; nothing is left to do at run time. */
const dequantize: OperatorConverter = (builder, operator) => {
  builder.setConstant(operator.outputs[0]!, builder.requireFloats(operator.inputs[0]!, operator.kind));
};

const rsqrt: OperatorConverter = (builder, operator) => {
  const [input] = operator.inputs as [number];
  const layout = commonLayout(builder, [input]);
  builder.define(operator.outputs[0]!, builder.addNode('Reciprocal', [builder.addNode('Sqrt', [builder.use(input, layout)])]), layout);
};

const squaredDifference: OperatorConverter = (builder, operator) => {
  const { name, layout } = addBinary(builder, operator, 'Sub');
  builder.define(operator.outputs[0]!, builder.addNode('Mul', [name, name]), layout);
};

const relu6: OperatorConverter = (builder, operator) => {
  const [input] = operator.inputs as [number];
  const layout = commonLayout(builder, [input]);
  builder.define(operator.outputs[0]!, addActivation(builder, builder.use(input, layout), 3, operator.kind), layout);
};

export const ELEMENTWISE_OPERATORS: Readonly<Record<string, OperatorConverter>> = {
  ABS: unary('Abs'), ADD: binary('Add'), DEQUANTIZE: dequantize, DIV: binary('Div'), HARD_SWISH: unary('HardSwish'),
  LOGISTIC: unary('Sigmoid'), MUL: binary('Mul'), NEG: unary('Neg'), PRELU: prelu, RELU: unary('Relu'), RELU6: relu6,
  RSQRT: rsqrt, SQRT: unary('Sqrt'), SQUARED_DIFFERENCE: squaredDifference, SUB: binary('Sub'), TANH: unary('Tanh'),
};
