import { BLENDSHAPE_COUNT } from '../rig/blendshapes.ts';
import type { HeadState, PinholeCamera } from './headProjection.ts';
import { personalModel, type LandmarkModel } from './landmarkModel.ts';
import { expressionTarget, faceWidthPixels, initialState, reprojectionErrorPercent, stepFit } from './rigFit.ts';
import type { Quaternion, Vector3 } from './rotation.ts';

export interface FrameFit {
  /** In the order of `BLENDSHAPE_NAMES`, [52], each in [0, 1]; a fresh array. */
  readonly blendshapeWeights: Float32Array;
  readonly cameraFromHeadRotation: Quaternion;
  /** Metres. */
  readonly cameraFromHeadTranslation: Vector3;
  /** In percent of the face's width: tells a lost face from a followed one. */
  readonly reprojectionErrorPercent: number;
}

/** A jump of the face by more than this share of its width, or a worse fit than this, starts afresh. */
const LOST_JUMP = 0.6;
const LOST_ERROR_PERCENT = 6;
const FRESH_STEPS = 8;
const FOLLOWING_STEPS = 2;

/**
 * Follows one person's pose and expression from frame to frame, identity and camera known: what stands in for
 * MediaPipe's blendshape model where the bundle has none. A few milliseconds a frame.
 */
export class FrameFitter {
  readonly #model: LandmarkModel;
  readonly #camera: PinholeCamera;
  #state: HeadState | undefined;
  #lastNose: readonly [number, number] = [0, 0];

  /** @param identityCoefficients of the person before the camera, from `fitRig` on a calm frame; none is the mean head. */
  constructor(model: LandmarkModel, camera: PinholeCamera, identityCoefficients: ArrayLike<number> = []) {
    this.#model = personalModel(model, identityCoefficients);
    this.#camera = camera;
  }

  /** @param landmarks MediaPipe's, in pixels, y down, [478, 3]; read only during the call. */
  fit(landmarks: Float32Array): FrameFit {
    const input = { landmarks, camera: this.#camera };
    const faceWidth = faceWidthPixels(landmarks);
    const nose: readonly [number, number] = [landmarks[3]!, landmarks[4]!];
    const jump = Math.hypot(nose[0] - this.#lastNose[0], nose[1] - this.#lastNose[1]) / faceWidth;
    if (this.#state === undefined || jump > LOST_JUMP) this.#state = this.#start(input, faceWidth);
    const state = this.#state;
    this.#lastNose = nose;
    const rest = expressionTarget(undefined);
    for (let round = 0; round < FOLLOWING_STEPS; round += 1) {
      stepFit(this.#model, state, input, faceWidth, rest, { identity: 0, expression: true });
    }
    const error = reprojectionErrorPercent(this.#model, state, input, faceWidth);
    if (!(error < LOST_ERROR_PERCENT)) this.#state = undefined;
    return {
      blendshapeWeights: Float32Array.from(state.weights),
      cameraFromHeadRotation: state.cameraFromHeadRotation,
      cameraFromHeadTranslation: state.cameraFromHeadTranslation,
      reprojectionErrorPercent: error,
    };
  }

  #start(input: { landmarks: Float32Array; camera: PinholeCamera }, faceWidth: number): HeadState {
    const state = initialState(this.#model, input, faceWidth);
    const rest = new Float64Array(BLENDSHAPE_COUNT);
    for (let round = 0; round < FRESH_STEPS; round += 1) {
      stepFit(this.#model, state, input, faceWidth, rest, { identity: 0, expression: round > FRESH_STEPS / 2 });
    }
    return state;
  }
}
