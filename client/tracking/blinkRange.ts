import { BLENDSHAPE_NAMES } from '../../shared/rig/blendshapes.ts';

const LEFT = BLENDSHAPE_NAMES.indexOf('eyeBlinkLeft');
const RIGHT = BLENDSHAPE_NAMES.indexOf('eyeBlinkRight');
const DOWN = [BLENDSHAPE_NAMES.indexOf('eyeLookDownLeft'), BLENDSHAPE_NAMES.indexOf('eyeLookDownRight')] as const;

/** What a shut eye is taken to measure until this person has been seen to blink. */
const FIRST_PEAK = 0.7;
/** A peak below this is a squint or a look down and says nothing about blinks. */
const LEAST_PEAK = 0.42;
/** Share of the person's own peak from which on the lids are shut: trackers cut the tops off of quick blinks. */
const SHUT_SHARE = 0.88;
/** Below this share nothing is changed much; a lazy lid stays a lazy lid. */
const OPEN_SHARE = 0.35;
/** Lids come down with the gaze, and that is measured as part of a blink: so much a look down. */
const DOWN_SHARE = 0.4;
/** A new peak counts by this share, a lower one by that: one strong squeeze must not keep later blinks from closing. */
const RISING = 0.5;
const FALLING = 0.2;
/** Two eyes that differ by less than this blink together; by more it is a wink. */
const WINK = 0.45;

/**
 * Blinks that close. Trackers measure shut lids as anything from 0.45 to 1, by person, glasses and light, and both eyes
 * differently: an avatar that shows it so never quite shuts its eyes. The person's own peaks are learnt and stretched to 1,
 * and lids that nearly agree move together.
 */
export class BlinkRange {
  #peak = FIRST_PEAK;
  #rising = 0;

  /** What this person's shut eyes measure, as far as it is known. */
  get peak(): number {
    return this.#peak;
  }

  reset(): void {
    this.#peak = FIRST_PEAK;
    this.#rising = 0;
  }

  /** Changes both blink weights of one measurement in place. */
  apply(weights: Float32Array): void {
    const left = weights[LEFT]!, right = weights[RIGHT]!;
    const lowered = DOWN_SHARE * 0.5 * (weights[DOWN[0]]! + weights[DOWN[1]]!);
    this.#learn(Math.max(left, right) - lowered);
    const apart = Math.abs(left - right);
    // From together (the stronger one leads: it saw the lid) gradually to a wink.
    const together = 1 - smooth((apart - 0.6 * WINK) / (0.4 * WINK));
    const lead = Math.max(left, right);
    weights[LEFT] = this.#stretch(left + together * (lead - left), lowered);
    weights[RIGHT] = this.#stretch(right + together * (lead - right), lowered);
  }

  #learn(now: number): void {
    if (now >= this.#rising) {
      this.#rising = now;
      return;
    }
    // Over the top: it was a blink if it was high and is well past.
    if (this.#rising >= LEAST_PEAK && now < 0.6 * this.#rising) {
      this.#peak += (this.#rising - this.#peak) * (this.#rising > this.#peak ? RISING : FALLING);
      this.#rising = now;
    } else if (now < LEAST_PEAK * 0.5) this.#rising = now;
  }

  #stretch(weight: number, lowered: number): number {
    const open = OPEN_SHARE * this.#peak, shut = SHUT_SHARE * this.#peak;
    const closing = smooth((weight - lowered - open) / Math.max(0.05, shut - open));
    return Math.min(1, weight + closing * (1 - weight));
  }
}

function smooth(t: number): number {
  const x = Math.min(1, Math.max(0, t));
  return x * x * (3 - 2 * x);
}
