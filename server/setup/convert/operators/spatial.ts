import { addActivation, type OperatorConverter } from './operatorConverter.ts';
import { ModelConvertError } from '../convertError.ts';
import type { GraphBuilder } from '../graphBuilder.ts';
import type { TfliteOperator } from '../tfliteModel.ts';

const PADDING_SAME = 0;

/** TFLite's SAME padding along one axis: an odd remainder goes to the end. */
function samePadding(inputSize: number, window: number, stride: number): [number, number] {
  const outputSize = Math.ceil(inputSize / stride);
  const total = Math.max(0, (outputSize - 1) * stride + window - inputSize);
  return [Math.floor(total / 2), total - Math.floor(total / 2)];
}

function onnxPads(padding: number, shape: readonly number[], window: readonly [number, number], stride: readonly [number, number]): number[] {
  if (padding !== PADDING_SAME) return [0, 0, 0, 0];
  const [top, bottom] = samePadding(shape[1]!, window[0], stride[0]);
  const [left, right] = samePadding(shape[2]!, window[1], stride[1]);
  return [top, left, bottom, right];
}

interface Window {
  padding: number;
  stride: [number, number];
  dilation: [number, number];
  activation: number;
}

function addConvolution(builder: GraphBuilder, operator: TfliteOperator, weights: Float32Array, weightShape: readonly [number, number, number, number], group: number, window: Window): void {
  const [input, , bias] = operator.inputs as [number, number, number | undefined];
  const kernel: [number, number] = [weightShape[2], weightShape[3]];
  const reach: [number, number] = [(kernel[0] - 1) * window.dilation[0] + 1, (kernel[1] - 1) * window.dilation[1] + 1];
  const inputs = [builder.use(input, 'channelsFirst'), builder.addConstant('kernel', weightShape, weights)];
  if (bias !== undefined && bias >= 0) inputs.push(builder.addConstant('bias', [weightShape[0]], builder.requireFloats(bias, operator.kind)));
  const name = builder.addNode('Conv', inputs, {
    group, kernel_shape: kernel, strides: window.stride, dilations: window.dilation,
    pads: onnxPads(window.padding, builder.shape(input), reach, window.stride),
  });
  builder.define(operator.outputs[0]!, addActivation(builder, name, window.activation, operator.kind), 'channelsFirst');
}

/** [out, height, width, in] to ONNX's [out, in, height, width]. */
function kernelChannelsFirst(values: Float32Array, [count, height, width, channels]: readonly number[]): Float32Array {
  const result = new Float32Array(values.length);
  const area = height! * width!;
  for (let o = 0; o < count!; o++) {
    for (let at = 0; at < area; at++) {
      for (let c = 0; c < channels!; c++) result[(o * channels! + c) * area + at] = values[(o * area + at) * channels! + c]!;
    }
  }
  return result;
}

const convolution: OperatorConverter = (builder, operator) => {
  const options = operator.options;
  const [input, weights] = operator.inputs as [number, number];
  const shape = builder.shape(weights);
  const [count, height, width, channels] = shape as [number, number, number, number];
  addConvolution(builder, operator, kernelChannelsFirst(builder.requireFloats(weights, operator.kind), shape), [count, channels, height, width], builder.shape(input)[3]! / channels, {
    padding: options?.int8(0) ?? 0, stride: [options?.int32(2, 1) ?? 1, options?.int32(1, 1) ?? 1],
    dilation: [options?.int32(5, 1) ?? 1, options?.int32(4, 1) ?? 1], activation: options?.int8(3) ?? 0,
  });
};

const depthwiseConvolution: OperatorConverter = (builder, operator) => {
  const options = operator.options;
  const [input, weights] = operator.inputs as [number, number];
  const [, height, width, count] = builder.shape(weights) as [number, number, number, number];
  const values = builder.requireFloats(weights, operator.kind);
  const area = height * width;
  const kernel = new Float32Array(values.length);
  for (let at = 0; at < area; at++) for (let o = 0; o < count; o++) kernel[o * area + at] = values[at * count + o]!;
  addConvolution(builder, operator, kernel, [count, 1, height, width], builder.shape(input)[3]!, {
    padding: options?.int8(0) ?? 0, stride: [options?.int32(2, 1) ?? 1, options?.int32(1, 1) ?? 1],
    dilation: [options?.int32(6, 1) ?? 1, options?.int32(5, 1) ?? 1], activation: options?.int8(4) ?? 0,
  });
};

function pool(onnxOperator: 'MaxPool' | 'AveragePool'): OperatorConverter {
  return (builder, operator) => {
    const options = operator.options;
    const [input] = operator.inputs as [number];
    const stride: [number, number] = [options?.int32(2, 1) ?? 1, options?.int32(1, 1) ?? 1];
    const window: [number, number] = [options?.int32(4, 1) ?? 1, options?.int32(3, 1) ?? 1];
    const name = builder.addNode(onnxOperator, [builder.use(input, 'channelsFirst')], {
      kernel_shape: window, strides: stride, pads: onnxPads(options?.int8(0) ?? 0, builder.shape(input), window, stride),
    });
    builder.define(operator.outputs[0]!, addActivation(builder, name, options?.int8(5) ?? 0, operator.kind), 'channelsFirst');
  };
}

const resizeBilinear: OperatorConverter = (builder, operator) => {
  const [input] = operator.inputs as [number];
  const output = operator.outputs[0]!;
  const [batch, height, width, channels] = builder.shape(output) as [number, number, number, number];
  const alignsCorners = (operator.options?.int8(2) ?? 0) !== 0;
  const hasHalfPixels = (operator.options?.int8(3) ?? 0) !== 0;
  builder.define(output, builder.addNode('Resize', [builder.use(input, 'channelsFirst'), '', '', builder.addConstant('sizes', [4], [batch, channels, height, width])], {
    mode: 'linear', coordinate_transformation_mode: alignsCorners ? 'align_corners' : hasHalfPixels ? 'half_pixel' : 'asymmetric',
  }), 'channelsFirst');
};

/** MediaPipe's transposed convolution with bias; its options are three 32-bit integers: padding, stride width, height. */
const transposedConvolutionWithBias: OperatorConverter = (builder, operator) => {
  const [input, weights, bias] = operator.inputs as [number, number, number];
  const output = operator.outputs[0]!;
  if (operator.customOptions.length < 12) throw ModelConvertError.unsupported(operator.kind, `expected 12 bytes of options, got ${operator.customOptions.length}`);
  const view = new DataView(operator.customOptions.buffer, operator.customOptions.byteOffset, operator.customOptions.byteLength);
  const stride: [number, number] = [view.getInt32(8, true), view.getInt32(4, true)];
  const [count, height, width, channels] = builder.shape(weights) as [number, number, number, number];
  const values = builder.requireFloats(weights, operator.kind);
  // [out, height, width, in] to ONNX's [in, out, height, width].
  const kernel = new Float32Array(values.length);
  for (let o = 0; o < count; o++) {
    for (let at = 0; at < height * width; at++) {
      for (let c = 0; c < channels; c++) kernel[(c * count + o) * height * width + at] = values[(o * height * width + at) * channels + c]!;
    }
  }
  const overhang = (axis: 1 | 2, size: number, step: number) => Math.max(0, (builder.shape(input)[axis]! - 1) * step + size - builder.shape(output)[axis]!);
  const [vertical, horizontal] = [overhang(1, height, stride[0]), overhang(2, width, stride[1])];
  const name = builder.addNode('ConvTranspose', [
    builder.use(input, 'channelsFirst'), builder.addConstant('kernel', [channels, count, height, width], kernel),
    builder.addConstant('bias', [count], builder.requireFloats(bias, operator.kind)),
  ], {
    kernel_shape: [height, width], strides: stride,
    pads: [Math.floor(vertical / 2), Math.floor(horizontal / 2), Math.ceil(vertical / 2), Math.ceil(horizontal / 2)],
  });
  builder.define(output, name, 'channelsFirst');
};

const fullyConnected: OperatorConverter = (builder, operator) => {
  const [input, weights, bias] = operator.inputs as [number, number, number | undefined];
  const output = operator.outputs[0]!;
  const [count, length] = builder.shape(weights) as [number, number];
  const flat = builder.addNode('Reshape', [builder.use(input), builder.addConstant('shape', [2], [-1, length])]);
  const inputs = [flat, builder.addConstant('kernel', [count, length], builder.requireFloats(weights, operator.kind))];
  if (bias !== undefined && bias >= 0) inputs.push(builder.addConstant('bias', [count], builder.requireFloats(bias, operator.kind)));
  const product = addActivation(builder, builder.addNode('Gemm', inputs, { transB: 1 }), operator.options?.int8(0) ?? 0, operator.kind);
  const shape = builder.shape(output);
  builder.define(output, builder.addNode('Reshape', [product, builder.addConstant('shape', [shape.length], shape)]));
};

export const SPATIAL_OPERATORS: Readonly<Record<string, OperatorConverter>> = {
  AVERAGE_POOL_2D: pool('AveragePool'), CONV_2D: convolution, Convolution2DTransposeBias: transposedConvolutionWithBias,
  DEPTHWISE_CONV_2D: depthwiseConvolution, FULLY_CONNECTED: fullyConnected, MAX_POOL_2D: pool('MaxPool'),
  RESIZE_BILINEAR: resizeBilinear,
};
