import { MOTION_LEVELS } from '../../shared/motion/motionLevel.ts';
import type { MotionLevel } from '../../shared/motion/motionLevel.ts';

/** Levels by slot. */
export type Levels = ReadonlyMap<number, MotionLevel>;

/** A viewer's downlink is good for so many participants at each level; whoever comes after them trickles. */
const SEATS: readonly (readonly [MotionLevel, number])[] = [['full', 32], ['half', 32], ['low', 48]];
/** What a level costs, as a share of `full`: frames less often, keyframes larger. */
const COST: Readonly<Record<MotionLevel, number>> = { full: 1, half: 0.55, low: 0.25, trickle: 0.08 };
/** Where everybody gets more than this, a viewer who wants less than this share of it is worth bundles of its own. */
const WORTH_COST = 32;
const WORTH_SHARE = 0.7;

const rank = (level: MotionLevel): number => MOTION_LEVELS.indexOf(level);
/** Those of whom nothing was said come after those wanted in full. */
const UNNAMED_RANK = rank('full') - 0.5;

/**
 * What each of the room's slots is sent to one viewer at: the more is wanted and the more recently somebody spoke, the
 * better the seat; nobody gets more than is wanted of them. Without wishes it is what everybody gets.
 * @param speakers slots of who speaks, loudest first.
 */
export function assignLevels(slots: readonly number[], speakers: readonly number[], wanted: Levels | undefined): Levels {
  const wish = (slot: number): MotionLevel => wanted?.get(slot) ?? 'full';
  const urgency = (slot: number): number => (wanted?.has(slot) === true ? rank(wish(slot)) : UNNAMED_RANK);
  const voice = new Map(speakers.map((slot, index) => [slot, speakers.length - index]));
  const order = [...slots].sort((a, b) => urgency(b) - urgency(a) || (voice.get(b) ?? 0) - (voice.get(a) ?? 0) || a - b);
  const levels = new Map<number, MotionLevel>();
  let taken = 0;
  let tier = 0;
  for (const slot of order) {
    while (tier < SEATS.length && taken >= SEATS[tier]![1]) {
      tier++;
      taken = 0;
    }
    taken++;
    const offered = SEATS[tier]?.[0] ?? 'trickle';
    levels.set(slot, rank(wish(slot)) < rank(offered) ? wish(slot) : offered);
  }
  return levels;
}

/** What levels cost together, in participants at full rate. */
export function costOf(levels: Levels): number {
  let cost = 0;
  for (const level of levels.values()) cost += COST[level];
  return cost;
}

/** Whether a viewer is served well enough by what everybody gets: nothing wanted is missing, and little comes in vain. */
export function sharesWith(own: Levels, common: Levels): boolean {
  for (const [slot, level] of own) {
    if (rank(level) > rank(common.get(slot) ?? 'trickle')) return false;
  }
  const cost = costOf(common);
  return cost <= WORTH_COST || costOf(own) >= WORTH_SHARE * cost;
}

/** The same text for the same levels. */
export function levelsKey(levels: Levels): string {
  return [...levels].sort(([a], [b]) => a - b).map(([slot, level]) => `${slot}${level[0]}`).join();
}
