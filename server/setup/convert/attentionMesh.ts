import { ModelConvertError } from './convertError.ts';
import { readSubsetIndices } from './operators/mediapipe.ts';
import { TfliteEditor, writeTable, type NewOperator } from './tfliteEditor.ts';
import { readTflite, TENSOR_TYPE } from './tfliteModel.ts';

const MESH_LANDMARKS = 468;
const LANDMARKS = 478;
const IRIS_LANDMARKS = 5;
/** The first landmarks around an eye are its lids' inner contour: the iris lies at their mean depth. */
const EYE_CONTOUR_LANDMARKS = 16;

/** TFLite's operator codes, members of `BuiltinOptions`, and versions as the mesh itself has them. */
const ADD = { code: 0, optionsType: 11, version: 1 };
const CONCATENATION = { code: 2, optionsType: 10, version: 1 };
const CONV_2D = { code: 3, optionsType: 1, version: 1 };
const DEQUANTIZE = { code: 6, optionsType: 38, version: 2 };
const MUL = { code: 18, optionsType: 21, version: 1 };
const PADDING_VALID = 1;

/**
 * Joins the outputs of `face_landmark_with_attention.tflite` (mesh, lips, eyes, irises) to one tensor of 478 landmarks,
 * [1, 1, 1, 1434], as MediaPipe's graph does outside of the model (tensors_to_face_landmarks_with_attention.pbtxt): x and
 * y around eyes and lips from the closer look, depth from the mesh, the iris at the mean depth of its lids. The choosing
 * is done by 1×1 convolutions with weights of zero and one, which every backend has, GATHER being absent from WebGL's.
 * The second output is the presence of a face, a logit, as in the official model.
 */
export function mergeAttentionOutputs(bytes: Uint8Array): TfliteEditor {
  const model = readTflite(bytes);
  const [mesh, lips, leftEye, rightEye, leftIris, rightIris, presence] = model.outputs;
  const subsets = model.operators.filter((operator) => operator.kind === 'Landmarks2TransformMatrix').map(readSubsetIndices);
  const [lipsSubset, leftEyeSubset, rightEyeSubset] = subsets;
  if (presence === undefined || !lipsSubset || !leftEyeSubset || !rightEyeSubset) throw ModelConvertError.unreadable('not the attention mesh: expected 7 outputs and 3 crops');
  const irisLandmarks = (first: number) => Array.from({ length: IRIS_LANDMARKS }, (_, i) => first + i);
  const parts = [
    { tensor: lips!, landmarks: lipsSubset }, { tensor: leftEye!, landmarks: leftEyeSubset }, { tensor: rightEye!, landmarks: rightEyeSubset },
    { tensor: leftIris!, landmarks: irisLandmarks(MESH_LANDMARKS) }, { tensor: rightIris!, landmarks: irisLandmarks(MESH_LANDMARKS + IRIS_LANDMARKS) },
  ];
  const refined = parts.flatMap((part) => part.landmarks);
  for (const { tensor, landmarks } of parts) {
    const size = model.tensors[tensor]!.shape.at(-1);
    if (size !== 2 * landmarks.length) throw ModelConvertError.unreadable(`expected ${2 * landmarks.length} refined coordinates, got ${size}`);
  }

  const width = 3 * LANDMARKS;
  const meshWidth = 3 * MESH_LANDMARKS;
  const refinedWidth = 2 * refined.length;
  const choice = new Float32Array(width * refinedWidth);
  const keep = new Float32Array(meshWidth).fill(1);
  refined.forEach((landmark, i) => {
    for (const axis of [0, 1]) {
      choice[(3 * landmark + axis) * refinedWidth + 2 * i + axis] = 1;
      if (landmark < MESH_LANDMARKS) keep[3 * landmark + axis] = 0;
    }
  });
  const irisWidth = width - meshWidth;
  const irisDepth = new Float32Array(irisWidth * meshWidth);
  [leftEyeSubset, rightEyeSubset].forEach((subset, eye) => {
    for (let i = 0; i < IRIS_LANDMARKS; i++) {
      const row = 3 * (eye * IRIS_LANDMARKS + i) + 2;
      for (const landmark of subset.slice(0, EYE_CONTOUR_LANDMARKS)) irisDepth[row * meshWidth + 3 * landmark + 2] = 1 / EYE_CONTOUR_LANDMARKS;
    }
  });

  const editor = new TfliteEditor(bytes);
  const computed = (name: string, size: number) => editor.addTensor({ name, shape: [1, 1, 1, size], type: TENSOR_TYPE.float32, buffer: 0 });
  const joined = computed('refined_coordinates', refinedWidth);
  editor.addOperator(concatenation(parts.map((part) => part.tensor), joined));
  const placed = addSelection(editor, 'refined_placed', joined, choice, width, refinedWidth);
  const iris = addSelection(editor, 'iris_depth', mesh!, irisDepth, irisWidth, meshWidth);
  const mask = editor.addTensor({ name: 'unrefined', shape: [1, 1, 1, meshWidth], type: TENSOR_TYPE.float32, buffer: editor.addBuffer(bytesOf(keep)) });
  const masked = computed('mesh_unrefined', meshWidth);
  editor.addOperator({ ...MUL, inputs: [mesh!, mask], outputs: [masked], options: (builder) => writeTable(builder, () => {}, 1) });
  const base = computed('mesh_and_iris_depth', width);
  editor.addOperator(concatenation([masked, iris], base));
  const landmarks = computed('landmarks', width);
  editor.addOperator({ ...ADD, inputs: [base, placed], outputs: [landmarks], options: (builder) => writeTable(builder, () => {}, 1) });
  editor.setOutputs([landmarks, presence]);
  return editor;
}

function concatenation(inputs: readonly number[], output: number): NewOperator {
  return { ...CONCATENATION, inputs, outputs: [output], options: (builder) => writeTable(builder, (table) => table.addFieldInt32(0, 3, 0), 2) };
}

/** A 1×1 convolution with the given [rows, columns] weights, kept in 16 bits: zeros, ones and sixteenths are exact there. */
function addSelection(editor: TfliteEditor, name: string, input: number, weights: Float32Array, rows: number, columns: number): number {
  const shape = [rows, 1, 1, columns];
  const half = editor.addTensor({ name: `${name}_weights_half`, shape, type: TENSOR_TYPE.float16, buffer: editor.addBuffer(bytesOf(Uint16Array.from(weights, encodePowerOfTwo))) });
  const full = editor.addTensor({ name: `${name}_weights`, shape, type: TENSOR_TYPE.float32, buffer: 0 });
  editor.addOperator({ ...DEQUANTIZE, inputs: [half], outputs: [full], options: (builder) => writeTable(builder, () => {}, 0) });
  const bias = editor.addTensor({ name: `${name}_bias`, shape: [rows], type: TENSOR_TYPE.float32, buffer: editor.addBuffer(bytesOf(new Float32Array(rows))) });
  const output = editor.addTensor({ name, shape: [1, 1, 1, rows], type: TENSOR_TYPE.float32, buffer: 0 });
  editor.addOperator({
    ...CONV_2D, inputs: [input, full, bias], outputs: [output],
    options: (builder) => writeTable(builder, (table) => {
      table.addFieldInt8(0, PADDING_VALID, 0);
      table.addFieldInt32(1, 1, 0);
      table.addFieldInt32(2, 1, 0);
      table.addFieldInt32(4, 1, 0);
      table.addFieldInt32(5, 1, 0);
    }, 6),
  });
  return output;
}

/** Zero or a power of two as IEEE 754 binary16. */
function encodePowerOfTwo(value: number): number {
  return value === 0 ? 0 : (Math.log2(value) + 15) << 10;
}

function bytesOf(values: Float32Array | Uint16Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
