import { BLENDSHAPE_COUNT } from '../../shared/rig/blendshapes.ts';
import type { RigPose } from '../../shared/rig/rigPose.ts';

/**
 * A face that never rests: every blendshape, head and position move, each at a pace of its own. More than a person does
 * at once, so what is measured on it holds for people.
 */
export class LivelyPose implements RigPose {
  readonly blendshapeWeights = new Float32Array(BLENDSHAPE_COUNT);
  readonly headRotation: [number, number, number, number] = [0, 0, 0, 1];
  readonly headPositionMeters: [number, number, number] = [0, 0, 0];
  readonly #phase: number;

  /** @param person another number is another motion. */
  constructor(person = 0) {
    this.#phase = person * 1.7;
  }

  /** Takes the pose of a moment. Allocates nothing. */
  setTime(seconds: number): void {
    const t = seconds + this.#phase;
    for (let shape = 0; shape < BLENDSHAPE_COUNT; shape++) {
      this.blendshapeWeights[shape] = 0.12 + 0.12 * Math.sin(t * (1 + 0.13 * (shape % 17)) + shape);
    }
    const yaw = 0.3 * Math.sin(0.9 * t), pitch = 0.12 * Math.sin(1.3 * t + 1), roll = 0.06 * Math.sin(0.7 * t + 2);
    const [cy, sy, cp, sp, cr, sr] = [Math.cos(yaw / 2), Math.sin(yaw / 2), Math.cos(pitch / 2), Math.sin(pitch / 2), Math.cos(roll / 2), Math.sin(roll / 2)];
    this.headRotation[0] = cy * sp * cr + sy * cp * sr;
    this.headRotation[1] = sy * cp * cr - cy * sp * sr;
    this.headRotation[2] = cy * cp * sr - sy * sp * cr;
    this.headRotation[3] = cy * cp * cr + sy * sp * sr;
    for (let axis = 0; axis < 3; axis++) this.headPositionMeters[axis] = 0.008 * Math.sin((1.1 + 0.2 * axis) * t);
  }
}
