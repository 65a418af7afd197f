import { BLENDSHAPE_COUNT, BLENDSHAPE_NAMES } from '../../shared/rig/blendshapes.ts';
import { IDENTITY_ROTATION, conjugate, multiply, normalize, rotateVector, slerp } from '../motion/rotation.ts';
import type { Quaternion, Vector3 } from '../motion/rotation.ts';
import type { RigPose } from '../../shared/rig/rigPose.ts';

/** A face as the tracker saw it: expression, and the head's place in the camera's space. */
export interface FaceMeasurement {
  /** In the order of `BLENDSHAPE_NAMES`, [52], each in [0, 1]. */
  readonly blendshapeWeights: Float32Array;
  /** Camera space (x right in the unmirrored picture, y up, z towards the viewer) from head space. */
  readonly cameraFromHeadRotation: Quaternion;
  readonly cameraFromHeadMeters: Vector3;
}

/** The face at rest in front of this camera. */
interface Neutral {
  readonly weights: Float32Array;
  readonly rotation: Quaternion;
  readonly positionMeters: Vector3;
}

/** Gaze comes as two one-sided shapes an axis; a rest gaze is subtracted from their difference, not from each. */
const GAZE_AXES = (['Left', 'Right'] as const).flatMap((side) => (
  [['eyeLookUp', 'eyeLookDown'], ['eyeLookIn', 'eyeLookOut']] as const
).map(([positive, negative]) => ({
  positive: BLENDSHAPE_NAMES.indexOf(`${positive}${side}`),
  negative: BLENDSHAPE_NAMES.indexOf(`${negative}${side}`),
})));

/** How far an avatar may lean from its seat; tracking further out is the tracker's error or somebody walking off. */
const MAX_LEAN_METERS = 0.15;
/** A neutral weight beyond this is an expression, not a trait: nobody's rest is wider, and more would eat the range. */
const MAX_NEUTRAL_WEIGHT = 0.6;

/**
 * Turns measurements into poses relative to the person's own rest. Until calibrated, the rest is a straight face
 * that looks into the camera from where the face was first seen.
 */
export class NeutralCalibration {
  #neutral: Neutral = { weights: new Float32Array(BLENDSHAPE_COUNT), rotation: IDENTITY_ROTATION, positionMeters: [0, 0, 0] };
  #hasPosition = false;
  #collected: FaceMeasurement[] | undefined;
  #wanted = 0;
  #onDone: (() => void) | undefined;

  /** True while `collect` still waits for measurements. */
  get collecting(): boolean {
    return this.#collected !== undefined;
  }

  /** Averages the next `count` measurements into the new rest, then calls `onDone`. A second call starts over. */
  collect(count: number, onDone: () => void): void {
    this.#collected = [];
    this.#wanted = Math.max(1, count);
    this.#onDone = onDone;
  }

  /** Back to the uncalibrated rest. */
  reset(): void {
    this.#neutral = { weights: new Float32Array(BLENDSHAPE_COUNT), rotation: IDENTITY_ROTATION, positionMeters: [0, 0, 0] };
    this.#hasPosition = false;
    this.#collected = undefined;
  }

  /** The pose relative to rest. Feeds a running `collect`. */
  apply(measurement: FaceMeasurement): RigPose {
    if (!this.#hasPosition) {
      this.#neutral = { ...this.#neutral, positionMeters: measurement.cameraFromHeadMeters };
      this.#hasPosition = true;
    }
    this.#feed(measurement);
    const { weights: rest, rotation, positionMeters } = this.#neutral;
    const weights = new Float32Array(BLENDSHAPE_COUNT);
    for (let i = 0; i < BLENDSHAPE_COUNT; i++) {
      // Stretches what is left above the rest over the whole range: a full smile stays a full smile.
      weights[i] = Math.min(1, Math.max(0, (measurement.blendshapeWeights[i]! - rest[i]!) / (1 - rest[i]!)));
    }
    for (const { positive, negative } of GAZE_AXES) {
      const measured = measurement.blendshapeWeights[positive]! - measurement.blendshapeWeights[negative]!;
      const gaze = measured - (rest[positive]! - rest[negative]!);
      weights[positive] = Math.min(1, Math.max(0, gaze));
      weights[negative] = Math.min(1, Math.max(0, -gaze));
    }
    const headFromCamera = conjugate(rotation);
    const lean = rotateVector(headFromCamera, [
      measurement.cameraFromHeadMeters[0] - positionMeters[0],
      measurement.cameraFromHeadMeters[1] - positionMeters[1],
      measurement.cameraFromHeadMeters[2] - positionMeters[2],
    ]);
    const length = Math.hypot(...lean);
    const k = length > MAX_LEAN_METERS ? MAX_LEAN_METERS / length : 1;
    return {
      blendshapeWeights: weights,
      headRotation: normalize(multiply(headFromCamera, measurement.cameraFromHeadRotation)),
      headPositionMeters: [lean[0] * k, lean[1] * k, lean[2] * k],
    };
  }

  #feed(measurement: FaceMeasurement): void {
    const collected = this.#collected;
    if (!collected) return;
    collected.push(measurement);
    if (collected.length < this.#wanted) return;
    this.#collected = undefined;
    this.#neutral = averageMeasurements(collected);
    this.#onDone?.();
    this.#onDone = undefined;
  }
}

function averageMeasurements(measurements: readonly FaceMeasurement[]): Neutral {
  const weights = new Float32Array(BLENDSHAPE_COUNT);
  const position: [number, number, number] = [0, 0, 0];
  let rotation = measurements[0]!.cameraFromHeadRotation;
  for (const [index, measurement] of measurements.entries()) {
    const share = 1 / (index + 1);
    for (let i = 0; i < BLENDSHAPE_COUNT; i++) weights[i]! += (measurement.blendshapeWeights[i]! - weights[i]!) * share;
    for (let axis = 0; axis < 3; axis++) position[axis]! += (measurement.cameraFromHeadMeters[axis]! - position[axis]!) * share;
    rotation = slerp(rotation, measurement.cameraFromHeadRotation, share);
  }
  for (let i = 0; i < BLENDSHAPE_COUNT; i++) {
    weights[i] = Math.min(MAX_NEUTRAL_WEIGHT, weights[i]!);
  }
  return { weights, rotation, positionMeters: position };
}
