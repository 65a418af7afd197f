import { BlinkRange } from './blinkRange.ts';
import type { TrackedFace } from './faceLandmarkerEngine.ts';
import { GazeSteadier } from './gazeSteadier.ts';
import { JumpGuard } from './jumpGuard.ts';
import { NeutralCalibration } from './neutralCalibration.ts';
import { PoseSmoother } from './poseSmoother.ts';
import { angleBetween, IDENTITY_ROTATION } from '../motion/rotation.ts';
import { toRigWeights } from '../../shared/fit/trackerResponse.ts';
import { WeakShapes } from '../../shared/fit/weakShapes.ts';
import type { RigPose } from '../../shared/rig/rigPose.ts';

/**
 * From what the tracker measured to a pose that an avatar may show, one picture after another: slips are left out, shapes
 * that its model hardly sees are read off the landmarks, eyes are made to move together and to shut, what is the person's
 * rest is taken away, the model's scale becomes the rig's, jitter is filtered.
 */
export class FaceRefiner {
  readonly #calibration = new NeutralCalibration();
  readonly #smoother = new PoseSmoother();
  readonly #guard = new JumpGuard();
  readonly #gaze = new GazeSteadier();
  readonly #blinks = new BlinkRange();
  readonly #weak = new WeakShapes();

  /** How much to smooth, in [0, 1]; 0 hands poses through unfiltered. */
  get smoothing(): number {
    return this.#smoother.amount;
  }

  set smoothing(amount: number) {
    this.#smoother.amount = amount;
  }

  /** Takes the next `count` pictures as the person's rest, then calls `onDone`. */
  calibrate(count: number, onDone: () => void): void {
    this.#weak.takeRest();
    this.#calibration.collect(count, onDone);
  }

  /** Call when the face was lost: what came before no longer says anything about what comes next. */
  reset(): void {
    this.#smoother.reset();
    this.#guard.reset();
    this.#gaze.reset();
  }

  /**
   * The pose to show, or undefined for a picture that is better left out.
   * @param measuredWeights [52], left as they are
   */
  refine(face: TrackedFace, measuredWeights: Float32Array, timeMs: number): RigPose | undefined {
    if (!this.#guard.believes(face, timeMs)) return undefined;
    const blendshapeWeights = measuredWeights.slice();
    if (face.landmarks) {
      const turnRadians = angleBetween(face.cameraFromHeadRotation, IDENTITY_ROTATION);
      this.#weak.apply(face.landmarks, face.aspectRatio, turnRadians, blendshapeWeights, timeMs);
    }
    this.#gaze.apply(blendshapeWeights);
    this.#blinks.apply(blendshapeWeights);
    const { cameraFromHeadRotation, cameraFromHeadMeters } = face;
    const pose = this.#calibration.apply({ blendshapeWeights, cameraFromHeadRotation, cameraFromHeadMeters }, timeMs);
    // Weights found on landmarks are the rig's already.
    if (face.blendshapeWeights) toRigWeights(pose.blendshapeWeights);
    return this.#smoother.smooth(pose, timeMs);
  }
}
