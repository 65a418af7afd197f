import { BLENDSHAPE_COUNT, BLENDSHAPE_NAMES } from '../../shared/rig/blendshapes.ts';
import { IDENTITY_ROTATION, angleBetween, conjugate, multiply, normalize, rotateVector, slerp } from '../motion/rotation.ts';
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

/** Gaze and lids are no part of what is learnt: where somebody looks, and blinks, is never a trait. */
const LEARNT = BLENDSHAPE_NAMES.map((name) => !name.startsWith('eyeLook') && !name.startsWith('eyeBlink'));

/** Gaze comes as two one-sided shapes an axis; a rest gaze is subtracted from their difference, not from each. */
const GAZE_AXES = (['Left', 'Right'] as const).flatMap((side) => (
  [['eyeLookUp', 'eyeLookDown'], ['eyeLookIn', 'eyeLookOut']] as const
).map(([positive, negative]) => ({
  positive: BLENDSHAPE_NAMES.indexOf(`${positive}${side}`),
  negative: BLENDSHAPE_NAMES.indexOf(`${negative}${side}`),
})));

/** How far an avatar may lean from its seat; tracking further out is the tracker's error or somebody walking off. */
const MAX_LEAN_METERS = 0.15;
/** What is learnt by itself stays below this, and below what was calibrated plus this. */
const MOST_LEARNT = 0.25;
/** Trackers see a squint of about 0.4 in nearly every resting face: it is no sign of an expression, and more of it is learnt. */
const SQUINT = BLENDSHAPE_NAMES.map((name) => name.startsWith('eyeSquint'));
const MOST_LEARNT_SQUINT = 0.45;
/** A face is at rest while nothing stands out by more than this and the head is turned by no more than that, radians. */
const REST_WEIGHT = 0.22;
const REST_TURN_RADIANS = 0.2;
/** … and while it has been so still: weights and radians a second. */
const REST_WEIGHT_SPEED = 0.8;
const REST_TURN_SPEED = 0.25;
/** Time constants with which the rest follows a face at rest, ms: expression, where the head points, where it is. */
const LEARN_WEIGHTS_MS = 20_000;
const LEARN_TURN_MS = 45_000;
const LEARN_PLACE_MS = 15_000;
/** Further from its seat than this somebody leans, and means it. */
const SEAT_METERS = 0.08;
/** A neutral weight beyond this is an expression, not a trait: nobody's rest is wider, and more would eat the range. */
const MAX_NEUTRAL_WEIGHT = 0.6;

/**
 * Turns measurements into poses relative to the person's own rest. Until calibrated, the rest is a straight face
 * that looks into the camera from where the face was first seen. It goes on learning: while the face is at rest and
 * still, the rest follows it slowly, so that a brow that always measures 0.2 goes away, and so does the way somebody has
 * sunk into the chair. An expression that is held is never learnt.
 */
export class NeutralCalibration {
  #neutral: Neutral = { weights: new Float32Array(BLENDSHAPE_COUNT), rotation: IDENTITY_ROTATION, positionMeters: [0, 0, 0] };
  #hasPosition = false;
  #collected: FaceMeasurement[] | undefined;
  #wanted = 0;
  #onDone: (() => void) | undefined;
  #before: { measurement: FaceMeasurement; timeMs: number } | undefined;
  /** Weights of the last calibration: what is learnt stays near them. */
  #calibrated = new Float32Array(BLENDSHAPE_COUNT);

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
    this.#before = undefined;
    this.#calibrated = new Float32Array(BLENDSHAPE_COUNT);
  }

  /**
   * The pose relative to rest. Feeds a running `collect`.
   * @param timeMs of the measurement; left out, nothing is learnt from it
   */
  apply(measurement: FaceMeasurement, timeMs?: number): RigPose {
    if (!this.#hasPosition) {
      this.#neutral = { ...this.#neutral, positionMeters: measurement.cameraFromHeadMeters };
      this.#hasPosition = true;
    }
    this.#feed(measurement);
    if (timeMs !== undefined) this.#learn(measurement, timeMs);
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
    this.#calibrated = this.#neutral.weights.slice();
    this.#onDone?.();
    this.#onDone = undefined;
  }

  #learn(measurement: FaceMeasurement, timeMs: number): void {
    const before = this.#before;
    this.#before = { measurement, timeMs };
    const elapsedMs = before ? timeMs - before.timeMs : 0;
    // A face that was away says nothing about how still it was.
    if (!before || elapsedMs <= 0 || elapsedMs > 500 || this.#collected || !this.#atRest(measurement, before.measurement, elapsedMs)) return;
    const { weights, rotation, positionMeters } = this.#neutral;
    const share = 1 - Math.exp(-elapsedMs / LEARN_WEIGHTS_MS);
    for (let i = 0; i < BLENDSHAPE_COUNT; i++) {
      if (!LEARNT[i]) continue;
      const next = weights[i]! + (measurement.blendshapeWeights[i]! - weights[i]!) * share;
      weights[i] = Math.min(next, this.#calibrated[i]! + (SQUINT[i] ? MOST_LEARNT_SQUINT : MOST_LEARNT), MAX_NEUTRAL_WEIGHT);
    }
    const place = 1 - Math.exp(-elapsedMs / LEARN_PLACE_MS);
    const move = (axis: 0 | 1 | 2): number => positionMeters[axis] + (measurement.cameraFromHeadMeters[axis] - positionMeters[axis]) * place;
    this.#neutral = {
      weights,
      rotation: slerp(rotation, measurement.cameraFromHeadRotation, 1 - Math.exp(-elapsedMs / LEARN_TURN_MS)),
      positionMeters: distance(measurement.cameraFromHeadMeters, positionMeters) < SEAT_METERS ? [move(0), move(1), move(2)] : positionMeters,
    };
  }

  #atRest(now: FaceMeasurement, before: FaceMeasurement, elapsedMs: number): boolean {
    const { weights, rotation } = this.#neutral;
    const fastest = (REST_WEIGHT_SPEED * elapsedMs) / 1000;
    for (let i = 0; i < BLENDSHAPE_COUNT; i++) {
      if (!LEARNT[i] || SQUINT[i]) continue;
      const weight = now.blendshapeWeights[i]!;
      if (Math.abs(weight - weights[i]!) > REST_WEIGHT || Math.abs(weight - before.blendshapeWeights[i]!) > fastest + 0.02) return false;
    }
    return angleBetween(now.cameraFromHeadRotation, rotation) < REST_TURN_RADIANS
      && angleBetween(now.cameraFromHeadRotation, before.cameraFromHeadRotation) < (REST_TURN_SPEED * elapsedMs) / 1000 + 0.01;
  }
}

const distance = (a: Vector3, b: Vector3): number => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);

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
