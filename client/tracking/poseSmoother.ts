import { BLENDSHAPE_COUNT, BLENDSHAPE_NAMES } from '../../shared/rig/blendshapes.ts';
import type { RigPose } from '../../shared/rig/rigPose.ts';
import { normalize } from '../motion/rotation.ts';
import type { Quaternion } from '../motion/rotation.ts';
import { OneEuroFilter } from './oneEuroFilter.ts';
import type { OneEuroParameters } from './oneEuroFilter.ts';

/** What the smoothing slider starts at. */
export const DEFAULT_SMOOTHING = 0.5;

/** Shapes too quick to be smoothed like the rest: a blink lasts some 150 ms and must arrive whole. */
const QUICK_SHAPES = BLENDSHAPE_NAMES.map((name) => name.startsWith('eyeBlink') || name.startsWith('eyeLook'));

/** Smooths poses with 1€ filters: expression, quick eye shapes, rotation and position each with their own cutoffs. */
export class PoseSmoother {
  readonly #expression = new OneEuroFilter(BLENDSHAPE_COUNT, expressionParameters(DEFAULT_SMOOTHING));
  readonly #quick = new OneEuroFilter(BLENDSHAPE_COUNT, quickParameters(DEFAULT_SMOOTHING));
  readonly #rotation = new OneEuroFilter(4, rotationParameters(DEFAULT_SMOOTHING));
  readonly #position = new OneEuroFilter(3, positionParameters(DEFAULT_SMOOTHING));
  #lastRotation: Quaternion | undefined;
  #amount = DEFAULT_SMOOTHING;

  /** How much to smooth, in [0, 1]; 0 hands poses through untouched. */
  get amount(): number {
    return this.#amount;
  }

  set amount(amount: number) {
    this.#amount = Math.min(1, Math.max(0, amount));
    this.#expression.parameters = expressionParameters(this.#amount);
    this.#quick.parameters = quickParameters(this.#amount);
    this.#rotation.parameters = rotationParameters(this.#amount);
    this.#position.parameters = positionParameters(this.#amount);
  }

  /** Call when the face was lost: what came before no longer says anything about what comes next. */
  reset(): void {
    for (const filter of [this.#expression, this.#quick, this.#rotation, this.#position]) filter.reset();
    this.#lastRotation = undefined;
  }

  /** A new pose; the one passed in is left alone. */
  smooth(pose: RigPose, timeMs: number): RigPose {
    const weights = this.#expression.filter(pose.blendshapeWeights.slice(), timeMs);
    const quick = this.#quick.filter(pose.blendshapeWeights.slice(), timeMs);
    for (let i = 0; i < BLENDSHAPE_COUNT; i++) if (QUICK_SHAPES[i]) weights[i] = quick[i]!;

    // q and -q are one rotation: filter on the side the last one lay on, or the filter passes through zero.
    const last = this.#lastRotation;
    const q = pose.headRotation;
    const flip = last !== undefined && q[0] * last[0] + q[1] * last[1] + q[2] * last[2] + q[3] * last[3] < 0;
    const rotation = this.#rotation.filter(q.map((value) => (flip ? -value : value)), timeMs) as unknown as Quaternion;
    this.#lastRotation = rotation;
    const position = this.#position.filter([...pose.headPositionMeters], timeMs);
    if (this.#amount === 0) return pose;
    return {
      blendshapeWeights: weights,
      headRotation: normalize(rotation),
      headPositionMeters: [position[0]!, position[1]!, position[2]!],
    };
  }
}

/** Interpolates a cutoff geometrically between the slider's ends. */
function between(light: number, strong: number, amount: number): number {
  return light * (strong / light) ** amount;
}

// Cutoffs found on MediaPipe's output of a still head (about ±0.01 in weights, ±0.4° in rotation): at the middle
// of the slider the residual jitter is invisible and a nod arrives within one to two frames.
function expressionParameters(amount: number): OneEuroParameters {
  return { minCutoffHz: between(8, 0.8, amount), speedCoefficient: between(4, 1.2, amount), speedCutoffHz: 1.5 };
}
function quickParameters(amount: number): OneEuroParameters {
  return { minCutoffHz: between(12, 2, amount), speedCoefficient: between(8, 3, amount), speedCutoffHz: 3 };
}
function rotationParameters(amount: number): OneEuroParameters {
  return { minCutoffHz: between(6, 0.6, amount), speedCoefficient: between(16, 6, amount), speedCutoffHz: 1.5 };
}
function positionParameters(amount: number): OneEuroParameters {
  return { minCutoffHz: between(5, 0.5, amount), speedCoefficient: between(60, 25, amount), speedCutoffHz: 1.5 };
}
