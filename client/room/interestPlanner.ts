import { MOTION_LEVELS } from '../../shared/motion/motionLevel.ts';
import type { MotionLevel } from '../../shared/motion/motionLevel.ts';

/** How one participant's face appears to this viewer just now. */
export interface FaceSight {
  readonly slot: number;
  /** Height of the face, CSS pixels, and as a share of the stage's height; 0 when it is not on the stage. */
  readonly facePixels: number;
  readonly faceShare: number;
  /** At least a part of it is inside the view. */
  readonly onScreen: boolean;
  readonly speaking: boolean;
}

/**
 * From these sizes on a level is worth its bits: above, the difference to the level below is seen in the motion of a
 * mouth. A face is large in pixels, or large for the window it is in.
 */
const WORTH: readonly { readonly level: MotionLevel; readonly pixels: number; readonly share: number }[] = [
  { level: 'full', pixels: 96, share: 0.15 },
  { level: 'half', pixels: 48, share: 0.07 },
  { level: 'low', pixels: 18, share: 0.03 },
];
/** A lower level is asked for only after a face has been that small for this long: seats shift while people come and go. */
const LOWER_AFTER_MS = 1200;
/** The server is told at most this often. */
const TELL_INTERVAL_MS = 500;

/** Chooses how much of whose motion is worth having. Pure: time comes in as an argument. */
export class InterestPlanner {
  readonly #levels = new Map<number, { level: MotionLevel; lowerSinceMs: number | undefined }>();
  #told: string | undefined;
  #toldMs = -Infinity;

  /** The level asked for somebody at present. */
  levelOf(slot: number): MotionLevel | undefined {
    return this.#levels.get(slot)?.level;
  }

  /**
   * Takes what is seen now. @returns levels by slot, ascending, when they differ from what was told last and it is time to
   * tell; else undefined
   * @param watching false while the page is not shown: nobody is on screen then
   */
  update(sights: readonly FaceSight[], watching: boolean, nowMs: number): [number, MotionLevel][] | undefined {
    const present = new Set(sights.map(({ slot }) => slot));
    for (const slot of this.#levels.keys()) if (!present.has(slot)) this.#levels.delete(slot);
    for (const sight of sights) {
      // A page out of sight is no matter of seats that shift: at once.
      if (watching) this.#follow(sight.slot, worth(sight), nowMs);
      else this.#levels.set(sight.slot, { level: 'trickle', lowerSinceMs: undefined });
    }
    if (nowMs - this.#toldMs < TELL_INTERVAL_MS) return undefined;
    const levels = [...this.#levels].map(([slot, { level }]): [number, MotionLevel] => [slot, level]).sort(([a], [b]) => a - b);
    const words = JSON.stringify(levels);
    if (words === this.#told) return undefined;
    this.#told = words;
    this.#toldMs = nowMs;
    return levels;
  }

  /** The server has forgotten: a new connection. The next update tells everything. */
  forgetTold(): void {
    this.#told = undefined;
    this.#toldMs = -Infinity;
  }

  #follow(slot: number, wanted: MotionLevel, nowMs: number): void {
    const known = this.#levels.get(slot);
    if (!known || rank(wanted) >= rank(known.level)) {
      this.#levels.set(slot, { level: wanted, lowerSinceMs: undefined });
      return;
    }
    known.lowerSinceMs ??= nowMs;
    if (nowMs - known.lowerSinceMs >= LOWER_AFTER_MS) this.#levels.set(slot, { level: wanted, lowerSinceMs: undefined });
  }
}

function worth({ facePixels, faceShare, onScreen, speaking }: FaceSight): MotionLevel {
  if (!onScreen) return 'trickle';
  const level = WORTH.find(({ pixels, share }) => facePixels >= pixels || faceShare >= share)?.level ?? 'trickle';
  // Eyes go to who speaks: one step more, and never less than every second frame.
  return speaking ? MOTION_LEVELS[Math.min(MOTION_LEVELS.length - 1, Math.max(rank(level) + 1, rank('half')))]! : level;
}

function rank(level: MotionLevel): number {
  return MOTION_LEVELS.indexOf(level);
}
