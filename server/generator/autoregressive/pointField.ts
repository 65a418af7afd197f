import type { DraftSurface } from '../draftSurface.ts';
import { PointTree } from './pointTree.ts';
import type { SiteLattice } from './siteLattice.ts';
import type { PlacedSites } from './sitePlacement.ts';

/** Points of a head: sites of the lattice, and how far off the fitted surface they lie. */
export interface HeadPoints {
  /** Sites, [count]. */
  readonly sites: Uint32Array;
  /** Along the fitted surface's normal, metres, [count]. */
  readonly heights: Float32Array;
}

/** What the points around a place say. */
export interface FieldSample {
  /** The nearest point, -1 where the layer has none. */
  parent: number;
  distanceMeters: number;
  /** Distance of the points there from each other, metres: 0.7 / spacing² of them lie on a square metre. */
  spacingMeters: number;
  heightMeters: number;
}

/** Neighbours that a point's own spacing is measured by, and those that a place takes the mean of. */
const SPACING_NEIGHBOURS = 7;
const BLENDED = 5;
/** Points whose heights are averaged for the surface: single ones err. */
const SMOOTHED = 20;
/** How many points lie on an area of spacing², as in the sampler's full Poisson discs. */
export const PACKING = 0.7;
/** Of the disc that reaches to a point's n-th neighbour, half of that neighbour's share belongs to others. */
const RIM_SHARE = 0.5;
/** What a layer's only point stands for. */
const LONELY_METERS = 0.02;

export function emptySample(): FieldSample {
  return { parent: -1, distanceMeters: Infinity, spacingMeters: Infinity, heightMeters: 0 };
}

/** Density and height of a head's points as smooth functions over each layer of the surface. */
export class PointField {
  /** Distance to the points around, metres, [count]. */
  readonly spacings: Float32Array;
  readonly #layers = new Map<number, { tree: PointTree; ids: Uint32Array }>();
  readonly #points: HeadPoints;
  readonly #manyIndices = new Int32Array(SMOOTHED);
  readonly #manyDistances2 = new Float64Array(SMOOTHED);
  readonly #indices = new Int32Array(BLENDED);
  readonly #distances2 = new Float64Array(BLENDED);

  constructor(surface: DraftSurface, lattice: SiteLattice, placed: PlacedSites, points: HeadPoints) {
    const count = points.sites.length;
    this.#points = points;
    this.spacings = new Float32Array(count);
    const layers = new Map<number, number[]>();
    for (let i = 0; i < count; i += 1) {
      const layer = surface.layer[lattice.faces[points.sites[i]!]!]!;
      const ids = layers.get(layer);
      if (ids === undefined) layers.set(layer, [i]);
      else ids.push(i);
    }
    const indices = new Int32Array(SPACING_NEIGHBOURS);
    const distances2 = new Float64Array(SPACING_NEIGHBOURS);
    for (const [layer, ids] of layers) {
      const tree = new PointTree(Float32Array.from({ length: ids.length * 3 }, (_, at) =>
        placed.metric[points.sites[ids[Math.floor(at / 3)]!]! * 3 + (at % 3)]!));
      this.#layers.set(layer, { tree, ids: Uint32Array.from(ids) });
      ids.forEach((point, own) => {
        const [x, y, z] = tree.positions.subarray(own * 3, own * 3 + 3) as unknown as [number, number, number];
        const found = tree.nearest(x, y, z, indices, distances2);
        // Itself is among them: found - 1 others within a disc that the last one lies on.
        const around = Math.max(1, found - RIM_SHARE);
        const radius2 = found < 2 ? LONELY_METERS ** 2 : distances2[found - 1]!;
        this.spacings[point] = Math.sqrt((PACKING * Math.PI * radius2) / around);
      });
    }
  }

  /** How many points lie on a layer. */
  countOf(layer: number): number {
    return this.#layers.get(layer)?.ids.length ?? 0;
  }

  /** The field at a place of a layer; `parent` is -1 where the layer has no point. */
  sample(layer: number, x: number, y: number, z: number, out: FieldSample): void {
    out.parent = -1;
    out.distanceMeters = Infinity;
    out.spacingMeters = Infinity;
    out.heightMeters = 0;
    const entry = this.#layers.get(layer);
    if (entry === undefined) return;
    const found = entry.tree.nearest(x, y, z, this.#indices, this.#distances2);
    out.parent = entry.ids[this.#indices[0]!]!;
    out.distanceMeters = Math.sqrt(this.#distances2[0]!);
    const soft = (0.35 * this.spacings[out.parent]!) ** 2;
    let total = 0;
    let logSpacing = 0;
    let height = 0;
    for (let n = 0; n < found; n += 1) {
      const point = entry.ids[this.#indices[n]!]!;
      const weight = 1 / (this.#distances2[n]! + soft);
      total += weight;
      logSpacing += weight * Math.log(this.spacings[point]!);
      height += weight * this.#points.heights[point]!;
    }
    out.spacingMeters = Math.exp(logSpacing / total);
    out.heightMeters = height / total;
  }

  /** Mean height of the many points around a place of a layer, metres, nearer ones counting more; 0 where there are none. */
  smoothHeight(layer: number, x: number, y: number, z: number): number {
    const entry = this.#layers.get(layer);
    if (entry === undefined) return 0;
    const found = entry.tree.nearest(x, y, z, this.#manyIndices, this.#manyDistances2);
    const reach2 = 0.4 * this.#manyDistances2[found - 1]! + 1e-12;
    let total = 0;
    let height = 0;
    for (let n = 0; n < found; n += 1) {
      const weight = Math.exp(-this.#manyDistances2[n]! / reach2);
      total += weight;
      height += weight * this.#points.heights[entry.ids[this.#manyIndices[n]!]!]!;
    }
    return height / total;
  }
}
