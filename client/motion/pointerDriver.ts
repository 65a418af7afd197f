import type { RigPose } from '../../shared/rig/rigPose.ts';
import { MotionClip } from './motionClip.ts';
import { restPose } from './restPose.ts';
import { fromYawPitchRoll, multiply, normalize } from './rotation.ts';
import { addWeights } from './weights.ts';

/** Head range at the screen's edge, radians. */
const MAX_YAW_RADIANS = 0.62;
const MAX_PITCH_RADIANS = 0.36;
/** Time constants of the followers, ms: eyes lead, the head comes after. */
const EYES_MS = 60;
const HEAD_MS = 190;
const MOUTH_MS = 70;

/**
 * Drives a face with the pointer: head and eyes follow it, holding the button speaks, and the idle clip keeps
 * blinking and breathing below.
 */
export class PointerDriver {
  readonly #idle: MotionClip;
  readonly #talking: MotionClip;
  /** Wanted direction, in [-1, 1], x towards the screen's right, y up. */
  #target: readonly [number, number] = [0, 0];
  #speaking = false;
  #eyes: [number, number] = [0, 0];
  #head: [number, number] = [0, 0];
  #mouth = 0;
  #lastMs: number | undefined;

  constructor(seed: number) {
    this.#idle = new MotionClip({ seed, mood: 'idle' });
    this.#talking = new MotionClip({ seed: seed + 1, mood: 'talking' });
  }

  /** Where the pointer is, in [-1, 1] of the page, x right, y up. */
  pointAt(x: number, y: number): void {
    this.#target = [Math.min(1, Math.max(-1, x)), Math.min(1, Math.max(-1, y))];
  }

  /** True while the pointer's button (or the space bar) is held. */
  speak(speaking: boolean): void {
    this.#speaking = speaking;
  }

  /** The pose now; time must not run backwards. Mirrored, as people expect of a self view: right moves right. */
  sample(timeMs: number): RigPose {
    const elapsedMs = this.#lastMs === undefined ? 0 : Math.max(0, timeMs - this.#lastMs);
    this.#lastMs = timeMs;
    follow(this.#eyes, this.#target, elapsedMs, EYES_MS);
    follow(this.#head, this.#target, elapsedMs, HEAD_MS);
    this.#mouth += ((this.#speaking ? 1 : 0) - this.#mouth) * (1 - Math.exp(-elapsedMs / MOUTH_MS));

    const base = this.#idle.sample(timeMs);
    const pose = restPose();
    const weights = pose.blendshapeWeights;
    weights.set(base.blendshapeWeights);
    if (this.#mouth > 0.01) {
      const speech = this.#talking.sample(timeMs).blendshapeWeights;
      for (let i = 0; i < weights.length; i++) weights[i] = Math.min(1, weights[i]! + speech[i]! * this.#mouth * 0.8);
      addWeights(weights, { jawOpen: 0.08 * this.#mouth });
    }
    // The screen's right is the subject's left in a mirror: moving right turns the nose that way on one's own view.
    const gazeX = (this.#eyes[0] - this.#head[0] * 0.7) * 0.9;
    const gazeY = (this.#eyes[1] - this.#head[1] * 0.7) * 0.8;
    addWeights(weights, {
      eyeLookInLeft: Math.max(0, gazeX), eyeLookOutRight: Math.max(0, gazeX), eyeLookOutLeft: Math.max(0, -gazeX), eyeLookInRight: Math.max(0, -gazeX),
      eyeLookUpLeft: Math.max(0, gazeY), eyeLookUpRight: Math.max(0, gazeY), eyeLookDownLeft: Math.max(0, -gazeY), eyeLookDownRight: Math.max(0, -gazeY),
    });
    const turn = fromYawPitchRoll(-this.#head[0] * MAX_YAW_RADIANS, -this.#head[1] * MAX_PITCH_RADIANS, -this.#head[0] * 0.05);
    return { blendshapeWeights: weights, headRotation: normalize(multiply(turn, base.headRotation)), headPositionMeters: base.headPositionMeters };
  }
}

function follow(value: [number, number], target: readonly [number, number], elapsedMs: number, timeConstantMs: number): void {
  const share = 1 - Math.exp(-elapsedMs / timeConstantMs);
  value[0] += (target[0] - value[0]) * share;
  value[1] += (target[1] - value[1]) * share;
}
