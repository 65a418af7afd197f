/**
 * The few messages of onnx.proto3 that a converted model needs, written to protobuf bytes by hand: field numbers are
 * those of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3. Floating point is 32 bits throughout.
 */
export type OnnxAttribute = number | string | readonly number[] | { readonly float: number };

export interface OnnxNode {
  operator: string;
  inputs: string[];
  outputs: string[];
  attributes: Record<string, OnnxAttribute>;
}

export interface OnnxTensor {
  name: string;
  shape: readonly number[];
  data: Float32Array | BigInt64Array;
}

export interface OnnxValue {
  name: string;
  shape: readonly number[];
}

export interface OnnxGraph {
  name: string;
  nodes: OnnxNode[];
  constants: OnnxTensor[];
  inputs: OnnxValue[];
  outputs: OnnxValue[];
}

const OPSET = 17;
const IR_VERSION = 8;
const ELEMENT_FLOAT = 1;
const ELEMENT_INT64 = 7;
const ATTRIBUTE_FLOAT = 1;
const ATTRIBUTE_INT = 2;
const ATTRIBUTE_STRING = 3;
const ATTRIBUTE_INTS = 7;

/** Serialises a graph as an ONNX model (opset 17). */
export function encodeOnnxModel(graph: OnnxGraph): Uint8Array {
  const model = new Message();
  model.integer(1, IR_VERSION);
  model.text(2, 'stipple-tflite-converter');
  model.message(7, encodeGraph(graph));
  const opset = new Message();
  opset.text(1, '');
  opset.integer(2, OPSET);
  model.message(8, opset);
  return model.bytes();
}

function encodeGraph(graph: OnnxGraph): Message {
  const message = new Message();
  for (const node of graph.nodes) message.message(1, encodeNode(node));
  message.text(2, graph.name);
  for (const constant of graph.constants) message.message(5, encodeTensor(constant));
  for (const value of graph.inputs) message.message(11, encodeValue(value));
  for (const value of graph.outputs) message.message(12, encodeValue(value));
  return message;
}

function encodeNode(node: OnnxNode): Message {
  const message = new Message();
  for (const name of node.inputs) message.text(1, name);
  for (const name of node.outputs) message.text(2, name);
  message.text(3, `${node.operator}_${node.outputs[0]}`);
  message.text(4, node.operator);
  for (const [name, value] of Object.entries(node.attributes)) message.message(5, encodeAttribute(name, value));
  return message;
}

function encodeAttribute(name: string, value: OnnxAttribute): Message {
  const message = new Message();
  message.text(1, name);
  if (typeof value === 'number') {
    message.integer(3, value);
    message.integer(20, ATTRIBUTE_INT);
  } else if (typeof value === 'string') {
    message.text(4, value);
    message.integer(20, ATTRIBUTE_STRING);
  } else if ('float' in value) {
    message.float(2, value.float);
    message.integer(20, ATTRIBUTE_FLOAT);
  } else {
    for (const entry of value) message.integer(8, entry);
    message.integer(20, ATTRIBUTE_INTS);
  }
  return message;
}

function encodeTensor(tensor: OnnxTensor): Message {
  const message = new Message();
  for (const size of tensor.shape) message.integer(1, size);
  message.integer(2, tensor.data instanceof Float32Array ? ELEMENT_FLOAT : ELEMENT_INT64);
  message.text(8, tensor.name);
  message.raw(9, new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength));
  return message;
}

function encodeValue(value: OnnxValue): Message {
  const shape = new Message();
  for (const size of value.shape) {
    const dimension = new Message();
    dimension.integer(1, size);
    shape.message(1, dimension);
  }
  const tensorType = new Message();
  tensorType.integer(1, ELEMENT_FLOAT);
  tensorType.message(2, shape);
  const type = new Message();
  type.message(1, tensorType);
  const message = new Message();
  message.text(1, value.name);
  message.message(2, type);
  return message;
}

/** A protobuf message under construction: a list of chunks, joined once. */
class Message {
  private readonly chunks: Uint8Array[] = [];
  private length = 0;

  private push(chunk: Uint8Array): void {
    this.chunks.push(chunk);
    this.length += chunk.length;
  }
  private varint(value: bigint): void {
    const bytes: number[] = [];
    let rest = BigInt.asUintN(64, value);
    do {
      const low = Number(rest & 127n);
      rest >>= 7n;
      bytes.push(rest > 0n ? low | 128 : low);
    } while (rest > 0n);
    this.push(Uint8Array.from(bytes));
  }
  private tag(field: number, wireType: number): void {
    this.varint(BigInt((field << 3) | wireType));
  }
  integer(field: number, value: number): void {
    this.tag(field, 0);
    this.varint(BigInt(value));
  }
  float(field: number, value: number): void {
    this.tag(field, 5);
    this.push(new Uint8Array(Float32Array.of(value).buffer));
  }
  raw(field: number, bytes: Uint8Array): void {
    this.tag(field, 2);
    this.varint(BigInt(bytes.length));
    this.push(bytes);
  }
  text(field: number, value: string): void {
    this.raw(field, new TextEncoder().encode(value));
  }
  message(field: number, message: Message): void {
    this.raw(field, message.bytes());
  }
  bytes(): Uint8Array {
    const joined = new Uint8Array(this.length);
    let at = 0;
    for (const chunk of this.chunks) {
      joined.set(chunk, at);
      at += chunk.length;
    }
    return joined;
  }
}
