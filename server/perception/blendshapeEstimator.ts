import { join } from 'node:path';
import { BLENDSHAPE_COUNT } from '../../shared/rig/blendshapes.ts';
import { InferenceSession } from '../inference/session.ts';

/** The landmarks that the blendshape model reads (mediapipe/tasks/cc/vision/face_landmarker/face_blendshapes_graph.cc). */
const LANDMARK_SUBSET = [
  0, 1, 4, 5, 6, 7, 8, 10, 13, 14, 17, 21, 33, 37, 39, 40, 46, 52, 53, 54, 55, 58, 61, 63, 65, 66, 67, 70, 78, 80,
  81, 82, 84, 87, 88, 91, 93, 95, 103, 105, 107, 109, 127, 132, 133, 136, 144, 145, 146, 148, 149, 150, 152, 153, 154,
  155, 157, 158, 159, 160, 161, 162, 163, 168, 172, 173, 176, 178, 181, 185, 191, 195, 197, 234, 246, 249, 251, 263,
  267, 269, 270, 276, 282, 283, 284, 285, 288, 291, 293, 295, 296, 297, 300, 308, 310, 311, 312, 314, 317, 318, 321,
  323, 324, 332, 334, 336, 338, 356, 361, 362, 365, 373, 374, 375, 377, 378, 379, 380, 381, 382, 384, 385, 386, 387,
  388, 389, 390, 397, 398, 400, 402, 405, 409, 415, 454, 466, 468, 469, 470, 471, 472, 473, 474, 475, 476, 477,
] as const;

/** Blendshape weights from landmarks, by MediaPipe's own small model; part of the official bundle only. */
export class BlendshapeEstimator {
  private readonly session: InferenceSession;

  private constructor(session: InferenceSession) {
    this.session = session;
  }

  /** @throws {StippleError} `MODEL_MISSING`. */
  static async load(modelsFolder: string): Promise<BlendshapeEstimator> {
    return new BlendshapeEstimator(await InferenceSession.load(join(modelsFolder, 'faceBlendshapes.onnx'), {
      inputs: { landmarks: [1, LANDMARK_SUBSET.length, 2] }, outputs: { weights: [52] },
    }));
  }

  /**
   * @param landmarks in pixels, [478, 3]
   * @returns weights in the order of `BLENDSHAPE_NAMES`, [52], each in [0, 1]; `tongueOut`, which the model does not know, is 0
   */
  async estimate(landmarks: Float32Array): Promise<Float32Array> {
    const points = new Float32Array(LANDMARK_SUBSET.length * 2);
    LANDMARK_SUBSET.forEach((landmark, i) => {
      points[2 * i] = landmarks[3 * landmark]!;
      points[2 * i + 1] = landmarks[3 * landmark + 1]!;
    });
    const { weights } = await this.session.run({ landmarks: points }) as { weights: Float32Array };
    // The model's first output is `_neutral`; ours end with `tongueOut`.
    const result = new Float32Array(BLENDSHAPE_COUNT);
    for (let i = 0; i < BLENDSHAPE_COUNT - 1; i++) result[i] = Math.min(1, Math.max(0, weights[i + 1]!));
    return result;
  }

  async dispose(): Promise<void> {
    await this.session.dispose();
  }
}
