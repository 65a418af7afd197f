import { SeededRandom } from '../../shared/math/seededRandom.ts';
import type { Rig } from '../../shared/rig/rig.ts';
import type { BoundSplats } from '../../shared/splat/boundSplats.ts';

export interface SyntheticSplatsOptions {
  readonly count: number;
  readonly seed?: number;
  /** Random orientations and three different scales instead of discs along the surface. */
  readonly wild?: boolean;
  /** Standard deviation in the surface, metres. */
  readonly scaleMeters?: number;
  /** Splats go to these faces, by area; all faces where it is left out. */
  readonly faces?: readonly number[];
}

/** Splats over a rig's surface: evenly by area, coloured by place, so that pictures and codec statistics look like a head's. */
export function syntheticSplats(rig: Rig, { count, seed = 1, wild = false, scaleMeters = 0.003, faces }: SyntheticSplatsOptions): BoundSplats {
  const random = new SeededRandom(seed);
  const chosen = faces ?? Array.from({ length: rig.faceCount }, (_, face) => face);
  const cumulative = new Float64Array(chosen.length);
  let area = 0;
  chosen.forEach((face, index) => {
    area += faceArea(rig, face);
    cumulative[index] = area;
  });
  const splats: BoundSplats = {
    count,
    header: { rigId: rig.id, rigHash: rig.hash, generator: 'template', identityCoefficients: Float32Array.of(0.5, -1.25, 2) },
    bindings: new Uint16Array(count), barycentrics: new Float32Array(count * 2), offsets: new Float32Array(count * 3),
    logScales: new Float32Array(count * 3), rotations: new Float32Array(count * 4), opacities: new Float32Array(count),
    colors: new Float32Array(count * 3),
  };
  for (let s = 0; s < count; s++) {
    const target = random.next() * area;
    let low = 0;
    for (let high = chosen.length - 1; low < high;) {
      const middle = (low + high) >> 1;
      if (cumulative[middle] < target) low = middle + 1;
      else high = middle;
    }
    const face = chosen[low];
    let u = random.next(), v = random.next();
    if (u + v > 1) [u, v] = [1 - u, 1 - v];
    splats.bindings[s] = face;
    splats.barycentrics.set([u, v], s * 2);
    splats.offsets.set([wild ? 0.002 * random.normal() : 0, wild ? 0.002 * random.normal() : 0, 0.001 * random.normal()], s * 3);
    const scale = Math.log(scaleMeters) + 0.15 * random.normal();
    splats.logScales.set(wild ? [scale, scale - 0.7 * random.next(), scale - 1.5] : [scale, scale, scale - Math.log(4)], s * 3);
    const q = wild ? [random.normal(), random.normal(), random.normal(), random.normal()] : [0, 0, 0, 1];
    const length = Math.hypot(...q);
    splats.rotations.set(q.map((value) => value / length), s * 4);
    splats.opacities[s] = wild ? 0.3 + 0.69 * random.next() : 0.95;
    const w = 1 - u - v;
    const at = [0, 1, 2].map((k) => [w, u, v].reduce((sum, weight, corner) =>
      sum + weight * rig.positions[rig.faces[face * 3 + corner] * 3 + k], 0));
    const shade = 0.5 + 0.2 * Math.sin(at[1] * 90) + 0.04 * random.normal();
    splats.colors.set([shade + 0.15, shade + 0.1 * Math.sin(at[0] * 120), shade - 0.1].map((c) => Math.min(1, Math.max(0, c))), s * 3);
  }
  return splats;
}

function faceArea(rig: Rig, face: number): number {
  const [a, b, c] = [0, 1, 2].map((corner) => {
    const vertex = rig.faces[face * 3 + corner] * 3;
    return [rig.positions[vertex], rig.positions[vertex + 1], rig.positions[vertex + 2]];
  });
  const e = [0, 1, 2].map((k) => b[k] - a[k]);
  const f = [0, 1, 2].map((k) => c[k] - a[k]);
  return Math.hypot(e[1] * f[2] - e[2] * f[1], e[2] * f[0] - e[0] * f[2], e[0] * f[1] - e[1] * f[0]) / 2;
}
