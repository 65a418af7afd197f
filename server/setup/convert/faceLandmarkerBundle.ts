import { zipSync } from 'fflate';
import { z } from 'zod';
import { mergeAttentionOutputs } from './attentionMesh.ts';
import { ModelConvertError } from './convertError.ts';
import { TfliteEditor } from './tfliteEditor.ts';
import { encodeTfliteMetadata } from './tfliteMetadata.ts';

/** Where the packed assets' loader says that a file lies. */
const assetListSchema = z.array(z.object({ filename: z.string(), start: z.number().int().nonnegative(), end: z.number().int() }));

/** Zip entries carry a date; a fixed one makes the bundle the same every time. */
const ENTRY_DATE = new Date('1980-01-01T00:00:00Z');

/**
 * Builds a `face_landmarker.task` that tasks-vision accepts from the assets of npm's `@mediapipe/face_mesh`: the same
 * face detector as in the official bundle and the older attention mesh, both given the metadata they lack, the mesh's
 * six outputs joined to the one that the task expects. It has no blendshape model.
 * @param assets `face_mesh_solution_packed_assets.data`
 * @param loader `face_mesh_solution_packed_assets_loader.js`, which lists the files within
 * @throws {ModelConvertError} when the package is not what it was.
 */
export function buildFaceLandmarker(assets: Uint8Array, loader: string): Uint8Array {
  const list = readAssetList(loader);
  const asset = (name: string): Uint8Array => {
    const entry = list.find((candidate) => candidate.filename.endsWith(`/${name}`));
    if (!entry || entry.end > assets.length) throw ModelConvertError.unreadable(`the packed assets have no ${name}`);
    return assets.subarray(entry.start, entry.end);
  };
  const detector = new TfliteEditor(asset('face_detection_short_range.tflite'));
  detector.addMetadata('TFLITE_METADATA', encodeTfliteMetadata({
    name: 'Short range face detection', description: 'Faces within about two metres of the camera',
    input: { mean: 127.5, std: 127.5 }, outputNames: ['raw boxes/keypoints', 'scores'],
  }));
  const mesh = mergeAttentionOutputs(asset('face_landmark_with_attention.tflite'));
  mesh.addMetadata('TFLITE_METADATA', encodeTfliteMetadata({
    name: 'Face mesh with attention', description: '478 face landmarks',
    input: { mean: 0, std: 255 }, outputNames: ['face_landmarks', 'presence'],
  }));
  return zipSync({
    'face_detector.tflite': detector.finish(),
    'face_landmarks_detector.tflite': mesh.finish(),
    'geometry_pipeline_metadata_landmarks.binarypb': asset('geometry_pipeline_metadata_landmarks.binarypb'),
  }, { level: 0, mtime: ENTRY_DATE });
}

function readAssetList(loader: string): z.infer<typeof assetListSchema> {
  const match = /loadPackage\(\{"files":\s*(\[[^\]]*\])/.exec(loader);
  if (!match) throw ModelConvertError.unreadable('the packed assets have no list of files');
  return assetListSchema.parse(JSON.parse(match[1]!));
}
