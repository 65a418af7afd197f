import { addWeights } from '../../client/motion/weights.ts';
import { restPose } from '../../client/motion/restPose.ts';
import { fromYawPitchRoll } from '../../client/motion/rotation.ts';
import { SeededRandom } from '../../shared/math/seededRandom.ts';
import type { MotionKind } from '../../shared/motion/motionTrack.ts';
import type { RigPose } from '../../shared/rig/rigPose.ts';
import type { Gesture } from './gesture.ts';
import { bothSides, gestureLevel } from './gesture.ts';
import { planGestures } from './planGestures.ts';

/** How one person differs from another in doing the same; drawn from a seed. */
export interface Temperament {
  /** Amount of expression, 1 for the calm middle. */
  readonly liveliness: number;
  /** Syllables, nods and blinks a second, 1 for the middle. */
  readonly pace: number;
  /** Left side's share over the right side's, in [-0.25, 0.25]: nobody smiles evenly. */
  readonly lopsidedness: number;
  /** What the face wears when it does nothing, weights of a held expression in [0, 1]. */
  readonly restingSmile: number;
  readonly restingBrow: number;
}

export function temperament(seed: number): Temperament {
  const random = new SeededRandom(seed * 31 + 5);
  return {
    liveliness: random.between(0.75, 1.3), pace: random.between(0.85, 1.2), lopsidedness: random.between(-0.2, 0.2),
    restingSmile: random.between(0, 0.16), restingBrow: random.between(0, 0.14),
  };
}

/** One person doing one thing: seeded, and a pure function of time within its length. */
export class Performance {
  readonly #gestures: readonly Gesture[];
  readonly #temperament: Temperament;
  readonly #kind: MotionKind;
  readonly #phases: readonly number[];

  constructor(options: { kind: MotionKind; seed: number; lengthMs: number; temperament: Temperament }) {
    const random = new SeededRandom(options.seed * 7919 + 17);
    this.#kind = options.kind;
    this.#temperament = options.temperament;
    this.#phases = Array.from({ length: 12 }, () => random.between(0, 2 * Math.PI));
    this.#gestures = planGestures(options.kind, random, options.lengthMs, options.temperament);
  }

  /** The pose at a moment, ms since the beginning. A fresh one each call. */
  sample(timeMs: number): RigPose {
    const pose = this.calmPose();
    const turn = this.#sway(timeMs);
    const shift = this.#drift(timeMs);
    for (const gesture of this.#gestures) {
      const level = gestureLevel(gesture, timeMs);
      if (level === 0) continue;
      for (let axis = 0; axis < 3; axis++) {
        turn[axis]! += (gesture.turn?.[axis] ?? 0) * level;
        shift[axis]! += (gesture.shift?.[axis] ?? 0) * level;
      }
      for (const [name, peak] of Object.entries(gesture.weights ?? {})) addWeights(pose.blendshapeWeights, { [name]: peak * level });
    }
    return { blendshapeWeights: pose.blendshapeWeights, headRotation: fromYawPitchRoll(turn[0]!, turn[1]!, turn[2]!), headPositionMeters: [shift[0]!, shift[1]!, shift[2]!] };
  }

  /** The face before it does anything, head straight. A fresh one each call. */
  calmPose(): RigPose {
    const pose = restPose();
    const { restingSmile, restingBrow, lopsidedness } = this.#temperament;
    addWeights(pose.blendshapeWeights, { ...bothSides('mouthSmile', restingSmile, lopsidedness), browInnerUp: restingBrow });
    return pose;
  }

  /** Yaw, pitch, roll of a head that is held up by muscles: slow waves, and a tremor far below a degree. Radians. */
  #sway(timeMs: number): [number, number, number] {
    const amount = this.#kind === 'still' ? 0.16 : 1;
    const wave = (hz: number, phase: number): number => Math.sin(2 * Math.PI * hz * (timeMs / 1000) + this.#phases[phase]!);
    const tremor = (phase: number): number => 0.0006 * wave(5.3 + phase * 0.7, phase) + 0.0004 * wave(8.1 + phase * 0.9, phase + 3);
    return [
      amount * (0.05 * wave(0.071, 0) + 0.026 * wave(0.163, 1)) + tremor(1),
      amount * (0.022 * wave(0.093, 2) + 0.014 * wave(0.211, 3)) + tremor(2),
      amount * (0.022 * wave(0.057, 4) + 0.01 * wave(0.137, 5)) + tremor(3),
    ];
  }

  /** Breathing and the trunk's slow leaning, metres. */
  #drift(timeMs: number): [number, number, number] {
    const amount = this.#kind === 'still' ? 0.25 : 1;
    const wave = (hz: number, phase: number): number => Math.sin(2 * Math.PI * hz * (timeMs / 1000) + this.#phases[phase]!);
    return [amount * 0.006 * wave(0.083, 6), 0.0012 * wave(0.24, 7) + amount * 0.002 * wave(0.11, 8), amount * 0.008 * wave(0.061, 9)];
  }
}
