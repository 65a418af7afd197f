import { toObject } from 'flatbuffers/mjs/flexbuffers.js';
import { ModelConvertError } from '../convertError.ts';
import type { GraphBuilder } from '../graphBuilder.ts';
import type { TfliteOperator } from '../tfliteModel.ts';
import type { OperatorConverter } from './operatorConverter.ts';

/**
 * The custom operators of MediaPipe's attention mesh, in their second version (mediapipe/util/tflite/operations):
 * a crop around an eye or the lips is read off the first estimate of the mesh, the features are resampled in it, and
 * the refined landmarks are carried back.
 */
function readOptions(operator: TfliteOperator): Record<string, unknown> {
  const bytes = operator.customOptions;
  const options: unknown = toObject(new Uint8Array(bytes).buffer);
  if (typeof options !== 'object' || options === null) throw ModelConvertError.unreadable(`options of ${operator.kind} are no map`);
  return options as Record<string, unknown>;
}

function numberOption(options: Record<string, unknown>, name: string): number {
  const value = options[name];
  // The library reads a floating point zero as null.
  if (value === null) return 0;
  if (typeof value !== 'number') throw ModelConvertError.unreadable(`expected number ${name}, got ${typeof value}`);
  return value;
}

/** The landmark indices around which the crop is laid. */
export function readSubsetIndices(operator: TfliteOperator): number[] {
  const value = readOptions(operator)['subset_idxs'];
  if (!Array.isArray(value) || !value.every((entry) => typeof entry === 'number')) throw ModelConvertError.unreadable('expected a list of numbers in subset_idxs');
  return value;
}

/** Small arithmetic on graph values, so that the formulas below can be read. */
class Arithmetic {
  private readonly builder: GraphBuilder;
  constructor(builder: GraphBuilder) {
    this.builder = builder;
  }
  scalar(value: number): string {
    return this.builder.addConstant('scalar', [1], Float32Array.of(value));
  }
  add(a: string, b: string): string {
    return this.builder.addNode('Add', [a, b]);
  }
  subtract(a: string, b: string): string {
    return this.builder.addNode('Sub', [a, b]);
  }
  multiply(a: string, b: string): string {
    return this.builder.addNode('Mul', [a, b]);
  }
  divide(a: string, b: string): string {
    return this.builder.addNode('Div', [a, b]);
  }
  gather(value: string, axis: number, indices: readonly number[]): string {
    return this.builder.addNode('Gather', [value, this.builder.addConstant('indices', [indices.length], indices)], { axis });
  }
  /** One value as shape [1]. */
  pick(value: string, indices: readonly number[]): string {
    let picked = value;
    indices.forEach((index, axis) => (picked = this.gather(picked, axis, [index])));
    return this.builder.addNode('Reshape', [picked, this.builder.addConstant('shape', [1], [1])]);
  }
}

const landmarksToTransformMatrix: OperatorConverter = (builder, operator) => {
  const [landmarks] = operator.inputs as [number];
  if (builder.shape(landmarks).length !== 3) throw ModelConvertError.unsupported(operator.kind, 'first version');
  const options = readOptions(operator);
  const points = builder.use(landmarks);
  const math = new Arithmetic(builder);
  const [left, right] = [numberOption(options, 'left_rotation_idx'), numberOption(options, 'right_rotation_idx')];
  const target = numberOption(options, 'target_rotation_radians');
  const dx = math.subtract(math.pick(points, [0, right, 0]), math.pick(points, [0, left, 0]));
  const dy = math.subtract(math.pick(points, [0, right, 1]), math.pick(points, [0, left, 1]));
  const length = builder.addNode('Sqrt', [math.add(math.multiply(dx, dx), math.multiply(dy, dy))]);
  // The crop is turned by target − atan2(dy, dx): its cosine and sine without the angle itself.
  const [ux, uy] = [math.divide(dx, length), math.divide(dy, length)];
  const [targetCosine, targetSine] = [math.scalar(Math.cos(target)), math.scalar(Math.sin(target))];
  const cosine = math.add(math.multiply(targetCosine, ux), math.multiply(targetSine, uy));
  const sine = math.subtract(math.multiply(targetSine, ux), math.multiply(targetCosine, uy));
  const subset = math.gather(points, 1, readSubsetIndices(operator));
  const [x, y] = [math.gather(subset, 2, [0]), math.gather(subset, 2, [1])];
  const turnedX = math.subtract(math.multiply(x, cosine), math.multiply(y, sine));
  const turnedY = math.add(math.multiply(x, sine), math.multiply(y, cosine));
  const flat = (value: string) => builder.addNode('Reshape', [value, builder.addConstant('shape', [1], [1])]);
  const highest = (value: string) => flat(builder.addNode('ReduceMax', [value], { axes: [0, 1, 2], keepdims: 1 }));
  const lowest = (value: string) => flat(builder.addNode('ReduceMin', [value], { axes: [0, 1, 2], keepdims: 1 }));
  const [maxX, minX, maxY, minY] = [highest(turnedX), lowest(turnedX), highest(turnedY), lowest(turnedY)];
  const half = math.scalar(0.5);
  const [middleX, middleY] = [math.multiply(math.add(maxX, minX), half), math.multiply(math.add(maxY, minY), half)];
  const centerX = math.add(math.multiply(middleX, cosine), math.multiply(middleY, sine));
  const centerY = math.subtract(math.multiply(middleY, cosine), math.multiply(middleX, sine));
  const [outputWidth, outputHeight] = [numberOption(options, 'output_width'), numberOption(options, 'output_height')];
  const scaleX = math.multiply(math.subtract(maxX, minX), math.scalar(numberOption(options, 'scale_x') / outputWidth));
  const scaleY = math.multiply(math.subtract(maxY, minY), math.scalar(numberOption(options, 'scale_y') / outputHeight));
  const m00 = math.multiply(cosine, scaleX);
  const m01 = math.multiply(sine, scaleY);
  const m10 = math.multiply(builder.addNode('Neg', [sine]), scaleX);
  const m11 = math.multiply(cosine, scaleY);
  const [shiftX, shiftY] = [math.scalar(-outputWidth / 2), math.scalar(-outputHeight / 2)];
  const m03 = math.add(centerX, math.add(math.multiply(m00, shiftX), math.multiply(m01, shiftY)));
  const m13 = math.add(centerY, math.add(math.multiply(m10, shiftX), math.multiply(m11, shiftY)));
  const zero = math.scalar(0);
  const rest = builder.addConstant('rows', [8], Float32Array.of(0, 0, 1, 0, 0, 0, 0, 1));
  const values = builder.addNode('Concat', [m00, m01, zero, m03, m10, m11, zero, m13, rest], { axis: 0 });
  builder.define(operator.outputs[0]!, builder.addNode('Reshape', [values, builder.addConstant('shape', [3], [1, 4, 4])]));
};

/** The upper two rows of a [1, 4, 4] matrix, transposed: [1, 4, 2]. */
function upperRowsTransposed(builder: GraphBuilder, matrix: number): string {
  return builder.addNode('Transpose', [new Arithmetic(builder).gather(builder.use(matrix), 1, [0, 1])], { perm: [0, 2, 1] });
}

const transformTensorBilinear: OperatorConverter = (builder, operator) => {
  const [input, matrix] = operator.inputs as [number, number];
  const output = operator.outputs[0]!;
  const [, inputHeight, inputWidth] = builder.shape(input) as [number, number, number, number];
  const [, height, width] = builder.shape(output) as [number, number, number, number];
  const math = new Arithmetic(builder);
  const coordinates = new Float32Array(height * width * 4);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) coordinates.set([x + 0.5, y + 0.5, 0, 1], (y * width + x) * 4);
  const grid = builder.addConstant('grid', [1, height * width, 4], coordinates);
  const at = math.subtract(builder.addNode('MatMul', [grid, upperRowsTransposed(builder, matrix)]), math.scalar(0.5));
  const limit = builder.addConstant('limit', [2], Float32Array.of(inputWidth - 1, inputHeight - 1));
  const normalized = math.subtract(math.divide(math.multiply(at, math.scalar(2)), limit), math.scalar(1));
  const sampled = builder.addNode('GridSample', [
    builder.use(input, 'channelsFirst'), builder.addNode('Reshape', [normalized, builder.addConstant('shape', [4], [1, height, width, 2])]),
  ], { mode: 'bilinear', padding_mode: 'zeros', align_corners: 1 });
  // Outside the picture the operator gives zero at once, where GridSample would fade over one pixel.
  const isInside = builder.addNode('And', [
    builder.addNode('GreaterOrEqual', [at, math.scalar(0)]), builder.addNode('LessOrEqual', [at, limit]),
  ]);
  const inside = builder.addNode('ReduceMin', [builder.addNode('Cast', [isInside], { to: 1 })], { axes: [2], keepdims: 1 });
  const mask = builder.addNode('Reshape', [inside, builder.addConstant('shape', [4], [1, 1, height, width])]);
  builder.define(output, math.multiply(sampled, mask), 'channelsFirst');
};

const transformLandmarks: OperatorConverter = (builder, operator) => {
  const [landmarks, matrix] = operator.inputs as [number, number];
  const output = operator.outputs[0]!;
  const shape = builder.shape(landmarks);
  if (shape.length !== 3) throw ModelConvertError.unsupported(operator.kind, 'first version');
  const math = new Arithmetic(builder);
  const rows = upperRowsTransposed(builder, matrix);
  const points = builder.use(landmarks);
  const flatPoints = shape[2] === 2 ? points : math.gather(points, 2, [0, 1]);
  const moved = math.add(builder.addNode('MatMul', [flatPoints, math.gather(rows, 1, [0, 1])]), math.gather(rows, 1, [3]));
  builder.define(output, shape[2] === 2 ? moved : builder.addNode('Concat', [moved, math.gather(points, 2, [2])], { axis: 2 }));
};

export const MEDIAPIPE_OPERATORS: Readonly<Record<string, OperatorConverter>> = {
  Landmarks2TransformMatrix: landmarksToTransformMatrix,
  TransformLandmarks: transformLandmarks,
  TransformTensorBilinear: transformTensorBilinear,
};
