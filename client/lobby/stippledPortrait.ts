import { SeededRandom } from '../../shared/math/seededRandom.ts';

/** A picture as coloured dots, coarse ones first. Coordinates and radii in [0, 1] of the picture's width. */
export interface StippledPicture {
  readonly count: number;
  readonly xs: Float32Array;
  readonly ys: Float32Array;
  readonly radii: Float32Array;
  readonly colors: readonly string[];
}

/**
 * Paints a picture in dots: jittered grids from coarse to fine, finer only where the picture has detail, so that
 * the first dots already are the picture and the last ones the eyes and lips.
 * @param pixels RGBA, `size` × `size`
 */
export function stipple(pixels: Uint8ClampedArray, size: number): StippledPicture {
  const random = new SeededRandom(7);
  const xs: number[] = [];
  const ys: number[] = [];
  const radii: number[] = [];
  const colors: string[] = [];
  for (const cells of [18, 34, 58, 92]) {
    const cell = size / cells;
    const order = shuffled(cells * cells, random);
    for (const index of order) {
      const x = ((index % cells) + random.between(0.2, 0.8)) * cell;
      const y = (Math.floor(index / cells) + random.between(0.2, 0.8)) * cell;
      if (cells > 18 && detailAround(pixels, size, x, y, cell) < (cells > 60 ? 26 : 15)) continue;
      const at = (Math.min(size - 1, Math.floor(y)) * size + Math.min(size - 1, Math.floor(x))) * 4;
      xs.push(x / size);
      ys.push(y / size);
      radii.push((cell / size) * random.between(0.5, 0.72));
      colors.push(`rgb(${pixels[at]} ${pixels[at + 1]} ${pixels[at + 2]})`);
    }
  }
  return { count: xs.length, xs: Float32Array.from(xs), ys: Float32Array.from(ys), radii: Float32Array.from(radii), colors };
}

/** Spread of brightness around a place, in levels. */
function detailAround(pixels: Uint8ClampedArray, size: number, x: number, y: number, reach: number): number {
  let low = 255;
  let high = 0;
  for (const [dx, dy] of [[0, 0], [reach, 0], [-reach, 0], [0, reach], [0, -reach]] as const) {
    const column = Math.min(size - 1, Math.max(0, Math.floor(x + dx)));
    const row = Math.min(size - 1, Math.max(0, Math.floor(y + dy)));
    const at = (row * size + column) * 4;
    const brightness = 0.3 * pixels[at]! + 0.59 * pixels[at + 1]! + 0.11 * pixels[at + 2]!;
    low = Math.min(low, brightness);
    high = Math.max(high, brightness);
  }
  return high - low;
}

function shuffled(count: number, random: SeededRandom): number[] {
  const order = Array.from({ length: count }, (_, index) => index);
  for (let i = count - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
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
