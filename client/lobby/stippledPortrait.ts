import { SeededRandom } from '../../shared/math/seededRandom.ts';

/** A picture as coloured dots. Coordinates and radii in units of the picture's side. */
export interface StippledPicture {
  readonly count: number;
  readonly xs: Float32Array;
  readonly ys: Float32Array;
  readonly radii: Float32Array;
  readonly colors: readonly string[];
}

/** Dots along a side of the coarse lattice; the fine one has twice as many, only where the picture has detail. */
const CELLS = 62;
const DETAIL_LEVELS = 34;

/**
 * Paints a picture in dots on dark ground: a hexagonal lattice, dot size by brightness as in a halftone, split into
 * four where there is detail. The order is random, so that any share of the dots is a thinner picture of the whole.
 * @param pixels RGBA, `size` × `size`
 */
export function stipple(pixels: Uint8ClampedArray, size: number): StippledPicture {
  const random = new SeededRandom(7);
  const dots: { x: number; y: number; radius: number; color: string }[] = [];
  const cell = 1 / CELLS;
  for (let row = 0; row < CELLS / 0.866; row++) {
    for (let column = 0; column <= CELLS; column++) {
      const x = (column + (row % 2) * 0.5) * cell;
      const y = (row + 0.5) * cell * 0.866;
      if (x > 1 || y > 1) continue;
      const [red, green, blue] = colorAt(pixels, size, x, y);
      const fine = detailAround(pixels, size, x, y, cell * 0.75) > DETAIL_LEVELS;
      for (const [dx, dy] of fine ? [[-0.25, -0.22], [0.25, -0.22], [0, 0.22]] as const : [[0, 0]] as const) {
        const dotX = x + dx * cell;
        const dotY = y + dy * cell;
        const color = fine ? colorAt(pixels, size, dotX, dotY) : [red, green, blue] as const;
        const brightness = (0.3 * color[0] + 0.59 * color[1] + 0.11 * color[2]) / 255;
        const radius = cell * (fine ? 0.56 : 1) * (0.2 + 0.32 * Math.sqrt(brightness));
        dots.push({ x: dotX, y: dotY, radius, color: `rgb(${color.map((value) => Math.min(255, Math.round(value * 1.12 + 8))).join(' ')})` });
      }
    }
  }
  for (let i = dots.length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [dots[i], dots[j]] = [dots[j]!, dots[i]!];
  }
  return {
    count: dots.length,
    xs: Float32Array.from(dots, (dot) => dot.x),
    ys: Float32Array.from(dots, (dot) => dot.y),
    radii: Float32Array.from(dots, (dot) => dot.radius),
    colors: dots.map((dot) => dot.color),
  };
}

/** Draws the dots from `from` up to `to` on top of what is there. */
export function drawDots(context: CanvasRenderingContext2D, picture: StippledPicture, from: number, to: number): void {
  const { width } = context.canvas;
  for (let i = from; i < Math.min(to, picture.count); i++) {
    context.fillStyle = picture.colors[i]!;
    context.beginPath();
    context.arc(picture.xs[i]! * width, picture.ys[i]! * width, picture.radii[i]! * width, 0, 2 * Math.PI);
    context.fill();
  }
}

function colorAt(pixels: Uint8ClampedArray, size: number, x: number, y: number): [red: number, green: number, blue: number] {
  const column = Math.min(size - 1, Math.max(0, Math.floor(x * size)));
  const row = Math.min(size - 1, Math.max(0, Math.floor(y * size)));
  const at = (row * size + column) * 4;
  return [pixels[at]!, pixels[at + 1]!, pixels[at + 2]!];
}

/** Spread of brightness around a place, in levels. */
function detailAround(pixels: Uint8ClampedArray, size: number, x: number, y: number, reach: number): number {
  let low = 255;
  let high = 0;
  for (const [dx, dy] of [[0, 0], [reach, 0], [-reach, 0], [0, reach], [0, -reach]] as const) {
    const [red, green, blue] = colorAt(pixels, size, x + dx, y + dy);
    const brightness = 0.3 * red + 0.59 * green + 0.11 * blue;
    low = Math.min(low, brightness);
    high = Math.max(high, brightness);
  }
  return high - low;
}
