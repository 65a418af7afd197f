import { distanceAt, type DistanceField } from './distanceField.ts';
import type { FittedView } from './fittedView.ts';

/** A part of the rig that is pushed along its normals until its outline in the fitted view is the person's. */
export interface OutlineSurface {
  /** Rig vertices of the part, [n]. */
  readonly vertices: Uint32Array;
  /** Faces in indices into `vertices`, [*, 3]. */
  readonly faces: Uint32Array;
  /** Posed positions and outward unit directions, rig space, [n, 3]. */
  readonly positions: Float32Array;
  readonly normals: Float32Array;
}

export interface OutlineFitOptions {
  /** Height off the surface a vertex is held to, metres, and how firmly, [n]; firmness 0 leaves it to its neighbours. */
  readonly heldHeights: Float32Array;
  readonly heldFirmness: Float32Array;
  /** Whether a vertex may answer to the outline at an image position. */
  readonly follows: (vertex: number, x: number, y: number) => boolean;
  readonly minimumMeters: number;
  readonly maximumMeters: number;
  readonly rounds: number;
  /** Weight of each neighbour's height beside a firmness of 1. */
  readonly stiffness: number;
}

const OUTLINE_FIRMNESS = 6;

/**
 * Heights along the normals, metres, [n]: on the part's outline such that it meets the matte's edge, elsewhere as
 * smooth as a membrane between the outline and what is held. Alternates between finding the outline and solving.
 */
export function fitOutline(surface: OutlineSurface, view: FittedView, matte: DistanceField, options: OutlineFitOptions): Float32Array {
  const { positions, normals, faces } = surface;
  const n = surface.vertices.length;
  const graph = edgesOf(faces, n);
  let heights: Float32Array = Float32Array.from(options.heldHeights);
  const moved = new Float32Array(n * 3);
  for (let round = 0; round < options.rounds; round += 1) {
    for (let i = 0; i < n * 3; i += 1) moved[i] = positions[i]! + heights[(i / 3) | 0]! * normals[i]!;
    const projected = view.project(moved);
    const outline = outlineVertices(moved, projected, faces, view);
    const covered = coverage(projected, faces, view.camera.width, view.camera.height);
    const targets = new Float32Array(n);
    const firmness = new Float32Array(n);
    for (const vertex of outline) {
      const x = projected[vertex * 3]!, y = projected[vertex * 3 + 1]!, depth = projected[vertex * 3 + 2]!;
      if (x < 3 || y < 3 || x > matte.width - 4 || y > matte.height - 4) continue;
      const nx = normals[vertex * 3]!, ny = normals[vertex * 3 + 1]!, nz = normals[vertex * 3 + 2]!;
      const outX = nx * view.right[0] + ny * view.right[1] + nz * view.right[2];
      const outY = -(nx * view.up[0] + ny * view.up[1] + nz * view.up[2]);
      const lateral = Math.hypot(outX, outY);
      if (lateral < 0.5) continue;
      const pixelsPerMeter = view.camera.focalPixels / depth;
      const [dx, dy] = [outX / lateral, outY / lateral];
      if (isCovered(covered, x + dx * 0.012 * pixelsPerMeter, y + dy * 0.012 * pixelsPerMeter)) continue;
      const gap = marchToEdge(matte, x, y, dx, dy, -0.06 * pixelsPerMeter, 0.2 * pixelsPerMeter);
      if (gap === undefined) continue;
      if (!options.follows(vertex, x + dx * (gap - 2), y + dy * (gap - 2))) continue;
      targets[vertex] = clamp(heights[vertex]! + gap / pixelsPerMeter / lateral, options.minimumMeters, options.maximumMeters);
      firmness[vertex] = OUTLINE_FIRMNESS;
    }
    heights = membrane(graph, heights, targets, firmness, options);
  }
  return heights;
}

function membrane(
  graph: readonly (readonly number[])[], start: Float32Array, targets: Float32Array, firmness: Float32Array, options: OutlineFitOptions,
): Float32Array {
  const heights = Float32Array.from(start);
  for (let sweep = 0; sweep < 160; sweep += 1) {
    for (let step = 0; step < heights.length; step += 1) {
      const i = sweep % 2 === 0 ? step : heights.length - 1 - step;
      const near = graph[i]!;
      const held = firmness[i]! > 0 ? options.heldFirmness[i]! * 0.05 : options.heldFirmness[i]!;
      let sum = firmness[i]! * targets[i]! + held * options.heldHeights[i]!;
      for (const j of near) sum += options.stiffness * heights[j]!;
      heights[i] = sum / (firmness[i]! + held + options.stiffness * near.length);
    }
  }
  return heights;
}

/** Pixels from (x, y) along (dx, dy) to where the matte ends; negative when it ends before. Undefined: not in reach. */
function marchToEdge(
  matte: DistanceField, x: number, y: number, dx: number, dy: number, minimum: number, maximum: number,
): number | undefined {
  const outwards = distanceAt(matte, x, y) > 0;
  const limit = outwards ? maximum : -minimum;
  const sign = outwards ? 1 : -1;
  for (let t = 0; t < limit;) {
    const u = x + sign * dx * t, v = y + sign * dy * t;
    if (u < 2 || v < 2 || u > matte.width - 3 || v > matte.height - 3) return undefined;
    const distance = distanceAt(matte, u, v);
    if (outwards ? distance <= 0 : distance >= 0) return sign * t;
    t += Math.max(0.5, Math.abs(distance) * 0.7);
  }
  return undefined;
}

/** Vertices between faces turned to the camera and faces turned away. */
function outlineVertices(positions: Float32Array, projected: Float32Array, faces: Uint32Array, view: FittedView): number[] {
  const sides = new Uint8Array(positions.length / 3);
  for (let f = 0; f < faces.length; f += 3) {
    const i = faces[f]! * 3, j = faces[f + 1]! * 3, k = faces[f + 2]! * 3;
    const area = (projected[j]! - projected[i]!) * (projected[k + 1]! - projected[i + 1]!)
      - (projected[j + 1]! - projected[i + 1]!) * (projected[k]! - projected[i]!);
    // Counter-clockwise from outside becomes clockwise in pixels, whose y points down.
    const side = area < 0 ? 1 : 2;
    for (let c = 0; c < 3; c += 1) sides[faces[f + c]!]! |= side;
  }
  void view;
  const out: number[] = [];
  sides.forEach((side, vertex) => { if (side === 3) out.push(vertex); });
  return out;
}

interface Coverage { readonly width: number; readonly height: number; readonly scale: number; readonly mask: Uint8Array }

function coverage(projected: Float32Array, faces: Uint32Array, imageWidth: number, imageHeight: number): Coverage {
  const scale = 256 / Math.max(imageWidth, imageHeight);
  const width = Math.ceil(imageWidth * scale), height = Math.ceil(imageHeight * scale);
  const mask = new Uint8Array(width * height);
  for (let f = 0; f < faces.length; f += 3) {
    const at = [0, 1, 2].map((c) => faces[f + c]! * 3);
    const xs = at.map((i) => projected[i]! * scale), ys = at.map((i) => projected[i + 1]! * scale);
    const area = (xs[1]! - xs[0]!) * (ys[2]! - ys[0]!) - (ys[1]! - ys[0]!) * (xs[2]! - xs[0]!);
    if (Math.abs(area) < 1e-9) continue;
    for (let y = Math.max(0, Math.floor(Math.min(...ys))); y <= Math.min(height - 1, Math.max(...ys)); y += 1) {
      for (let x = Math.max(0, Math.floor(Math.min(...xs))); x <= Math.min(width - 1, Math.max(...xs)); x += 1) {
        const b = ((x + 0.5 - xs[0]!) * (ys[2]! - ys[0]!) - (y + 0.5 - ys[0]!) * (xs[2]! - xs[0]!)) / area;
        const c = ((xs[1]! - xs[0]!) * (y + 0.5 - ys[0]!) - (ys[1]! - ys[0]!) * (x + 0.5 - xs[0]!)) / area;
        if (b >= 0 && c >= 0 && b + c <= 1) mask[y * width + x] = 1;
      }
    }
  }
  return { width, height, scale, mask };
}

function isCovered({ width, height, scale, mask }: Coverage, x: number, y: number): boolean {
  const i = Math.floor(x * scale), j = Math.floor(y * scale);
  return i >= 0 && j >= 0 && i < width && j < height && mask[j * width + i] === 1;
}

/** Neighbours of each vertex over the faces' edges. */
export function edgesOf(faces: Uint32Array, vertexCount: number): number[][] {
  const sets = Array.from({ length: vertexCount }, () => new Set<number>());
  for (let f = 0; f < faces.length; f += 3) {
    for (let c = 0; c < 3; c += 1) {
      const a = faces[f + c]!, b = faces[f + ((c + 1) % 3)]!;
      sets[a]!.add(b);
      sets[b]!.add(a);
    }
  }
  return sets.map((set) => [...set]);
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
