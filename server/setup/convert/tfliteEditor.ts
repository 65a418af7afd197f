import { Builder, ByteBuffer } from 'flatbuffers';
import { ModelConvertError } from './convertError.ts';
import { FlatTable } from './tfliteModel.ts';

/** An operator to append. `options` writes the builtin options table and returns its offset. */
export interface NewOperator {
  /** Builtin operator code of TFLite's schema. */
  readonly code: number;
  readonly version: number;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** Member of the `BuiltinOptions` union, and its table. */
  readonly optionsType: number;
  readonly options: (builder: Builder) => number;
}

export interface NewTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: number;
  /** Index of its buffer; 0, TFLite's empty one, for a computed tensor. */
  readonly buffer: number;
}

const ALIGNMENT = 16;

/** The builder's own state, which the library (pinned) does not offer to set: bytes from `space` on count as written. */
interface BuilderState {
  bb: ByteBuffer;
  space: number;
  minalign: number;
}

/**
 * Extends a .tflite file without rewriting it: new tables are laid before the old bytes and point into them, so nothing
 * of the original has to be understood that is not changed.
 */
export class TfliteEditor {
  private readonly original: Uint8Array;
  private readonly model: FlatTable;
  private readonly graph: FlatTable;
  private readonly tensors: NewTensor[] = [];
  private readonly operators: NewOperator[] = [];
  private readonly buffers: Uint8Array[] = [];
  private readonly metadata: { name: string; buffer: number }[] = [];
  private outputs: readonly number[] | undefined;

  constructor(bytes: Uint8Array) {
    // Padded at the end, so that what was aligned from the start stays aligned counted from the end.
    this.original = new Uint8Array(Math.ceil(bytes.length / ALIGNMENT) * ALIGNMENT);
    this.original.set(bytes);
    const buffer = new ByteBuffer(this.original);
    this.model = new FlatTable(buffer, buffer.readInt32(0));
    const [graph] = this.model.tables(2);
    if (!graph) throw ModelConvertError.unreadable('no subgraph');
    this.graph = graph;
  }

  addBuffer(bytes: Uint8Array): number {
    return this.model.tables(4).length + this.buffers.push(bytes) - 1;
  }

  addTensor(tensor: NewTensor): number {
    return this.graph.tables(0).length + this.tensors.push(tensor) - 1;
  }

  addOperator(operator: NewOperator): void {
    this.operators.push(operator);
  }

  setOutputs(outputs: readonly number[]): void {
    this.outputs = outputs;
  }

  addMetadata(name: string, bytes: Uint8Array): void {
    this.metadata.push({ name, buffer: this.addBuffer(bytes) });
  }

  finish(): Uint8Array {
    const added = this.buffers.reduce((sum, bytes) => sum + bytes.length + 64, 0);
    const capacity = Math.ceil((this.original.length + added + 2 ** 20) / ALIGNMENT) * ALIGNMENT;
    const builder = new Builder(capacity);
    // The builder fills its buffer from the end; the original becomes what it has "written" already.
    const state = builder as unknown as BuilderState;
    state.bb.bytes().set(this.original, capacity - this.original.length);
    state.space = capacity - this.original.length;
    state.minalign = ALIGNMENT;
    const kept = (tables: readonly FlatTable[]) => tables.map((table) => this.original.length - table.position);

    const codes = this.model.tables(1);
    const newCodes = [...new Map(this.operators.map((operator) => [`${operator.code}/${operator.version}`, operator])).values()];
    const codeOffsets = [...kept(codes), ...newCodes.map((operator) => writeTable(builder, (table) => {
      table.addFieldInt8(0, operator.code, 0);
      table.addFieldInt32(2, operator.version, 1);
      table.addFieldInt32(3, operator.code, 0);
    }, 4))];
    const codeIndex = (operator: NewOperator) => codes.length + newCodes.findIndex((entry) => entry.code === operator.code && entry.version === operator.version);

    const bufferOffsets = [...kept(this.model.tables(4)), ...this.buffers.map((bytes) => {
      builder.startVector(1, bytes.length, ALIGNMENT);
      state.space -= bytes.length;
      state.bb.bytes().set(bytes, state.space);
      const data = builder.endVector();
      return writeTable(builder, (table) => table.addFieldOffset(0, data, 0), 1);
    })];
    const graphOffset = this.writeGraph(builder, kept, codeIndex);
    const metadataOffsets = [...kept(this.model.tables(6)), ...this.metadata.map(({ name, buffer }) => {
      const text = builder.createString(name);
      return writeTable(builder, (table) => {
        table.addFieldOffset(0, text, 0);
        table.addFieldInt32(1, buffer, 0);
      }, 2);
    })];
    const vectors = [codeOffsets, [graphOffset], bufferOffsets, metadataOffsets].map((offsets) => writeOffsets(builder, offsets));
    const description = builder.createString('extended from the original by stipple');
    const root = writeTable(builder, (table) => {
      table.addFieldInt32(0, this.model.int32(0), 0);
      table.addFieldOffset(1, vectors[0]!, 0);
      table.addFieldOffset(2, vectors[1]!, 0);
      table.addFieldOffset(3, description, 0);
      table.addFieldOffset(4, vectors[2]!, 0);
      table.addFieldOffset(6, vectors[3]!, 0);
    }, 8);
    builder.finish(root, 'TFL3');
    return builder.asUint8Array().slice();
  }

  private writeGraph(builder: Builder, kept: (tables: readonly FlatTable[]) => number[], codeIndex: (operator: NewOperator) => number): number {
    const tensorOffsets = [...kept(this.graph.tables(0)), ...this.tensors.map((tensor) => {
      const name = builder.createString(tensor.name);
      const shape = writeIntegers(builder, tensor.shape);
      return writeTable(builder, (table) => {
        table.addFieldOffset(0, shape, 0);
        table.addFieldInt8(1, tensor.type, 0);
        table.addFieldInt32(2, tensor.buffer, 0);
        table.addFieldOffset(3, name, 0);
      }, 8);
    })];
    const operatorOffsets = [...kept(this.graph.tables(3)), ...this.operators.map((operator) => {
      const inputs = writeIntegers(builder, operator.inputs);
      const outputs = writeIntegers(builder, operator.outputs);
      const options = operator.options(builder);
      return writeTable(builder, (table) => {
        table.addFieldInt32(0, codeIndex(operator), 0);
        table.addFieldOffset(1, inputs, 0);
        table.addFieldOffset(2, outputs, 0);
        table.addFieldInt8(3, operator.optionsType, 0);
        table.addFieldOffset(4, options, 0);
      }, 9);
    })];
    const tensors = writeOffsets(builder, tensorOffsets);
    const operators = writeOffsets(builder, operatorOffsets);
    const inputs = writeIntegers(builder, this.graph.int32s(1));
    const outputs = writeIntegers(builder, this.outputs ?? this.graph.int32s(2));
    const name = builder.createString(this.graph.string(4));
    return writeTable(builder, (table) => {
      table.addFieldOffset(0, tensors, 0);
      table.addFieldOffset(1, inputs, 0);
      table.addFieldOffset(2, outputs, 0);
      table.addFieldOffset(3, operators, 0);
      table.addFieldOffset(4, name, 0);
    }, 5);
  }
}

/** One table of `fields` fields; children must have been written before. Returns its offset. */
export function writeTable(builder: Builder, write: (builder: Builder) => void, fields: number): number {
  builder.startObject(fields);
  write(builder);
  return builder.endObject();
}

export function writeOffsets(builder: Builder, offsets: readonly number[]): number {
  builder.startVector(4, offsets.length, 4);
  for (let i = offsets.length - 1; i >= 0; i--) builder.addOffset(offsets[i]!);
  return builder.endVector();
}

function writeIntegers(builder: Builder, values: readonly number[]): number {
  builder.startVector(4, values.length, 4);
  for (let i = values.length - 1; i >= 0; i--) builder.addInt32(values[i]!);
  return builder.endVector();
}
