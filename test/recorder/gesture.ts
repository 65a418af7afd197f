import type { BlendshapeName } from '../../shared/rig/blendshapes.ts';

export type ShapeWeights = Partial<Record<BlendshapeName, number>>;

/** Something that rises, holds and falls: a syllable, a blink, a nod. */
export interface Gesture {
  readonly startMs: number;
  readonly riseMs: number;
  readonly holdMs: number;
  readonly fallMs: number;
  readonly weights?: ShapeWeights;
  /** Yaw, pitch, roll of the head at the peak, radians. */
  readonly turn?: readonly [number, number, number];
  /** Of the head at the peak, metres. */
  readonly shift?: readonly [number, number, number];
}

/** Share of the gesture's peak at a moment, in [0, 1], without a corner. */
export function gestureLevel({ startMs, riseMs, holdMs, fallMs }: Gesture, timeMs: number): number {
  const t = timeMs - startMs;
  if (t <= 0 || t >= riseMs + holdMs + fallMs) return 0;
  const smooth = (x: number): number => x * x * (3 - 2 * x);
  if (t < riseMs) return smooth(t / riseMs);
  return t < riseMs + holdMs ? 1 : smooth(1 - (t - riseMs - holdMs) / fallMs);
}

/** The same weight on both sides, `lopsidedness` more of it on the left. */
export function bothSides(name: string, weight: number, lopsidedness = 0): ShapeWeights {
  return { [`${name}Left`]: weight * (1 + lopsidedness), [`${name}Right`]: weight * (1 - lopsidedness) };
}
