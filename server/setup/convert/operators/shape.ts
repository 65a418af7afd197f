import { addActivation, axisIn, commonLayout, type OperatorConverter } from './operatorConverter.ts';
import { ModelConvertError } from '../convertError.ts';

const reshape: OperatorConverter = (builder, operator) => {
  const output = operator.outputs[0]!;
  const shape = builder.shape(output);
  builder.define(output, builder.addNode('Reshape', [builder.use(operator.inputs[0]!), builder.addConstant('shape', [shape.length], shape)]));
};

const concatenation: OperatorConverter = (builder, operator) => {
  const output = operator.outputs[0]!;
  const rank = builder.shape(output).length;
  const layout = commonLayout(builder, operator.inputs);
  const axis = axisIn(layout, operator.options?.int32(0) ?? 0, rank);
  const joined = builder.addNode('Concat', operator.inputs.map((tensor) => builder.use(tensor, layout)), { axis });
  builder.define(output, addActivation(builder, joined, operator.options?.int8(1) ?? 0, operator.kind), layout);
};

const pad: OperatorConverter = (builder, operator) => {
  const [input, paddings] = operator.inputs as [number, number];
  const amounts = builder.requireIntegers(paddings, operator.kind);
  const layout = commonLayout(builder, [input]);
  const rank = builder.shape(input).length;
  const begins = new Array<number>(rank);
  const ends = new Array<number>(rank);
  for (let axis = 0; axis < rank; axis++) {
    begins[axisIn(layout, axis, rank)] = amounts[2 * axis]!;
    ends[axisIn(layout, axis, rank)] = amounts[2 * axis + 1]!;
  }
  builder.define(operator.outputs[0]!, builder.addNode('Pad', [builder.use(input, layout), builder.addConstant('pads', [2 * rank], [...begins, ...ends])], { mode: 'constant' }), layout);
};

const transpose: OperatorConverter = (builder, operator) => {
  const [input, permutation] = operator.inputs as [number, number];
  builder.define(operator.outputs[0]!, builder.addNode('Transpose', [builder.use(input)], { perm: builder.requireIntegers(permutation, operator.kind) }));
};

const stridedSlice: OperatorConverter = (builder, operator) => {
  const [input, begin, end, stride] = operator.inputs as [number, number, number, number];
  const [beginMask, endMask, ellipsisMask, newAxisMask, shrinkMask] = [0, 1, 2, 3, 4].map((field) => operator.options?.int32(field) ?? 0) as [number, number, number, number, number];
  if (ellipsisMask !== 0 || newAxisMask !== 0) throw ModelConvertError.unsupported(operator.kind, 'ellipsis or new axis');
  const shape = builder.shape(input);
  const strides = builder.requireIntegers(stride, operator.kind);
  if (strides.some((step) => step < 1)) throw ModelConvertError.unsupported(operator.kind, 'negative stride');
  const begins = builder.requireIntegers(begin, operator.kind).map((at, axis) => (beginMask & (1 << axis) ? 0 : at));
  const ends = builder.requireIntegers(end, operator.kind).map((at, axis) => {
    if (shrinkMask & (1 << axis)) return begins[axis]! + 1 || Number.MAX_SAFE_INTEGER;
    return endMask & (1 << axis) ? shape[axis]! : at;
  });
  const count = begins.length;
  const sliced = builder.addNode('Slice', [
    builder.use(input), builder.addConstant('begins', [count], begins), builder.addConstant('ends', [count], ends),
    builder.addConstant('axes', [count], begins.map((_, axis) => axis)), builder.addConstant('strides', [count], strides),
  ]);
  const output = operator.outputs[0]!;
  const outputShape = builder.shape(output);
  builder.define(output, shrinkMask === 0 ? sliced : builder.addNode('Reshape', [sliced, builder.addConstant('shape', [outputShape.length], outputShape)]));
};

/** MEAN and SUM over constant axes; the axes follow the picture's layout. */
function reduce(onnxOperator: 'ReduceMean' | 'ReduceSum'): OperatorConverter {
  return (builder, operator) => {
    const [input, axesTensor] = operator.inputs as [number, number];
    const keepsAxes = (operator.options?.int8(0) ?? 0) !== 0;
    const rank = builder.shape(input).length;
    const layout = keepsAxes ? commonLayout(builder, [input]) : 'channelsLast';
    const axes = builder.requireIntegers(axesTensor, operator.kind).map((axis) => axisIn(layout, axis, rank));
    const name = builder.use(input, layout);
    // Opset 17 has the axes of ReduceSum as an operand and those of ReduceMean still as an attribute.
    const reduced = onnxOperator === 'ReduceSum'
      ? builder.addNode(onnxOperator, [name, builder.addConstant('axes', [axes.length], axes)], { keepdims: keepsAxes ? 1 : 0 })
      : builder.addNode(onnxOperator, [name], { axes, keepdims: keepsAxes ? 1 : 0 });
    builder.define(operator.outputs[0]!, reduced, layout);
  };
}

const softmax: OperatorConverter = (builder, operator) => {
  builder.define(operator.outputs[0]!, builder.addNode('Softmax', [builder.use(operator.inputs[0]!)], { axis: -1 }));
};

export const SHAPE_OPERATORS: Readonly<Record<string, OperatorConverter>> = {
  CONCATENATION: concatenation, MEAN: reduce('ReduceMean'), PAD: pad, RESHAPE: reshape, SOFTMAX: softmax,
  SQUEEZE: reshape, STRIDED_SLICE: stridedSlice, SUM: reduce('ReduceSum'), TRANSPOSE: transpose,
};
