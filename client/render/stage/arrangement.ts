/** How people are put on the stage: seats in one room, or a picture each. */
export const ARRANGEMENTS = ['table', 'circle', 'theatre', 'grid'] as const;
export type Arrangement = (typeof ARRANGEMENTS)[number];
export type SeatedArrangement = Exclude<Arrangement, 'grid'>;
/** What somebody asks for: one of them, or what suits the number of people. */
export type ArrangementWish = Arrangement | 'auto';

/** A table for up to so many others, a circle for up to so many; a theatre beyond. */
const TABLE_SEATS = 4;
const CIRCLE_SEATS = 12;

/** What a wish means for so many others. */
export function arrangementFor(wish: ArrangementWish, othersCount: number): Arrangement {
  if (wish !== 'auto') return wish;
  return othersCount <= TABLE_SEATS ? 'table' : othersCount <= CIRCLE_SEATS ? 'circle' : 'theatre';
}
