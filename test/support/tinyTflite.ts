import { Builder } from 'flatbuffers';
import { writeOffsets, writeTable } from '../../server/setup/convert/tfliteEditor.ts';

export interface TinyTensor {
  readonly shape: readonly number[];
  /** Weights; absent for what is given or computed at run time. */
  readonly floats?: Float32Array;
  readonly integers?: Int32Array;
}

export interface TinyOperator {
  /** Builtin code, or the name of a custom operator. */
  readonly code: number | string;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly options?: (builder: Builder) => number;
  readonly customOptions?: Uint8Array;
}

export interface TinyModel {
  readonly tensors: readonly TinyTensor[];
  readonly operators: readonly TinyOperator[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

const FLOAT32 = 0;
const INT32 = 2;
const CUSTOM = 32;

/** A .tflite file of a few operators, for tests of the converter. */
export function writeTinyTflite(model: TinyModel): Uint8Array {
  const builder = new Builder(4096);
  const bytes = (values: Uint8Array) => {
    builder.startVector(1, values.length, 16);
    for (let i = values.length - 1; i >= 0; i--) builder.addInt8(values[i]!);
    return builder.endVector();
  };
  const integers = (values: readonly number[]) => {
    builder.startVector(4, values.length, 4);
    for (let i = values.length - 1; i >= 0; i--) builder.addInt32(values[i]!);
    return builder.endVector();
  };
  // Buffer 0 is the empty one, then one a tensor.
  const buffers = [writeTable(builder, () => {}, 1), ...model.tensors.map(({ floats, integers: whole }) => {
    const values = floats ?? whole;
    const data = values && bytes(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    return writeTable(builder, (table) => { if (data !== undefined) table.addFieldOffset(0, data, 0); }, 1);
  })];
  const tensors = model.tensors.map((tensor, i) => {
    const shape = integers(tensor.shape);
    const name = builder.createString(`tensor${i}`);
    return writeTable(builder, (table) => {
      table.addFieldOffset(0, shape, 0);
      table.addFieldInt8(1, tensor.integers ? INT32 : FLOAT32, 0);
      table.addFieldInt32(2, i + 1, 0);
      table.addFieldOffset(3, name, 0);
    }, 8);
  });
  const codes = model.operators.map(({ code }) => {
    const name = typeof code === 'string' ? builder.createString(code) : 0;
    return writeTable(builder, (table) => {
      table.addFieldInt8(0, typeof code === 'string' ? CUSTOM : code, 0);
      table.addFieldOffset(1, name, 0);
      table.addFieldInt32(3, typeof code === 'string' ? CUSTOM : code, 0);
    }, 4);
  });
  const operators = model.operators.map((operator, i) => {
    const inputs = integers(operator.inputs);
    const outputs = integers(operator.outputs);
    const options = operator.options?.(builder) ?? 0;
    const custom = operator.customOptions ? bytes(operator.customOptions) : 0;
    return writeTable(builder, (table) => {
      table.addFieldInt32(0, i, 0);
      table.addFieldOffset(1, inputs, 0);
      table.addFieldOffset(2, outputs, 0);
      table.addFieldOffset(4, options, 0);
      table.addFieldOffset(5, custom, 0);
    }, 9);
  });
  const [tensorVector, operatorVector, codeVector, bufferVector] = [tensors, operators, codes, buffers].map((offsets) => writeOffsets(builder, offsets)) as [number, number, number, number];
  const [inputs, outputs] = [integers(model.inputs), integers(model.outputs)];
  const graph = writeTable(builder, (table) => {
    table.addFieldOffset(0, tensorVector, 0);
    table.addFieldOffset(1, inputs, 0);
    table.addFieldOffset(2, outputs, 0);
    table.addFieldOffset(3, operatorVector, 0);
  }, 5);
  const graphs = writeOffsets(builder, [graph]);
  builder.finish(writeTable(builder, (table) => {
    table.addFieldInt32(0, 3, 0);
    table.addFieldOffset(1, codeVector, 0);
    table.addFieldOffset(2, graphs, 0);
    table.addFieldOffset(4, bufferVector, 0);
  }, 8), 'TFL3');
  return builder.asUint8Array().slice();
}
