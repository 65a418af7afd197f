/** One person's picture, CSS pixels of the stage from its upper left corner. */
export interface GridTile {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const GAP = 12;
const MARGIN = 20;
/** Kept free for the bars above and below. */
const TOP = 84;
const BOTTOM = 116;
/** On small screens the bars are smaller. */
const SMALL_WIDTH = 620;
const SMALL_TOP = 70;
const SMALL_BOTTOM = 84;
/** Shapes of a tile, width over height: from a portrait to a picture of a call. */
const NARROWEST = 0.78;
const WIDEST = 1.45;
/** Share of the wall that who is looked at gets. */
const FEATURED_SHARE = 0.7;

/**
 * Tiles for so many people, as large as the wall allows, all of one size; the last row is centred.
 * @param featured who gets a large picture beside the others; undefined for nobody
 */
export function planGrid(count: number, widthPixels: number, heightPixels: number, featured?: number): GridTile[] {
  const small = widthPixels < SMALL_WIDTH;
  const [top, bottom, margin] = small ? [SMALL_TOP, SMALL_BOTTOM, 10] : [TOP, BOTTOM, MARGIN];
  const wall: GridTile = { x: margin, y: top, width: Math.max(40, widthPixels - 2 * margin), height: Math.max(40, heightPixels - top - bottom) };
  if (featured === undefined || count < 2 || featured >= count) return tilesIn(wall, count);
  const wide = wall.width > wall.height;
  const large: GridTile = wide
    ? { ...wall, width: wall.width * FEATURED_SHARE - GAP / 2 }
    : { ...wall, height: wall.height * FEATURED_SHARE - GAP / 2 };
  const rest: GridTile = wide
    ? { ...wall, x: wall.x + large.width + GAP, width: wall.width - large.width - GAP }
    : { ...wall, y: wall.y + large.height + GAP, height: wall.height - large.height - GAP };
  const tiles = tilesIn(rest, count - 1);
  tiles.splice(featured, 0, tilesIn(large, 1)[0]!);
  return tiles;
}

function tilesIn(wall: GridTile, count: number): GridTile[] {
  if (count === 0) return [];
  let best = { columns: 1, width: 0, height: 0 };
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    let width = (wall.width - (columns - 1) * GAP) / columns;
    let height = (wall.height - (rows - 1) * GAP) / rows;
    if (width > height * WIDEST) width = height * WIDEST;
    if (height > width / NARROWEST) height = width / NARROWEST;
    // What counts is how large a face comes out: a tile holds one by its height, or its width.
    if (Math.min(height, width * 1.1) > Math.min(best.height, best.width * 1.1) + 0.5) best = { columns, width, height };
  }
  const { columns, width, height } = best;
  const rows = Math.ceil(count / columns);
  const top = wall.y + (wall.height - rows * height - (rows - 1) * GAP) / 2;
  return Array.from({ length: count }, (_, index) => {
    const row = Math.floor(index / columns);
    const inRow = Math.min(columns, count - row * columns);
    const left = wall.x + (wall.width - inRow * width - (inRow - 1) * GAP) / 2;
    return { x: left + (index % columns) * (width + GAP), y: top + row * (height + GAP), width, height };
  });
}
