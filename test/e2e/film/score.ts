/** One picture of the film: what the invented person does in it. */
export interface Moment {
  readonly yawRadians: number;
  readonly pitchRadians: number;
  readonly rollRadians: number;
  /** Weights in [0, 1]. */
  readonly mouthOpen: number;
  readonly smile: number;
  readonly blink: number;
}

/** Pictures in the film. */
export const MOMENT_COUNT = 24;

/** The film's motion, a loop: a slow turn of the head, two blinks, a wide open mouth, a smile. */
export function score(): Moment[] {
  return Array.from({ length: MOMENT_COUNT }, (_, index) => {
    const turn = (2 * Math.PI * index) / MOMENT_COUNT;
    return {
      yawRadians: 0.3 * Math.sin(turn),
      pitchRadians: 0.1 * Math.sin(2 * turn),
      rollRadians: 0.08 * Math.cos(turn),
      mouthOpen: bump(index, 6, 3),
      smile: bump(index, 17, 3),
      blink: Math.max(bump(index, 1, 1.6), bump(index, 12, 1.6)),
    };
  });
}

/** 1 at the centre, 0 from `reach` pictures away, smooth between, around the loop. */
function bump(index: number, center: number, reach: number): number {
  const away = Math.abs(((index - center + MOMENT_COUNT * 1.5) % MOMENT_COUNT) - MOMENT_COUNT / 2);
  return away >= reach ? 0 : 0.5 + 0.5 * Math.cos((Math.PI * away) / reach);
}
