import { describe, expect, test } from 'vitest';
import { InterestPlanner } from '../../../client/room/interestPlanner.ts';
import type { FaceSight } from '../../../client/room/interestPlanner.ts';

function sight(slot: number, facePixels: number, change: Partial<FaceSight> = {}): FaceSight {
  return { slot, facePixels, faceShare: facePixels / 2000, onScreen: true, speaking: false, ...change };
}

describe('interest', () => {
  test('goes by size, by the screen, and by who speaks', () => {
    const planner = new InterestPlanner();
    expect(planner.update([
      sight(4, 20), sight(3, 60), sight(2, 200), sight(7, 5), sight(8, 200, { onScreen: false }), sight(9, 20, { speaking: true }), sight(10, 60, { speaking: true }),
      sight(11, 40, { faceShare: 0.3 }),
    ], true, 0)).toEqual([[2, 'full'], [3, 'half'], [4, 'low'], [7, 'trickle'], [8, 'trickle'], [9, 'half'], [10, 'full'], [11, 'full']]);
  });

  test('is told when it changes, not more often than twice a second', () => {
    const planner = new InterestPlanner();
    expect(planner.update([sight(1, 20)], true, 0)).toEqual([[1, 'low']]);
    expect(planner.update([sight(1, 20)], true, 1000)).toBeUndefined();
    expect(planner.update([sight(1, 60)], true, 1100)).toEqual([[1, 'half']]);
    expect(planner.update([sight(1, 200)], true, 1200)).toBeUndefined();
    expect(planner.update([sight(1, 200)], true, 1700)).toEqual([[1, 'full']]);
    expect(planner.update([], true, 2300)).toEqual([]);
  });

  test('rises at once, falls after a while', () => {
    const planner = new InterestPlanner();
    planner.update([sight(1, 200)], true, 0);
    expect(planner.update([sight(1, 20)], true, 600)).toBeUndefined();
    planner.update([sight(1, 200)], true, 1200);
    expect(planner.update([sight(1, 20)], true, 1900)).toBeUndefined();
    expect(planner.update([sight(1, 20)], true, 2500)).toBeUndefined();
    expect(planner.update([sight(1, 20)], true, 3200)).toEqual([[1, 'low']]);
  });

  test('a page that is not shown wants next to nothing, at once, and everything when it is back', () => {
    const planner = new InterestPlanner();
    planner.update([sight(1, 200), sight(2, 200)], true, 0);
    expect(planner.update([sight(1, 200), sight(2, 200)], false, 600)).toEqual([[1, 'trickle'], [2, 'trickle']]);
    expect(planner.update([sight(1, 200), sight(2, 200)], true, 1200)).toEqual([[1, 'full'], [2, 'full']]);
  });

  test('a new connection is told again', () => {
    const planner = new InterestPlanner();
    planner.update([sight(1, 200)], true, 0);
    planner.forgetTold();
    expect(planner.update([sight(1, 200)], true, 10)).toEqual([[1, 'full']]);
  });
});
