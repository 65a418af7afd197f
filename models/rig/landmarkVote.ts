import type { EmbeddingSurface, SurfaceHit } from './landmarkSurface.ts';
import { nearestPlace, placeAt } from './landmarkSurface.ts';

export interface PlacedLandmark {
  /** Base mesh vertices of the triangle. */
  readonly vertices: [number, number, number];
  readonly barycentric: [number, number, number];
  /** Confidence in [0, 1]. */
  readonly weight: number;
}

/**
 * Landmarks that mark the outline of the face as it is seen, not a place on the skin: they slide over the cheek as the
 * head turns.
 */
const OUTLINE = new Set([58, 93, 132, 137, 177, 227, 234, 288, 323, 361, 454, 127, 356, 172, 397, 136, 365, 215, 435, 366, 447, 401]);
const MOST_SLIPPERY = new Set([88, 95, 318, 324]);
/** Spread at which a landmark counts half, metres. */
const HALF_SPREAD = 0.003;

type Point = [number, number, number];

/** Weighted geometric median (Weiszfeld). */
function geometricMedian(points: readonly Point[], weights: readonly number[]): Point {
  const middle: Point = [0, 0, 0];
  const sum = weights.reduce((total, weight) => total + weight, 0);
  points.forEach((point, i) => { for (let k = 0; k < 3; k++) middle[k]! += (weights[i]! * point[k]!) / sum; });
  for (let round = 0; round < 30; round++) {
    const next: Point = [0, 0, 0];
    let total = 0;
    points.forEach((point, i) => {
      const pull = weights[i]! / Math.max(1e-5, Math.hypot(point[0] - middle[0], point[1] - middle[1], point[2] - middle[2]));
      total += pull;
      for (let k = 0; k < 3; k++) next[k]! += pull * point[k]!;
    });
    for (let k = 0; k < 3; k++) middle[k] = next[k]! / total;
  }
  return middle;
}

/** Which landmark lies across the face from each: nearest in the mirrored frontal picture, mutually where possible. */
function pairLandmarks(frontal: Float64Array, firsts: number, lasts: number, pairs: Uint16Array): void {
  let middle = 0;
  for (let i = firsts; i < lasts; i++) middle += frontal[i * 2]! / (lasts - firsts);
  const costs: { i: number; j: number; cost: number }[] = [];
  for (let i = firsts; i < lasts; i++) {
    for (let j = i; j < lasts; j++) {
      costs.push({ i, j, cost: Math.hypot(frontal[i * 2]! + frontal[j * 2]! - 2 * middle, frontal[i * 2 + 1]! - frontal[j * 2 + 1]!) });
    }
  }
  costs.sort((a, b) => a.cost - b.cost);
  const taken = new Set<number>();
  for (const { i, j } of costs) {
    if (taken.has(i) || taken.has(j)) continue;
    pairs[i] = j;
    pairs[j] = i;
    taken.add(i);
    taken.add(j);
  }
}

/** From all hits to one symmetric place and a confidence for each landmark. */
export function settleLandmarks(surface: EmbeddingSurface, hits: readonly (readonly (SurfaceHit & { yaw: number })[])[], frontal: Float64Array): {
  landmarks: PlacedLandmark[]; report: { medianSpreadMillimeters: number; worst: { index: number; spreadMillimeters: number }[]; pairDistanceMillimeters: number };
} {
  const across = Array.from({ length: 468 }, (_, i) => frontal[i * 2]!);
  const width = Math.max(...across) - Math.min(...across);
  const middle = (Math.max(...across) + Math.min(...across)) / 2;
  const medians: Point[] = [];
  const spreads: number[] = [];
  const candidates: Set<number>[] = [];
  hits.forEach((list, index) => {
    // A landmark far from the middle is read best from its own side; from the other it clings to the silhouette.
    const sideways = (frontal[index * 2]! - middle) / width;
    const used = list.filter((hit) => hit.facing > 0.3 && (Math.abs(sideways) < 0.3 || hit.yaw * sideways >= 0));
    if (used.length === 0) throw new Error(`landmark ${index} was never seen`);
    const points = used.map((hit) => placeAt(surface, surface.reference, hit.triangle, hit.barycentric));
    let median = geometricMedian(points, used.map((hit) => hit.facing * hit.facing));
    // Rays past the jaw run on to the neck: once more with the far ones weighed down.
    for (let round = 0; round < 3; round++) {
      median = geometricMedian(points, used.map((hit, i) => hit.facing * hit.facing
        / (1 + (Math.hypot(points[i]![0] - median[0], points[i]![1] - median[1], points[i]![2] - median[2]) / 0.006) ** 4)));
    }
    const distances = points.map((q) => Math.hypot(q[0] - median[0], q[1] - median[1], q[2] - median[2])).sort((a, b) => a - b);
    medians.push(median);
    spreads.push(distances[Math.floor(distances.length / 2)]!);
    candidates.push(new Set(used.map((hit) => hit.triangle)));
  });
  const pairs = new Uint16Array(478);
  pairLandmarks(frontal, 0, 468, pairs);
  // The irises: centre with centre; within a ring, the mirror image swaps the two sideways points.
  [473, 476, 475, 474, 477].forEach((left, i) => { pairs[468 + i] = left; pairs[left] = 468 + i; });

  let pairDistance = 0;
  const landmarks = medians.map((own, index): PlacedLandmark => {
    const other = medians[pairs[index]!]!;
    pairDistance += Math.hypot(own[0] + other[0], own[1] - other[1], own[2] - other[2]) / 478;
    const point: Point = pairs[index] === index ? [0, own[1], own[2]]
      : [(own[0] - other[0]) / 2, (own[1] + other[1]) / 2, (own[2] + other[2]) / 2];
    // Only triangles that were hit on either side: lips that touch must not be mixed up.
    const near = new Set([...candidates[index]!, ...[...candidates[pairs[index]!]!].map((t) => mirrorTriangle(surface, t))]);
    const place = nearestPlace(surface, near, point);
    const spread = (spreads[index]! + spreads[pairs[index]!]!) / 2;
    const outline = OUTLINE.has(index) || OUTLINE.has(pairs[index]!) ? 0.15 : MOST_SLIPPERY.has(index) || MOST_SLIPPERY.has(pairs[index]!) ? 0.4 : 1;
    const weight = outline / (1 + (spread / HALF_SPREAD) ** 2);
    const corners = [...surface.triangles.subarray(place.triangle * 3, place.triangle * 3 + 3)] as [number, number, number];
    return {
      vertices: corners, weight: Number(weight.toFixed(4)),
      barycentric: place.barycentric.map((value) => Number(value.toFixed(5))) as [number, number, number],
    };
  });
  const order = spreads.map((spread, index) => ({ index, spreadMillimeters: Number((spread * 1000).toFixed(2)) }))
    .sort((a, b) => b.spreadMillimeters - a.spreadMillimeters);
  return {
    landmarks,
    report: {
      medianSpreadMillimeters: order[239]!.spreadMillimeters, worst: order.slice(0, 30),
      pairDistanceMillimeters: Number((pairDistance * 1000).toFixed(2)),
    },
  };
}

const triangleByVertices = new WeakMap<EmbeddingSurface, Map<string, number>>();

/** The triangle across the sagittal plane; the nearest one where the quad is cut along its other diagonal. */
function mirrorTriangle(surface: EmbeddingSurface, triangle: number): number {
  let index = triangleByVertices.get(surface);
  if (index === undefined) {
    index = new Map();
    for (let t = 0; t < surface.triangles.length / 3; t++) {
      index.set([...surface.triangles.subarray(t * 3, t * 3 + 3)].sort((a, b) => a - b).join(), t);
    }
    triangleByVertices.set(surface, index);
  }
  const mirrored = [0, 1, 2].map((k) => surface.mirrorVertices[surface.triangles[triangle * 3 + k]!]!);
  const exact = index.get([...mirrored].sort((a, b) => a - b).join());
  if (exact !== undefined) return exact;
  for (let t = 0; t < surface.triangles.length / 3; t++) {
    const corners = surface.triangles.subarray(t * 3, t * 3 + 3);
    if (mirrored.filter((v) => corners.includes(v)).length === 2 && mirrored.some((v) => !corners.includes(v))) {
      // Two of three shared: the half of the same quad or a neighbour; good enough as a candidate.
      return t;
    }
  }
  return triangle;
}
