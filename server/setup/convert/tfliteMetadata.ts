import { Builder } from 'flatbuffers';
import { writeOffsets, writeTable } from './tfliteEditor.ts';

export interface ModelMetadata {
  readonly name: string;
  readonly description: string;
  /** The one input is an RGB picture; a value is (byte − mean) / std. */
  readonly input: { readonly mean: number; readonly std: number };
  readonly outputNames: readonly string[];
}

/** Members of unions and enumerations of TFLite's metadata schema. */
const CONTENT_FEATURE = 1;
const CONTENT_IMAGE = 2;
const COLOR_RGB = 1;
const PROCESS_NORMALIZATION = 1;

/**
 * The `TFLITE_METADATA` that MediaPipe's tasks ask for: how to normalise the picture, and which output is which
 * (tensorflow/lite/schema/metadata_schema.fbs, identifier M001).
 */
export function encodeTfliteMetadata(metadata: ModelMetadata): Uint8Array {
  const builder = new Builder(1024);
  const { mean, std } = metadata.input;
  const floats = (value: number) => {
    builder.startVector(4, 1, 4);
    builder.addFloat32(value);
    return builder.endVector();
  };
  const [means, stds] = [floats(mean), floats(std)];
  const normalization = writeTable(builder, (table) => {
    table.addFieldOffset(0, means, 0);
    table.addFieldOffset(1, stds, 0);
  }, 2);
  const processUnit = writeTable(builder, (table) => {
    table.addFieldInt8(0, PROCESS_NORMALIZATION, 0);
    table.addFieldOffset(1, normalization, 0);
  }, 2);
  const [highest, lowest] = [floats((255 - mean) / std), floats((0 - mean) / std)];
  const stats = writeTable(builder, (table) => {
    table.addFieldOffset(0, highest, 0);
    table.addFieldOffset(1, lowest, 0);
  }, 2);
  const image = writeTable(builder, (table) => table.addFieldInt8(0, COLOR_RGB, 0), 2);
  const input = writeTensor(builder, 'image', CONTENT_IMAGE, image, { processUnits: writeOffsets(builder, [processUnit]), stats });
  const outputs = metadata.outputNames.map((name) => writeTensor(builder, name, CONTENT_FEATURE, writeTable(builder, () => {}, 0)));
  const inputVector = writeOffsets(builder, [input]);
  const outputVector = writeOffsets(builder, outputs);
  const graph = writeTable(builder, (table) => {
    table.addFieldOffset(2, inputVector, 0);
    table.addFieldOffset(3, outputVector, 0);
  }, 4);
  const graphs = writeOffsets(builder, [graph]);
  const [name, description, parser] = [metadata.name, metadata.description, '1.0.0'].map((text) => builder.createString(text)) as [number, number, number];
  builder.finish(writeTable(builder, (table) => {
    table.addFieldOffset(0, name, 0);
    table.addFieldOffset(1, description, 0);
    table.addFieldOffset(3, graphs, 0);
    table.addFieldOffset(7, parser, 0);
  }, 8), 'M001');
  return builder.asUint8Array().slice();
}

function writeTensor(builder: Builder, name: string, contentType: number, properties: number, extra?: { processUnits: number; stats: number }): number {
  const text = builder.createString(name);
  const content = writeTable(builder, (table) => {
    table.addFieldInt8(0, contentType, 0);
    table.addFieldOffset(1, properties, 0);
  }, 3);
  return writeTable(builder, (table) => {
    table.addFieldOffset(0, text, 0);
    table.addFieldOffset(3, content, 0);
    if (!extra) return;
    table.addFieldOffset(4, extra.processUnits, 0);
    table.addFieldOffset(5, extra.stats, 0);
  }, 7);
}
