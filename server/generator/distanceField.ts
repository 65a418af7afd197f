/** Signed distance to the outline of a mask, pixels: positive inside, negative outside. */
export interface DistanceField {
  readonly width: number;
  readonly height: number;
  readonly values: Float32Array;
}

const DIAGONAL = Math.SQRT2;

/** Two-pass chamfer distances (a few percent of error), from the outline to every pixel. */
export function signedDistance(mask: Uint8Array, width: number, height: number, threshold = 128): DistanceField {
  const above = mask.map((value) => (value >= threshold ? 1 : 0));
  const inside = chamfer(above, 0, width, height);
  const outside = chamfer(above, 1, width, height);
  const values = new Float32Array(width * height);
  for (let i = 0; i < values.length; i += 1) values[i] = above[i] === 1 ? inside[i]! - 0.5 : 0.5 - outside[i]!;
  return { width, height, values };
}

/** Distance of every pixel to the nearest one of the given value; a mask without any gives a large number everywhere. */
function chamfer(mask: Uint8Array, source: number, width: number, height: number): Float32Array {
  const d = new Float32Array(width * height).fill(1e6);
  for (let i = 0; i < d.length; i += 1) if (mask[i] === source) d[i] = 0;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const i = y * width + x;
      let best = d[i]!;
      if (x > 0) best = Math.min(best, d[i - 1]! + 1);
      if (y > 0) {
        best = Math.min(best, d[i - width]! + 1);
        if (x > 0) best = Math.min(best, d[i - width - 1]! + DIAGONAL);
        if (x < width - 1) best = Math.min(best, d[i - width + 1]! + DIAGONAL);
      }
      d[i] = best;
    }
  }
  for (let y = height - 1; y >= 0; y -= 1) {
    for (let x = width - 1; x >= 0; x -= 1) {
      const i = y * width + x;
      let best = d[i]!;
      if (x < width - 1) best = Math.min(best, d[i + 1]! + 1);
      if (y < height - 1) {
        best = Math.min(best, d[i + width]! + 1);
        if (x < width - 1) best = Math.min(best, d[i + width + 1]! + DIAGONAL);
        if (x > 0) best = Math.min(best, d[i + width - 1]! + DIAGONAL);
      }
      d[i] = best;
    }
  }
  return d;
}

/** The field at a pixel position, clamped to the image. */
export function distanceAt(field: DistanceField, x: number, y: number): number {
  const fx = Math.min(Math.max(x - 0.5, 0), field.width - 1.001), fy = Math.min(Math.max(y - 0.5, 0), field.height - 1.001);
  const i = Math.floor(fx), j = Math.floor(fy);
  const u = fx - i, v = fy - j;
  const at = j * field.width + i;
  const d = field.values;
  return (1 - v) * ((1 - u) * d[at]! + u * d[at + 1]!) + v * ((1 - u) * d[at + field.width]! + u * d[at + field.width + 1]!);
}

/** Direction in which the field grows (inwards), unit length, by differences over a few pixels. */
export function distanceGradient(field: DistanceField, x: number, y: number): [number, number] {
  const gx = distanceAt(field, x + 2, y) - distanceAt(field, x - 2, y);
  const gy = distanceAt(field, x, y + 2) - distanceAt(field, x, y - 2);
  const length = Math.hypot(gx, gy);
  return length < 1e-6 ? [0, 0] : [gx / length, gy / length];
}
