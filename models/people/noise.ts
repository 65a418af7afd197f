function hash(x: number, y: number, z: number, seed: number): number {
  let h = Math.imul(x, 374761393) ^ Math.imul(y, 668265263) ^ Math.imul(z, 1274126177) ^ Math.imul(seed, 974634217);
  h = Math.imul(h ^ (h >>> 13), 1103515245);
  h = Math.imul(h ^ (h >>> 15), 2246822519);
  return ((h ^ (h >>> 16)) >>> 0) / 4294967296;
}

/** Smooth value noise in [0, 1] with cells of size 1. */
export function valueNoise(x: number, y: number, z: number, seed: number): number {
  const xi = Math.floor(x);
  const yi = Math.floor(y);
  const zi = Math.floor(z);
  const fx = x - xi;
  const fy = y - yi;
  const fz = z - zi;
  const u = fx * fx * (3 - 2 * fx);
  const v = fy * fy * (3 - 2 * fy);
  const w = fz * fz * (3 - 2 * fz);
  const mix = (a: number, b: number, t: number): number => a + (b - a) * t;
  const layer = (z0: number): number => mix(
    mix(hash(xi, yi, z0, seed), hash(xi + 1, yi, z0, seed), u),
    mix(hash(xi, yi + 1, z0, seed), hash(xi + 1, yi + 1, z0, seed), u), v);
  return mix(layer(zi), layer(zi + 1), w);
}

/** Distance to the nearest of randomly strewn points, one a cell of size 1, at most 1. */
export function cellNoise(x: number, y: number, z: number, seed: number): number {
  const xi = Math.floor(x);
  const yi = Math.floor(y);
  const zi = Math.floor(z);
  let nearest = 1;
  for (let dz = -1; dz <= 1; dz++) {
    for (let dy = -1; dy <= 1; dy++) {
      for (let dx = -1; dx <= 1; dx++) {
        const cx = xi + dx;
        const cy = yi + dy;
        const cz = zi + dz;
        const px = cx + hash(cx, cy, cz, seed) - x;
        const py = cy + hash(cx, cy, cz, seed + 1) - y;
        const pz = cz + hash(cx, cy, cz, seed + 2) - z;
        const distance = px * px + py * py + pz * pz;
        if (distance < nearest) nearest = distance;
      }
    }
  }
  return Math.sqrt(nearest);
}
