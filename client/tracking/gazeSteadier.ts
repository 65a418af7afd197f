import { BLENDSHAPE_NAMES } from '../../shared/rig/blendshapes.ts';
import { readGaze, straightGaze, writeGaze } from '../../shared/rig/gaze.ts';

const BLINKS = [BLENDSHAPE_NAMES.indexOf('eyeBlinkLeft'), BLENDSHAPE_NAMES.indexOf('eyeBlinkRight')] as const;

/** Lids this far shut begin to hide the iris, and hide it wholly. */
const HIDDEN = [0.35, 0.6] as const;
/** Eyes converge on something a hand's breadth away at most, and never diverge: half of the angle between them, radians. */
const MOST_VERGENCE = 0.12;
/** Measured vergence is mostly noise: this share of it is believed. */
const VERGENCE_TRUST = 0.35;

/**
 * A gaze that two eyes share. Each eye's direction is measured by itself and trembles by itself, and a lid that comes
 * down draws the measured iris with it: unsteadied, eyes squint, drift apart and dip with each blink. Eyes move together
 * (Hering's law), so both take their common direction and little of their difference; in a blink the gaze stays where it was.
 */
export class GazeSteadier {
  readonly #gaze = straightGaze();
  #yaw = 0;
  #pitch = 0;
  #vergence = 0;

  reset(): void {
    this.#yaw = this.#pitch = this.#vergence = 0;
  }

  /** Changes the eyeLook* weights of one measurement in place. */
  apply(weights: Float32Array): void {
    const gaze = this.#gaze;
    readGaze(weights, gaze);
    const seenLeft = seen(weights[BLINKS[0]]!), seenRight = seen(weights[BLINKS[1]]!);
    const both = seenLeft + seenRight;
    // A winking eye says nothing: the other one speaks for both.
    if (both > 1e-3) {
      const yaw = (seenLeft * gaze.left.yaw + seenRight * gaze.right.yaw) / both;
      const pitch = (seenLeft * gaze.left.pitch + seenRight * gaze.right.pitch) / both;
      const certain = Math.max(seenLeft, seenRight);
      this.#yaw += certain * (yaw - this.#yaw);
      this.#pitch += certain * (pitch - this.#pitch);
      // Inwards for the left eye is towards the subject's right.
      const measured = VERGENCE_TRUST * 0.5 * (gaze.right.yaw - gaze.left.yaw);
      this.#vergence += Math.min(seenLeft, seenRight) * (Math.min(MOST_VERGENCE, Math.max(0, measured)) - this.#vergence);
    }
    gaze.left.yaw = this.#yaw - this.#vergence;
    gaze.right.yaw = this.#yaw + this.#vergence;
    gaze.left.pitch = gaze.right.pitch = this.#pitch;
    writeGaze(gaze, weights);
  }
}

/** How much of the iris shows under a lid, in [0, 1]. */
function seen(blink: number): number {
  const t = Math.min(1, Math.max(0, (HIDDEN[1] - blink) / (HIDDEN[1] - HIDDEN[0])));
  return t * t * (3 - 2 * t);
}
