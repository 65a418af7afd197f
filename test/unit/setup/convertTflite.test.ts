import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Builder } from 'flatbuffers';
import { encode as encodeFlexbuffer } from 'flatbuffers/mjs/flexbuffers.js';
import { afterAll, describe, expect, test } from 'vitest';
import { InferenceSession } from '../../../server/inference/session.ts';
import { convertTflite } from '../../../server/setup/convert/convertTflite.ts';
import { decodeFloat16 } from '../../../server/setup/convert/graphBuilder.ts';
import { TfliteEditor, writeTable } from '../../../server/setup/convert/tfliteEditor.ts';
import { readTflite } from '../../../server/setup/convert/tfliteModel.ts';
import { writeTinyTflite, type TinyModel, type TinyTensor } from '../../support/tinyTflite.ts';

const scratch = mkdtempSync(join(tmpdir(), 'stipple-convert-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
let nextFile = 0;

/** Converts, runs in ONNX Runtime and returns the one output. */
async function runConverted(bytes: Uint8Array, inputShape: readonly number[], input: Float32Array, outputShape: readonly number[]): Promise<Float32Array> {
  const file = join(scratch, `${nextFile++}.onnx`);
  writeFileSync(file, convertTflite(bytes, { name: 'tiny', inputNames: ['input'], outputNames: ['output'] }));
  const session = await InferenceSession.load(file, { inputs: { input: inputShape }, outputs: { output: outputShape } });
  const { output } = await session.run({ input }) as { output: Float32Array };
  await session.dispose();
  return output;
}

const ramp = (count: number, scale = 1): Float32Array => Float32Array.from({ length: count }, (_, i) => Math.sin(i * 1.7) * scale);
const size = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);
const weights = (...shape: number[]): TinyTensor => ({ shape, floats: ramp(size(shape), 0.5) });

function options(fields: Readonly<Record<number, number>>, bytes: readonly number[] = []): (builder: Builder) => number {
  return (builder) => writeTable(builder, (table) => {
    for (const [field, value] of Object.entries(fields)) {
      if (bytes.includes(Number(field))) table.addFieldInt8(Number(field), value, 0);
      else table.addFieldInt32(Number(field), value, 0);
    }
  }, 8);
}

function expectClose(actual: Float32Array, expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  actual.forEach((value, i) => expect(value, `value ${i}`).toBeCloseTo(expected[i]!, 4));
}

/** TFLite's own definition of a SAME convolution, channels last. */
function referenceConvolution(input: Float32Array, [, h, w, c]: readonly number[], kernel: Float32Array, [o, kh, kw]: readonly number[], bias: Float32Array, stride: number, depthwise: boolean): number[] {
  const [outH, outW] = [Math.ceil(h! / stride), Math.ceil(w! / stride)];
  const top = Math.floor(Math.max(0, (outH - 1) * stride + kh! - h!) / 2);
  const left = Math.floor(Math.max(0, (outW - 1) * stride + kw! - w!) / 2);
  const result: number[] = [];
  for (let y = 0; y < outH; y++) {
    for (let x = 0; x < outW; x++) {
      for (let out = 0; out < o!; out++) {
        let sum = bias[out]!;
        for (let j = 0; j < kh!; j++) {
          for (let i = 0; i < kw!; i++) {
            const [row, column] = [y * stride + j - top, x * stride + i - left];
            if (row < 0 || column < 0 || row >= h! || column >= w!) continue;
            for (let k = 0; k < (depthwise ? 1 : c!); k++) {
              const value = input[(row * w! + column) * c! + (depthwise ? out : k)]!;
              sum += value * kernel[depthwise ? (j * kw! + i) * o! + out : ((out * kh! + j) * kw! + i) * c! + k]!;
            }
          }
        }
        result.push(sum);
      }
    }
  }
  return result;
}

describe('TFLite to ONNX', () => {
  test.each([[1, 5, 7], [2, 5, 7], [2, 8, 6]])('a SAME convolution of stride %i on %i×%i pads as TFLite does', async (stride, height, width) => {
    const inputShape = [1, height, width, 3];
    const outputShape = [1, Math.ceil(height / stride), Math.ceil(width / stride), 4];
    const tensors = [{ shape: inputShape }, weights(4, 3, 3, 3), weights(4), { shape: outputShape }];
    const model: TinyModel = { tensors, inputs: [0], outputs: [3], operators: [{ code: 3, inputs: [0, 1, 2], outputs: [3], options: options({ 0: 0, 1: stride, 2: stride }, [0]) }] };
    const input = ramp(size(inputShape));
    expectClose(await runConverted(writeTinyTflite(model), inputShape, input, outputShape), referenceConvolution(input, inputShape, tensors[1]!.floats!, [4, 3, 3], tensors[2]!.floats!, stride, false));
  });

  test('a depthwise convolution keeps its channels apart', async () => {
    const inputShape = [1, 6, 5, 4];
    const outputShape = [1, 3, 3, 4];
    const tensors = [{ shape: inputShape }, weights(1, 3, 3, 4), weights(4), { shape: outputShape }];
    const model: TinyModel = { tensors, inputs: [0], outputs: [3], operators: [{ code: 4, inputs: [0, 1, 2], outputs: [3], options: options({ 0: 0, 1: 2, 2: 2, 3: 1 }, [0]) }] };
    const input = ramp(size(inputShape));
    expectClose(await runConverted(writeTinyTflite(model), inputShape, input, outputShape), referenceConvolution(input, inputShape, tensors[1]!.floats!, [4, 3, 3], tensors[2]!.floats!, 2, true));
  });

  test('padding, adding a vector and the mean follow the layout that the convolution before left', async () => {
    const shape = [1, 2, 2, 2];
    const identity = Float32Array.of(1, 0, 0, 1);
    const model: TinyModel = {
      tensors: [
        { shape }, { shape: [2, 1, 1, 2], floats: identity }, { shape: [2], floats: new Float32Array(2) }, { shape },
        { shape: [4, 2], integers: Int32Array.of(0, 0, 0, 1, 0, 0, 0, 2) }, { shape: [1, 3, 2, 4] },
        { shape: [4], floats: Float32Array.of(10, 20, 30, 40) }, { shape: [1, 3, 2, 4] },
        { shape: [2], integers: Int32Array.of(1, 2) }, { shape: [1, 4] },
      ],
      inputs: [0], outputs: [9],
      operators: [
        { code: 3, inputs: [0, 1, 2], outputs: [3], options: options({ 0: 0, 1: 1, 2: 1 }, [0]) },
        { code: 34, inputs: [3, 4], outputs: [5] },
        { code: 0, inputs: [5, 6], outputs: [7] },
        { code: 40, inputs: [7, 8], outputs: [9] },
      ],
    };
    const output = await runConverted(writeTinyTflite(model), shape, Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8), [1, 4]);
    expectClose(output, [16 / 6 + 10, 20 / 6 + 20, 30, 40]);
  });

  test('MediaPipe\'s bilinear resampling reads whole pixels and gives zero outside', async () => {
    const inputShape = [1, 4, 4, 1];
    // Half a pixel to the right, one and a half down.
    const matrix = Float32Array.of(1, 0, 0, 0.5, 0, 1, 0, 1.5, 0, 0, 1, 0, 0, 0, 0, 1);
    const model: TinyModel = {
      tensors: [{ shape: inputShape }, { shape: [1, 4, 4], floats: matrix }, { shape: [1, 4, 4, 1] }],
      inputs: [0], outputs: [2],
      operators: [{ code: 'TransformTensorBilinear', inputs: [0, 1], outputs: [2], customOptions: encodeFlexbuffer({ output_height: 4, output_width: 4 }) }],
    };
    const input = Float32Array.from({ length: 16 }, (_, i) => (i % 4) + 10 * Math.floor(i / 4));
    const at = (x: number, y: number) => (x + 0.5 > 3 || y + 1.5 > 3 ? 0 : x + 0.5 + 10 * (y + 1.5));
    expectClose(await runConverted(writeTinyTflite(model), inputShape, input, [1, 4, 4, 1]), Array.from({ length: 16 }, (_, i) => at(i % 4, Math.floor(i / 4))));
  });

  test('MediaPipe\'s crop matrix lays a turned box around its landmarks', async () => {
    const angle = 0.4;
    const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
    const corners = [[-6, -2], [6, -2], [6, 2], [-6, 2]].map(([u, v]) => [50 + cosine * u! - sine * v!, 40 + sine * u! + cosine * v!, 0]);
    const model: TinyModel = {
      tensors: [{ shape: [1, 4, 3] }, { shape: [1, 4, 4] }], inputs: [0], outputs: [1],
      operators: [{
        code: 'Landmarks2TransformMatrix', inputs: [0], outputs: [1],
        customOptions: encodeFlexbuffer({ left_rotation_idx: 0, right_rotation_idx: 1, output_width: 16, output_height: 16, scale_x: 1.5, scale_y: 2.5, subset_idxs: [0, 1, 2, 3], target_rotation_radians: 0 }),
      }],
    };
    const matrix = await runConverted(writeTinyTflite(model), [1, 4, 3], Float32Array.from(corners.flat()), [1, 4, 4]);
    const map = (x: number, y: number) => [0, 1].map((row) => matrix[4 * row]! * x + matrix[4 * row + 1]! * y + matrix[4 * row + 3]!);
    const expected = (u: number, v: number) => [50 + cosine * u - sine * v, 40 + sine * u + cosine * v];
    for (const [x, y] of [[0, 0], [16, 0], [8, 8], [16, 16]] as const) {
      const [u, v] = expected((x / 16 - 0.5) * 12 * 1.5, (y / 16 - 0.5) * 4 * 2.5);
      const [gotX, gotY] = map(x, y);
      expect(gotX).toBeCloseTo(u!, 3);
      expect(gotY).toBeCloseTo(v!, 3);
    }
  });

  test('weights of 16 bits are read exactly', () => {
    expect([0x3c00, 0xbc00, 0x2c00, 0x0001, 0x7bff, 0x8000].map(decodeFloat16)).toEqual([1, -1, 1 / 16, 2 ** -24, 65504, -0]);
  });

  test('an extended file keeps what it was and has what was added', () => {
    const original = writeTinyTflite({ tensors: [{ shape: [1, 4] }, weights(1, 4), { shape: [1, 4] }], inputs: [0], outputs: [2], operators: [{ code: 0, inputs: [0, 1], outputs: [2] }] });
    const editor = new TfliteEditor(original);
    const added = editor.addTensor({ name: 'doubled', shape: [1, 4], type: 0, buffer: 0 });
    editor.addOperator({ code: 18, version: 1, inputs: [2, 1], outputs: [added], optionsType: 21, options: (builder) => writeTable(builder, () => {}, 1) });
    editor.setOutputs([added]);
    editor.addMetadata('NOTE', Uint8Array.of(1, 2, 3));
    const model = readTflite(editor.finish());
    expect(model.operators.map((operator) => operator.kind)).toEqual(['ADD', 'MUL']);
    expect(model.outputs).toEqual([3]);
    expect(model.tensors[3]).toMatchObject({ name: 'doubled', shape: [1, 4] });
    expect([...model.buffers.at(-1)!]).toEqual([1, 2, 3]);
    expect(model.buffers[2]!.byteOffset % 16).toBe(0);
  });

  test.each([['nothing', new Uint8Array(0)], ['text', new TextEncoder().encode('this is no model at all')], ['a model cut off', writeTinyTflite({ tensors: [{ shape: [1] }, { shape: [1] }], inputs: [0], outputs: [1], operators: [{ code: 19, inputs: [0], outputs: [1] }] }).slice(0, 60)]])('%s is refused as unreadable', (_, bytes) => {
    expect(() => convertTflite(bytes, { name: 'x', inputNames: ['a'], outputNames: ['b'] })).toThrow();
  });

  test('an operator that is not known is named', () => {
    const bytes = writeTinyTflite({ tensors: [{ shape: [1] }, { shape: [1] }], inputs: [0], outputs: [1], operators: [{ code: 'Mystery', inputs: [0], outputs: [1] }] });
    expect(() => convertTflite(bytes, { name: 'x', inputNames: ['a'], outputNames: ['b'] })).toThrow(/Mystery/);
  });
});
