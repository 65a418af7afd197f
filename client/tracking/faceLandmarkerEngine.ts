import { FaceLandmarker } from '@mediapipe/tasks-vision';
import type { FaceLandmarkerResult } from '@mediapipe/tasks-vision';
import { z } from 'zod';
import { HTTP_PATHS } from '../../shared/protocol/http.ts';
import { BLENDSHAPE_COUNT, BLENDSHAPE_NAMES } from '../../shared/rig/blendshapes.ts';
import { fromColumnMajorMatrix } from '../motion/rotation.ts';
import type { Quaternion, Vector3 } from '../motion/rotation.ts';

/** One picture's outcome; plain and transferable. */
export interface TrackedFace {
  /** In the order of `BLENDSHAPE_NAMES`, [52]; undefined where the model bundle has no expression model. */
  readonly blendshapeWeights: Float32Array | undefined;
  /** Camera from head: x right in the unmirrored picture, y up, z towards the viewer; metres. */
  readonly cameraFromHeadRotation: Quaternion;
  readonly cameraFromHeadMeters: Vector3;
  /** x, y in [0, 1] of the picture, z in units of its width, smaller is nearer, [478, 3]. */
  readonly landmarks: Float32Array | undefined;
  /** Width over height of the picture. */
  readonly aspectRatio: number;
}

const CATEGORY_INDEX = new Map<string, number>(BLENDSHAPE_NAMES.map((name, index) => [name, index]));
const CENTIMETRES_PER_METRE = 100;

/** MediaPipe's face landmarker behind one call. Runs in a worker where the browser can, else on the page. */
export class FaceLandmarkerEngine {
  readonly #landmarker: FaceLandmarker;
  #lastTimestampMs = -1;

  private constructor(landmarker: FaceLandmarker) {
    this.#landmarker = landmarker;
  }

  /**
   * Loads wasm and models from this server.
   * @param useModule load the wasm glue by import(): needed in a module worker, where importScripts() does not exist.
   */
  static async load(options: { delegate: 'CPU' | 'GPU'; useModule: boolean }): Promise<FaceLandmarkerEngine> {
    const variant = options.useModule ? 'vision_wasm_module_internal' : 'vision_wasm_internal';
    const landmarker = await FaceLandmarker.createFromOptions(
      { wasmLoaderPath: `${HTTP_PATHS.mediapipeWasm}/${variant}.js`, wasmBinaryPath: `${HTTP_PATHS.mediapipeWasm}/${variant}.wasm` },
      {
        baseOptions: { modelAssetPath: HTTP_PATHS.faceLandmarker, delegate: options.delegate },
        runningMode: 'VIDEO',
        numFaces: 1,
        // A bundle without the expression model refuses the option; its landmarks are enough for a fit.
        outputFaceBlendshapes: await expressionModelAvailable(),
        outputFacialTransformationMatrixes: true,
      },
    );
    return new FaceLandmarkerEngine(landmarker);
  }

  /** Looks at one picture; undefined when no face is in it. Timestamps must rise; a repeated one is nudged. */
  detect(picture: ImageBitmap | HTMLVideoElement, timestampMs: number, width: number, height: number): TrackedFace | undefined {
    this.#lastTimestampMs = Math.max(this.#lastTimestampMs + 1, Math.round(timestampMs));
    return faceOf(this.#landmarker.detectForVideo(picture, this.#lastTimestampMs), width / height);
  }

  close(): void {
    this.#landmarker.close();
  }
}

const faceModelsSchema = z.object({ blendshapesAvailable: z.boolean() });

/** What the server's face models can do; a server that does not say has the official bundle. */
async function expressionModelAvailable(): Promise<boolean> {
  const response = await fetch(HTTP_PATHS.faceModels).catch(() => undefined);
  if (!response?.ok) return true;
  const models = faceModelsSchema.safeParse(await response.json());
  return models.success ? models.data.blendshapesAvailable : true;
}

function faceOf(result: FaceLandmarkerResult, aspectRatio: number): TrackedFace | undefined {
  const matrix = result.facialTransformationMatrixes[0]?.data;
  const points = result.faceLandmarks[0];
  if (!matrix || !points) return undefined;
  const categories = result.faceBlendshapes[0]?.categories;
  let weights: Float32Array | undefined;
  const landmarks = new Float32Array(points.length * 3);
  for (const [index, point] of points.entries()) landmarks.set([point.x, point.y, point.z], index * 3);
  if (categories && categories.length > 0) {
    weights = new Float32Array(BLENDSHAPE_COUNT);
    for (const { categoryName, score } of categories) {
      const index = CATEGORY_INDEX.get(categoryName);
      if (index !== undefined) weights[index] = score;
    }
  }
  return {
    blendshapeWeights: weights,
    cameraFromHeadRotation: fromColumnMajorMatrix(matrix),
    cameraFromHeadMeters: [matrix[12]! / CENTIMETRES_PER_METRE, matrix[13]! / CENTIMETRES_PER_METRE, matrix[14]! / CENTIMETRES_PER_METRE],
    landmarks,
    aspectRatio,
  };
}
