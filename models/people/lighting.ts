import type { SeededRandom } from '../../shared/math/seededRandom.ts';
import type { Vector3 } from './camera.ts';
import { cross, normalize } from './camera.ts';
import { rasterize } from './rasterizer.ts';
import type { Scene } from './scene.ts';

/** A bright patch of the surroundings, a softbox or a window. */
export interface SoftLight {
  readonly direction: Vector3;
  /** Half its apparent size, radians. */
  readonly radius: number;
  /** Linear colour of the light that a white surface facing it would send back. */
  readonly color: Vector3;
}

export interface LightStyle {
  readonly softLights: readonly SoftLight[];
  /** Light from above, from the horizon and from below, likewise. */
  readonly sky: Vector3;
  readonly horizon: Vector3;
  readonly ground: Vector3;
}

/** How finely light is cut up: directions all around, directions a radian of soft light, texels of their depth maps. */
export interface LightDetail {
  readonly ambientSamples: number;
  readonly softSamples: number;
  readonly mapSize: number;
}

export const FINE_LIGHT: LightDetail = { ambientSamples: 40, softSamples: 40, mapSize: 640 };

/** The surroundings cut into single directions, each with a depth map that tells what it reaches. */
export class LightField {
  readonly count: number;
  /** Towards the light, [count, 3]. */
  readonly directions: Float32Array;
  /** Irradiance over pi on a facing surface, [count, 3]. */
  readonly colors: Float32Array;
  readonly #axes: Float32Array;
  readonly #maps: Float32Array[] = [];
  readonly #center: Vector3;
  readonly #radius: number;
  readonly #mapSize: number;

  constructor(scene: Scene, style: LightStyle, random: SeededRandom, center: Vector3, radius: number, detail: LightDetail = FINE_LIGHT) {
    const { ambientSamples, mapSize } = detail;
    this.#mapSize = mapSize;
    this.#center = center;
    this.#radius = radius;
    const directions: Vector3[] = [];
    const colors: Vector3[] = [];
    for (const light of style.softLights) {
      const samples = Math.max(6, Math.round(detail.softSamples * light.radius));
      const axis = normalize(light.direction);
      const side = normalize(cross(Math.abs(axis[1]) > 0.9 ? [1, 0, 0] : [0, 1, 0], axis));
      const up = cross(axis, side);
      const turn = random.next() * 6.28;
      for (let i = 0; i < samples; i++) {
        const r = light.radius * Math.sqrt((i + 0.5) / samples);
        const angle = turn + i * 2.39996;
        const x = Math.sin(r) * Math.cos(angle);
        const y = Math.sin(r) * Math.sin(angle);
        const z = Math.cos(r);
        directions.push([side[0] * x + up[0] * y + axis[0] * z, side[1] * x + up[1] * y + axis[1] * z, side[2] * x + up[2] * y + axis[2] * z]);
        colors.push([light.color[0] / samples, light.color[1] / samples, light.color[2] / samples]);
      }
    }
    for (let i = 0; i < ambientSamples; i++) {
      const y = 1 - (2 * (i + 0.5)) / ambientSamples;
      const r = Math.sqrt(1 - y * y);
      const angle = i * 2.39996;
      directions.push([r * Math.cos(angle), y, r * Math.sin(angle)]);
      const far = y > 0 ? style.sky : style.ground;
      const t = Math.abs(y);
      // A uniform surrounding of radiance 1 gives irradiance/pi = 1: the cosines of all samples sum to count/4.
      colors.push([0, 1, 2].map((k) => ((style.horizon[k]! * (1 - t) + far[k]! * t) * 4) / ambientSamples) as unknown as Vector3);
    }
    this.count = directions.length;
    this.directions = Float32Array.from(directions.flat());
    this.colors = Float32Array.from(colors.flat());
    this.#axes = new Float32Array(this.count * 6);
    const points = scene.positions.length / 3;
    const projected = new Float32Array(points * 3);
    directions.forEach((d, index) => {
      const right = normalize(cross(Math.abs(d[1]) > 0.95 ? [1, 0, 0] : [0, 1, 0], d));
      const up = cross(d, right);
      this.#axes.set([...right, ...up], index * 6);
      for (let p = 0; p < points; p++) {
        const x = scene.positions[p * 3]! - center[0];
        const y = scene.positions[p * 3 + 1]! - center[1];
        const z = scene.positions[p * 3 + 2]! - center[2];
        projected[p * 3] = ((right[0] * x + right[1] * y + right[2] * z) / radius + 1) * 0.5 * mapSize;
        projected[p * 3 + 1] = ((up[0] * x + up[1] * y + up[2] * z) / radius + 1) * 0.5 * mapSize;
        projected[p * 3 + 2] = d[0] * x + d[1] * y + d[2] * z;
      }
      this.#maps.push(rasterize(scene, { width: mapSize, height: mapSize, projected, perspective: false }, 'solid').nearness);
    });
  }

  /**
   * Whether light `index` reaches a point.
   * @param bias metres by which an occluder must be nearer to the light
   * @param jitterX in texels, spreads the map's grid into noise that averages out
   */
  reaches(index: number, px: number, py: number, pz: number, bias: number, jitterX: number, jitterY: number): boolean {
    const x = px - this.#center[0];
    const y = py - this.#center[1];
    const z = pz - this.#center[2];
    const a = this.#axes;
    const i = index * 6;
    const size = this.#mapSize;
    const scale = (0.5 * size) / this.#radius;
    const u = ((a[i]! * x + a[i + 1]! * y + a[i + 2]! * z) * scale + 0.5 * size + jitterX) | 0;
    const v = ((a[i + 3]! * x + a[i + 4]! * y + a[i + 5]! * z) * scale + 0.5 * size + jitterY) | 0;
    if (u < 0 || v < 0 || u >= size || v >= size) return true;
    const d = index * 3;
    const own = this.directions[d]! * x + this.directions[d + 1]! * y + this.directions[d + 2]! * z;
    return own + bias >= this.#maps[index]![v * size + u]!;
  }
}
