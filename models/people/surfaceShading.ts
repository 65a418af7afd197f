import type { LightField, LightStyle } from './lighting.ts';
import { cellNoise, valueNoise } from './noise.ts';

/** A point to shade: world position, unit normal facing the viewer, unit direction to the viewer, rest position. */
export interface ShadingPoint {
  px: number; py: number; pz: number;
  nx: number; ny: number; nz: number;
  vx: number; vy: number; vz: number;
  rx: number; ry: number; rz: number;
}

export interface Gloss {
  /** Reflectance face on. */
  readonly f0: number;
  readonly roughness: number;
  readonly strength: number;
}

/** Diffuse irradiance over pi, and light mirrored towards the viewer; both linear r, g, b. */
export interface Received {
  readonly diffuse: Float32Array;
  readonly specular: Float32Array;
}

/**
 * Light on a point from all directions of the field.
 * @param wrap how far light creeps around the terminator, per channel (scattering under the surface)
 * @param shadingNormal normal for the gloss, [3]; it may carry a finer relief than the diffuse normal
 */
export function receiveLight(field: LightField, point: ShadingPoint, shadingNormal: Float32Array, gloss: Gloss,
  wrap: readonly [number, number, number], bias: number, jitterX: number, jitterY: number, out: Received): void {
  const { directions, colors, count } = field;
  let r = 0;
  let g = 0;
  let b = 0;
  let sr = 0;
  let sg = 0;
  let sb = 0;
  const { nx, ny, nz, vx, vy, vz } = point;
  const px = point.px + nx * 0.0012;
  const py = point.py + ny * 0.0012;
  const pz = point.pz + nz * 0.0012;
  const mx = shadingNormal[0]!;
  const my = shadingNormal[1]!;
  const mz = shadingNormal[2]!;
  const alpha = gloss.roughness * gloss.roughness;
  const alpha2 = alpha * alpha;
  const nv = Math.max(0.05, mx * vx + my * vy + mz * vz);
  const [wr, wg, wb] = wrap;
  for (let i = 0; i < count; i++) {
    const d = i * 3;
    const lx = directions[d]!;
    const ly = directions[d + 1]!;
    const lz = directions[d + 2]!;
    const nl = nx * lx + ny * ly + nz * lz;
    if (nl < -wr || !field.reaches(i, px, py, pz, bias, jitterX, jitterY)) continue;
    const cr = colors[d]!;
    const cg = colors[d + 1]!;
    const cb = colors[d + 2]!;
    r += cr * Math.max(0, (nl + wr) / (1 + wr));
    g += cg * Math.max(0, (nl + wg) / (1 + wg));
    b += cb * Math.max(0, (nl + wb) / (1 + wb));
    const ml = mx * lx + my * ly + mz * lz;
    if (ml <= 0 || gloss.strength === 0) continue;
    // GGX with Schlick's Fresnel; the colours already are irradiance over pi, so pi cancels.
    const hx = lx + vx;
    const hy = ly + vy;
    const hz = lz + vz;
    const inverse = 1 / Math.sqrt(hx * hx + hy * hy + hz * hz);
    const mh = Math.max(0, (mx * hx + my * hy + mz * hz) * inverse);
    const vh = Math.max(0, (vx * hx + vy * hy + vz * hz) * inverse);
    const t = mh * mh * (alpha2 - 1) + 1;
    const distribution = alpha2 / (t * t);
    const k = alpha / 2;
    const visibility = 1 / ((nv * (1 - k) + k) * (ml * (1 - k) + k));
    const s = 1 - vh;
    const fresnel = gloss.f0 + (1 - gloss.f0) * s * s * s * s * s;
    const lobe = Math.min(6, (distribution * visibility * fresnel) / 4) * ml * gloss.strength;
    sr += cr * lobe;
    sg += cg * lobe;
    sb += cb * lobe;
  }
  out.diffuse[0] = r;
  out.diffuse[1] = g;
  out.diffuse[2] = b;
  out.specular[0] = sr;
  out.specular[1] = sg;
  out.specular[2] = sb;
}

/** Height of the skin's fine relief at a rest position, in about [0, 1]; pores and fine creases. */
function skinRelief(x: number, y: number, z: number, seed: number): number {
  return 0.55 * cellNoise(x * 900, y * 900, z * 900, seed) + 0.3 * valueNoise(x * 1700, y * 1700, z * 1700, seed + 5)
    + 0.5 * valueNoise(x * 420, y * 420, z * 420, seed + 9);
}

/** Bends a unit normal by the slope of the skin's relief. */
export function bumpSkinNormal(point: ShadingPoint, strength: number, seed: number, out: Float32Array): void {
  const step = 0.0004;
  const { rx, ry, rz } = point;
  const height = skinRelief(rx, ry, rz, seed);
  const dx = skinRelief(rx + step, ry, rz, seed) - height;
  const dy = skinRelief(rx, ry + step, rz, seed) - height;
  const dz = skinRelief(rx, ry, rz + step, seed) - height;
  const along = dx * point.nx + dy * point.ny + dz * point.nz;
  const nx = point.nx - strength * (dx - along * point.nx);
  const ny = point.ny - strength * (dy - along * point.ny);
  const nz = point.nz - strength * (dz - along * point.nz);
  const inverse = 1 / Math.hypot(nx, ny, nz);
  out[0] = nx * inverse;
  out[1] = ny * inverse;
  out[2] = nz * inverse;
}

/** Radiance of the surroundings in a direction, for mirror reflections in the eyes. */
export function surroundings(style: LightStyle, x: number, y: number, z: number, out: Float32Array): void {
  const t = Math.abs(y);
  const far = y > 0 ? style.sky : style.ground;
  for (let k = 0; k < 3; k++) out[k] = (style.horizon[k]! * (1 - t) + far[k]! * t) * 0.5;
  for (const { direction, radius, color } of style.softLights) {
    const length = Math.hypot(direction[0], direction[1], direction[2]);
    const cosine = (direction[0] * x + direction[1] * y + direction[2] * z) / length;
    const edge = Math.cos(radius);
    if (cosine < edge - 0.02) continue;
    const inside = Math.min(1, (cosine - edge + 0.02) / 0.02);
    // The same light from a smaller patch is brighter.
    const radiance = 1 / (Math.sin(radius) ** 2);
    for (let k = 0; k < 3; k++) out[k]! += inside * color[k]! * radiance;
  }
}
