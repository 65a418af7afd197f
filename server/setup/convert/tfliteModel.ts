import { ByteBuffer } from 'flatbuffers';
import { ModelConvertError } from './convertError.ts';

/** Element types of TFLite's schema (`TensorType`), those that occur here. */
export const TENSOR_TYPE = { float32: 0, float16: 1, int32: 2, uint8: 3, int64: 4, string: 5, bool: 6, int16: 7, int8: 9 } as const;

export interface TfliteTensor {
  name: string;
  shape: number[];
  type: number;
  buffer: number;
  /** Scales and zero points of a quantised tensor, else absent. */
  quantization?: { scale: number[]; zeroPoint: number[]; dimension: number };
}

export interface TfliteOperator {
  /** Builtin name such as `CONV_2D`, or a custom operator's own name. */
  kind: string;
  inputs: number[];
  outputs: number[];
  options: OperatorOptions;
  customOptions: Uint8Array;
}

export interface TfliteModel {
  tensors: TfliteTensor[];
  operators: TfliteOperator[];
  inputs: number[];
  outputs: number[];
  /** Raw bytes of each buffer; empty where a tensor is computed. Views of the file. */
  buffers: Uint8Array[];
}

/** Builtin operator codes of TFLite's schema: only those the converter knows, the others are named by number. */
const BUILTIN_NAMES: Readonly<Record<number, string>> = {
  0: 'ADD', 1: 'AVERAGE_POOL_2D', 2: 'CONCATENATION', 3: 'CONV_2D', 4: 'DEPTHWISE_CONV_2D', 5: 'DEPTH_TO_SPACE',
  6: 'DEQUANTIZE', 9: 'FULLY_CONNECTED', 11: 'L2_NORMALIZATION', 14: 'LOGISTIC', 17: 'MAX_POOL_2D', 18: 'MUL',
  19: 'RELU', 21: 'RELU6', 22: 'RESHAPE', 23: 'RESIZE_BILINEAR', 25: 'SOFTMAX', 28: 'TANH', 32: 'CUSTOM', 34: 'PAD',
  36: 'GATHER', 39: 'TRANSPOSE', 40: 'MEAN', 41: 'SUB', 42: 'DIV', 43: 'SQUEEZE', 45: 'STRIDED_SLICE', 49: 'SPLIT',
  54: 'PRELU', 55: 'MAXIMUM', 57: 'MINIMUM', 59: 'NEG', 65: 'SLICE', 67: 'TRANSPOSE_CONV', 74: 'SUM', 75: 'SQRT',
  76: 'RSQRT', 78: 'POW', 83: 'PACK', 92: 'SQUARE', 97: 'RESIZE_NEAREST_NEIGHBOR', 98: 'LEAKY_RELU',
  99: 'SQUARED_DIFFERENCE', 101: 'ABS', 117: 'HARD_SWISH',
};

/** A table inside a flatbuffer, read field by field; every offset is checked against the file's length. */
export class FlatTable {
  readonly buffer: ByteBuffer;
  readonly position: number;

  constructor(buffer: ByteBuffer, position: number) {
    if (position < 0 || position + 4 > buffer.capacity()) throw ModelConvertError.unreadable(`table at ${position} lies outside the file`);
    this.buffer = buffer;
    this.position = position;
  }

  private field(index: number): number {
    const offset = this.buffer.__offset(this.position, 4 + 2 * index);
    return offset === 0 ? 0 : this.position + offset;
  }
  int32(index: number, fallback = 0): number {
    const at = this.field(index);
    return at === 0 ? fallback : this.buffer.readInt32(at);
  }
  int8(index: number, fallback = 0): number {
    const at = this.field(index);
    return at === 0 ? fallback : this.buffer.readInt8(at);
  }
  float32(index: number, fallback = 0): number {
    const at = this.field(index);
    return at === 0 ? fallback : this.buffer.readFloat32(at);
  }
  string(index: number): string {
    const at = this.field(index);
    return at === 0 ? '' : (this.buffer.__string(at) as string);
  }
  table(index: number): FlatTable | undefined {
    const at = this.field(index);
    return at === 0 ? undefined : new FlatTable(this.buffer, this.buffer.__indirect(at));
  }
  private vector(index: number, elementBytes: number): { start: number; length: number } {
    const at = this.field(index);
    if (at === 0) return { start: 0, length: 0 };
    const start = this.buffer.__vector(at);
    const length = this.buffer.__vector_len(at);
    if (length < 0 || start + length * elementBytes > this.buffer.capacity()) throw ModelConvertError.unreadable(`vector of ${length} at ${start} runs past the end of the file`);
    return { start, length };
  }
  int32s(index: number): number[] {
    const { start, length } = this.vector(index, 4);
    return Array.from({ length }, (_, i) => this.buffer.readInt32(start + 4 * i));
  }
  int64s(index: number): number[] {
    const { start, length } = this.vector(index, 8);
    return Array.from({ length }, (_, i) => Number(this.buffer.readInt64(start + 8 * i)));
  }
  float32s(index: number): number[] {
    const { start, length } = this.vector(index, 4);
    return Array.from({ length }, (_, i) => this.buffer.readFloat32(start + 4 * i));
  }
  bytes(index: number): Uint8Array {
    const { start, length } = this.vector(index, 1);
    return this.buffer.bytes().subarray(start, start + length);
  }
  tables(index: number): FlatTable[] {
    const { start, length } = this.vector(index, 4);
    return Array.from({ length }, (_, i) => new FlatTable(this.buffer, this.buffer.__indirect(start + 4 * i)));
  }
}

/** An operator's builtin options: fields by index, defaults as the schema gives them; empty where it has none. */
export type OperatorOptions = FlatTable | undefined;

/**
 * Reads a .tflite file (flatbuffer schema version 3, one subgraph).
 * @throws {ModelConvertError} `model_unreadable` when the bytes are no such file.
 */
export function readTflite(bytes: Uint8Array): TfliteModel {
  const buffer = new ByteBuffer(bytes);
  if (bytes.length < 16 || String.fromCharCode(...bytes.subarray(4, 8)) !== 'TFL3') throw ModelConvertError.unreadable('no TFL3 identifier');
  const model = new FlatTable(buffer, buffer.readInt32(0));
  const codes = model.tables(1).map((code) => {
    const builtin = Math.max(code.int8(0), code.int32(3));
    return builtin === 32 ? code.string(1) : (BUILTIN_NAMES[builtin] ?? `BUILTIN_${builtin}`);
  });
  const subgraphs = model.tables(2);
  if (subgraphs.length !== 1) throw ModelConvertError.unreadable(`expected one subgraph, got ${subgraphs.length}`);
  const graph = subgraphs[0]!;
  return {
    tensors: graph.tables(0).map(readTensor),
    operators: graph.tables(3).map((operator) => ({
      kind: codes[operator.int32(0)] ?? 'unknown',
      inputs: operator.int32s(1),
      outputs: operator.int32s(2),
      options: operator.table(4),
      customOptions: operator.bytes(5),
    })),
    inputs: graph.int32s(1),
    outputs: graph.int32s(2),
    buffers: model.tables(4).map((entry) => entry.bytes(0)),
  };
}

function readTensor(table: FlatTable): TfliteTensor {
  const tensor: TfliteTensor = { name: table.string(3), shape: table.int32s(0), type: table.int8(1), buffer: table.int32(2) };
  const quantization = table.table(4);
  const scale = quantization?.float32s(2) ?? [];
  if (quantization && scale.length > 0) tensor.quantization = { scale, zeroPoint: quantization.int64s(3), dimension: quantization.int32(6) };
  return tensor;
}
