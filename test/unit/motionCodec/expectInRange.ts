import { expect } from 'vitest';
import type { MotionFrame } from '../../../shared/motion/motionFrame.ts';

/** What no decoded frame may violate, whatever the bytes were. */
export function expectInRange(frame: MotionFrame): void {
  expect(frame.blendshapeWeights.every((weight) => weight >= 0 && weight <= 1)).toBe(true);
  expect(Math.abs(Math.hypot(...frame.headRotation) - 1) < 1e-5).toBe(true);
  expect(frame.headPositionMeters.every((meters) => Math.abs(meters) <= 3.2767)).toBe(true);
}
