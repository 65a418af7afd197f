import { join } from 'node:path';
import { InferenceSession } from '../inference/session.ts';
import type { PixelImage } from './analysedPortrait.ts';
import type { FaceDetection } from './faceDetector.ts';
import { sampleRegion, type ImageRegion } from './pixelImage.ts';

export const LANDMARK_COUNT = 478;

export interface LandmarkDetection {
  /** In pixels of the image, z in the same unit and smaller nearer, [478, 3]. */
  readonly landmarks: Float32Array;
  /** Probability that the region shows a face, 0 to 1. */
  readonly presence: number;
}

/** How far the region reaches beyond the detected box or the landmarks (face_landmarks_detector_graph.cc). */
const REGION_SCALE = 1.5;
const OUTER_RIGHT_EYE_CORNER = 33;
const OUTER_LEFT_EYE_CORNER = 263;

/** The 478-point face mesh on an upright crop of one face. */
export class LandmarkDetector {
  private readonly session: InferenceSession;
  private readonly inputSize: number;

  private constructor(session: InferenceSession, inputSize: number) {
    this.session = session;
    this.inputSize = inputSize;
  }

  /**
   * @param inputSize side of the model's input: 256 for the official bundle's mesh, 192 for the attention mesh.
   * @throws {StippleError} `MODEL_MISSING`.
   */
  static async load(modelsFolder: string, inputSize: number): Promise<LandmarkDetector> {
    const session = await InferenceSession.load(join(modelsFolder, 'faceLandmarks.onnx'), {
      inputs: { image: [1, inputSize, inputSize, 3] },
      outputs: { landmarks: [1, 1, 1, LANDMARK_COUNT * 3], presence: [1, 1, 1, 1] },
    });
    return new LandmarkDetector(session, inputSize);
  }

  async detect(image: PixelImage, region: ImageRegion): Promise<LandmarkDetection> {
    const size = this.inputSize;
    const input = sampleRegion(image, region, { outputWidth: size, outputHeight: size, border: 'replicate', scale: 1 / 255, offset: 0 });
    const { landmarks: raw, presence } = await this.session.run({ image: input }) as { landmarks: Float32Array; presence: Float32Array };
    const landmarks = new Float32Array(LANDMARK_COUNT * 3);
    const cosine = Math.cos(region.rotationRadians);
    const sine = Math.sin(region.rotationRadians);
    for (let i = 0; i < LANDMARK_COUNT; i++) {
      const u = (raw[3 * i]! / size - 0.5) * region.width;
      const v = (raw[3 * i + 1]! / size - 0.5) * region.height;
      landmarks[3 * i] = region.centerX + cosine * u - sine * v;
      landmarks[3 * i + 1] = region.centerY + sine * u + cosine * v;
      landmarks[3 * i + 2] = (raw[3 * i + 2]! / size) * region.width;
    }
    return { landmarks, presence: 1 / (1 + Math.exp(-presence[0]!)) };
  }

  async dispose(): Promise<void> {
    await this.session.dispose();
  }
}

/** The region for the mesh, from a detected face: turned so that the eyes lie level. */
export function regionOfDetection(detection: FaceDetection): ImageRegion {
  const { box, keypoints } = detection;
  return {
    centerX: box.x + box.width / 2, centerY: box.y + box.height / 2,
    width: box.width * REGION_SCALE, height: box.height * REGION_SCALE,
    rotationRadians: Math.atan2(keypoints[3]! - keypoints[1]!, keypoints[2]! - keypoints[0]!),
  };
}

/** The region for the mesh, from landmarks found before (MediaPipe's region for the next frame): the square around them, eyes level. */
export function regionOfLandmarks(landmarks: Float32Array): ImageRegion {
  const rotationRadians = Math.atan2(
    landmarks[3 * OUTER_LEFT_EYE_CORNER + 1]! - landmarks[3 * OUTER_RIGHT_EYE_CORNER + 1]!,
    landmarks[3 * OUTER_LEFT_EYE_CORNER]! - landmarks[3 * OUTER_RIGHT_EYE_CORNER]!,
  );
  const cosine = Math.cos(rotationRadians);
  const sine = Math.sin(rotationRadians);
  let [minU, maxU, minV, maxV] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let i = 0; i < landmarks.length; i += 3) {
    const u = cosine * landmarks[i]! + sine * landmarks[i + 1]!;
    const v = cosine * landmarks[i + 1]! - sine * landmarks[i]!;
    minU = Math.min(minU, u);
    maxU = Math.max(maxU, u);
    minV = Math.min(minV, v);
    maxV = Math.max(maxV, v);
  }
  const [middleU, middleV] = [(minU + maxU) / 2, (minV + maxV) / 2];
  const side = Math.max(maxU - minU, maxV - minV) * REGION_SCALE;
  return { centerX: cosine * middleU - sine * middleV, centerY: sine * middleU + cosine * middleV, width: side, height: side, rotationRadians };
}
