import { describe, expect, it } from 'vitest';
import { assignLevels, costOf, levelsKey, sharesWith } from '../../../server/sfu/motionInterest.ts';
import type { Levels } from '../../../server/sfu/motionInterest.ts';

const slotsOf = (count: number): number[] => Array.from({ length: count }, (_, slot) => slot);
const count = (levels: Levels, wanted: string): number => [...levels.values()].filter((level) => level === wanted).length;

describe('who gets how much of whom', () => {
  it('BUNDLE6 gives all of everybody in a room of ordinary size', () => {
    expect(count(assignLevels(slotsOf(32), [], undefined), 'full')).toBe(32);
  });

  it('BUNDLE6 keeps a large room within what a downlink carries, speakers first', () => {
    const levels = assignLevels(slotsOf(200), [190, 150], undefined);
    expect(['full', 'half', 'low', 'trickle'].map((level) => count(levels, level))).toEqual([32, 32, 48, 88]);
    expect([levels.get(190), levels.get(150)]).toEqual(['full', 'full']);
    expect(costOf(assignLevels(slotsOf(1_000), [], undefined))).toBeLessThan(3.5 * costOf(assignLevels(slotsOf(32), [], undefined)) + 32);
  });

  it('BUNDLE6 gives nobody more than is wanted of them, and the better seats to whom is wanted more', () => {
    const wanted = new Map([[99, 'full'], [98, 'full'], [0, 'trickle'], [1, 'low']] as const);
    const levels = assignLevels(slotsOf(100), [0], wanted);
    expect([99, 98, 0, 1].map((slot) => levels.get(slot))).toEqual(['full', 'full', 'trickle', 'low']);
  });

  it('BUNDLE6 shares bundles where that leaves nothing wanted out and little is in vain', () => {
    const common = assignLevels(slotsOf(100), [], undefined);
    const far = assignLevels(slotsOf(100), [], new Map([[90, 'full']]));
    // 90 is full either way to whoever names it; the rest is as everybody's.
    expect(sharesWith(common, common)).toBe(true);
    expect(sharesWith(assignLevels(slotsOf(100), [90], undefined), common)).toBe(false);
    expect(levelsKey(far)).toBe(levelsKey(new Map([...far].reverse())));
    const few = assignLevels(slotsOf(100), [], new Map(slotsOf(100).map((slot) => [slot, slot < 4 ? 'full' : 'trickle'] as const)));
    expect(sharesWith(few, common)).toBe(false);
    // In a small room nothing is worth a bundle of one's own.
    expect(sharesWith(assignLevels(slotsOf(10), [], new Map([[3, 'trickle']])), assignLevels(slotsOf(10), [], undefined))).toBe(true);
  });
});
