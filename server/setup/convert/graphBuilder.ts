import { ModelConvertError } from './convertError.ts';
import type { OnnxAttribute, OnnxGraph, OnnxNode, OnnxTensor } from './onnxModel.ts';
import { TENSOR_TYPE, type TfliteModel } from './tfliteModel.ts';

/** TFLite keeps pictures as [batch, height, width, channels]; ONNX operators want [batch, channels, height, width]. */
export type Layout = 'channelsLast' | 'channelsFirst';

const TO_CHANNELS_FIRST = [0, 3, 1, 2] as const;
const TO_CHANNELS_LAST = [0, 2, 3, 1] as const;

/**
 * An ONNX graph in the making. Each TFLite tensor is known under one name a layout: operators ask for the layout they
 * need, and a Transpose is added only where nobody has produced it yet, so chains of convolutions stay channels-first.
 */
export class GraphBuilder {
  readonly model: TfliteModel;
  private readonly names = new Map<number, Partial<Record<Layout, string>>>();
  /** Tensors whose values are known while converting: weights, and what is computed from weights alone. */
  private readonly floats = new Map<number, Float32Array>();
  private readonly nodes: OnnxNode[] = [];
  private readonly constants = new Map<string, OnnxTensor>();
  private nextName = 0;

  constructor(model: TfliteModel) {
    this.model = model;
  }

  shape(tensor: number): readonly number[] {
    const entry = this.model.tensors[tensor];
    if (!entry) throw ModelConvertError.unreadable(`no tensor ${tensor}`);
    return entry.shape;
  }

  /** The values of a weight tensor as 32-bit floats, or undefined where the tensor is computed at run time. */
  constantFloats(tensor: number): Float32Array | undefined {
    const known = this.floats.get(tensor);
    if (known) return known;
    const entry = this.model.tensors[tensor];
    const raw = entry && this.model.buffers[entry.buffer];
    if (!entry || !raw || raw.length === 0) return undefined;
    const values = decodeFloats(raw, entry.type);
    if (values) this.floats.set(tensor, values);
    return values;
  }

  /** As `constantFloats`, for operands that must be constant. */
  requireFloats(tensor: number, operator: string): Float32Array {
    const values = this.constantFloats(tensor);
    if (!values) throw ModelConvertError.unsupported(operator, 'weights computed at run time');
    return values;
  }

  setConstant(tensor: number, values: Float32Array): void {
    this.floats.set(tensor, values);
  }

  /** The values of an int32 tensor that must be constant (shapes, axes, paddings). */
  requireIntegers(tensor: number, operator: string): number[] {
    const entry = this.model.tensors[tensor];
    const raw = entry && this.model.buffers[entry.buffer];
    if (!entry || !raw || raw.length === 0 || entry.type !== TENSOR_TYPE.int32) throw ModelConvertError.unsupported(operator, 'expected a constant int32 operand');
    const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
    return Array.from({ length: raw.length / 4 }, (_, i) => view.getInt32(4 * i, true));
  }

  freshName(hint: string): string {
    this.nextName += 1;
    return `${hint}_${this.nextName}`;
  }

  addConstant(hint: string, shape: readonly number[], data: Float32Array | readonly number[]): string {
    const name = this.freshName(hint);
    this.constants.set(name, { name, shape, data: data instanceof Float32Array ? data : BigInt64Array.from(data.map(BigInt)) });
    return name;
  }

  /** Adds a node with one output and returns the output's name. */
  addNode(operator: string, inputs: readonly string[], attributes: Record<string, OnnxAttribute> = {}): string {
    const output = this.freshName(operator.toLowerCase());
    this.nodes.push({ operator, inputs: [...inputs], outputs: [output], attributes });
    return output;
  }

  define(tensor: number, name: string, layout: Layout = 'channelsLast'): void {
    const rank = this.shape(tensor).length;
    this.names.set(tensor, rank === 4 ? { [layout]: name } : { channelsLast: name });
  }

  /** True where the tensor is a picture already at hand channels-first: elementwise operators then stay there. */
  isChannelsFirst(tensor: number): boolean {
    return this.names.get(tensor)?.channelsFirst !== undefined;
  }

  /** The name of a tensor in the layout asked for; tensors of other than four dimensions have only one. */
  use(tensor: number, layout: Layout = 'channelsLast'): string {
    const shape = this.shape(tensor);
    const wanted: Layout = shape.length === 4 ? layout : 'channelsLast';
    let known = this.names.get(tensor);
    if (!known) {
      const values = this.constantFloats(tensor);
      if (!values) throw ModelConvertError.unreadable(`tensor ${tensor} is used before it is computed`);
      known = { channelsLast: this.addConstant(`weights_${tensor}`, shape, values) };
      this.names.set(tensor, known);
    }
    const existing = known[wanted];
    if (existing !== undefined) return existing;
    const permutation = wanted === 'channelsFirst' ? TO_CHANNELS_FIRST : TO_CHANNELS_LAST;
    const name = this.addNode('Transpose', [(known.channelsFirst ?? known.channelsLast)!], { perm: permutation });
    known[wanted] = name;
    return name;
  }

  /**
   * A second operand that is broadcast against a channels-first picture: constants of lower rank are padded with
   * leading ones as TFLite does, then permuted.
   */
  useBroadcast(tensor: number, layout: Layout): string {
    const shape = this.shape(tensor);
    if (layout === 'channelsLast' || shape.length === 4 || shape.length === 0) return this.use(tensor, layout);
    const padded = [...Array.from({ length: 4 - shape.length }, () => 1), ...shape];
    const reshaped = this.addNode('Reshape', [this.use(tensor), this.addConstant('shape', [4], padded)]);
    return this.addNode('Transpose', [reshaped], { perm: TO_CHANNELS_FIRST });
  }

  /** The finished graph; outputs carry the names given, in TFLite's own shapes. */
  finish(name: string, outputs: readonly { tensor: number; name: string }[], inputs: readonly { tensor: number; name: string }[]): OnnxGraph {
    for (const output of outputs) this.nodes.push({ operator: 'Identity', inputs: [this.use(output.tensor)], outputs: [output.name], attributes: {} });
    const used = new Set(this.nodes.flatMap((node) => node.inputs));
    return {
      name,
      nodes: this.nodes,
      constants: [...this.constants.values()].filter((constant) => used.has(constant.name)),
      inputs: inputs.map((input) => ({ name: input.name, shape: this.shape(input.tensor) })),
      outputs: outputs.map((output) => ({ name: output.name, shape: this.shape(output.tensor) })),
    };
  }
}

function decodeFloats(raw: Uint8Array, type: number): Float32Array | undefined {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  if (type === TENSOR_TYPE.float32) return Float32Array.from({ length: raw.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
  if (type === TENSOR_TYPE.float16) return Float32Array.from({ length: raw.length / 2 }, (_, i) => decodeFloat16(view.getUint16(2 * i, true)));
  return undefined;
}

/** IEEE 754 binary16. */
export function decodeFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
