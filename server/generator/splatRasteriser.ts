import {
  createProjectedSplats, MAX_ALPHA, MIN_ALPHA, projectSplats, type PinholeCamera, type ProjectedSplats,
} from '../../shared/splat/projection.ts';

/** Centres, covariances and opacities of posed splats, rig space (see shared/splat/covariance.ts). */
export interface PosedSplats {
  readonly count: number;
  readonly centers: Float32Array;
  readonly covariances: Float32Array;
  readonly opacities: Float32Array;
}

/**
 * How much each splat counts in each pixel of a view: the blending weights are fixed by geometry and opacity, so an
 * image is linear in the splats' colours. Entries are grouped by splat, near ones first.
 */
export interface SplatContributions {
  readonly width: number;
  readonly height: number;
  /** Splats in the order of their groups. */
  readonly splats: Uint32Array;
  /** Where each group begins, [splats.length + 1]. */
  readonly starts: Uint32Array;
  readonly pixels: Uint32Array;
  readonly weights: Float32Array;
  /** What is left of the background, [width * height]. */
  readonly transmittance: Float32Array;
}

export interface RasteriseOptions {
  /** Pixels whose contributions are kept, those over 0, [width * height]; all by default. */
  readonly pixels?: Float32Array;
  /** Contributions under this are blended but not kept; all are by default. */
  readonly minimumWeight?: number;
}

/** Blends near to far what the shader blends far to near: the same image. */
export function rasteriseSplats(splats: PosedSplats, camera: PinholeCamera, options: RasteriseOptions = {}): SplatContributions {
  const { pixels: wanted, minimumWeight = 0 } = options;
  const projected = createProjectedSplats(splats.count);
  projectSplats(splats.centers, splats.covariances, splats.opacities, camera, projected);
  const order = nearToFar(projected);
  const { width, height } = camera;
  const transmittance = new Float32Array(width * height).fill(1);
  let capacity = Math.max(1 << 16, width * height * 4);
  let pixels = new Uint32Array(capacity);
  let weights = new Float32Array(capacity);
  const starts = new Uint32Array(order.length + 1);
  let used = 0;
  for (let rank = 0; rank < order.length; rank += 1) {
    const s = order[rank]!;
    starts[rank] = used;
    const cx = projected.centers[s * 2]!, cy = projected.centers[s * 2 + 1]!;
    const ex = projected.extents[s * 2]!, ey = projected.extents[s * 2 + 1]!;
    const x0 = Math.max(0, Math.ceil(cx - ex - 0.5)), x1 = Math.min(width - 1, Math.floor(cx + ex - 0.5));
    const y0 = Math.max(0, Math.ceil(cy - ey - 0.5)), y1 = Math.min(height - 1, Math.floor(cy + ey - 0.5));
    if (x1 < x0 || y1 < y0) continue;
    const a = projected.conics[s * 3]!, b = projected.conics[s * 3 + 1]!, c = projected.conics[s * 3 + 2]!;
    const opacity = projected.opacities[s]!;
    const needed = used + (x1 - x0 + 1) * (y1 - y0 + 1);
    if (needed > capacity) {
      capacity = Math.max(needed, capacity * 2);
      const grownPixels = new Uint32Array(capacity);
      grownPixels.set(pixels.subarray(0, used));
      pixels = grownPixels;
      const grownWeights = new Float32Array(capacity);
      grownWeights.set(weights.subarray(0, used));
      weights = grownWeights;
    }
    const cutoff = 2 * Math.log(opacity / MIN_ALPHA);
    for (let y = y0; y <= y1; y += 1) {
      const dy = y + 0.5 - cy;
      for (let x = x0; x <= x1; x += 1) {
        const pixel = y * width + x;
        const left = transmittance[pixel]!;
        if (left < 2e-3) continue;
        const dx = x + 0.5 - cx;
        const power = a * dx * dx + 2 * b * dx * dy + c * dy * dy;
        if (power > cutoff) continue;
        const alpha = Math.min(MAX_ALPHA, opacity * Math.exp(-0.5 * power));
        const weight = left * alpha;
        transmittance[pixel] = left - weight;
        if (weight < minimumWeight || (wanted !== undefined && wanted[pixel] === 0)) continue;
        pixels[used] = pixel;
        weights[used] = weight;
        used += 1;
      }
    }
  }
  starts[order.length] = used;
  return {
    width, height, splats: order, starts, pixels: pixels.subarray(0, used), weights: weights.subarray(0, used), transmittance,
  };
}

function nearToFar(projected: ProjectedSplats): Uint32Array {
  const drawn: number[] = [];
  for (let s = 0; s < projected.depths.length; s += 1) {
    if (projected.depths[s]! > 0 && projected.opacities[s]! > MIN_ALPHA) drawn.push(s);
  }
  return Uint32Array.from(drawn).sort((a, b) => projected.depths[a]! - projected.depths[b]!);
}

/** The image of the given colours over black, written to `image`, [width * height, 3]. */
export function composeImage(
  contributions: SplatContributions, colors: Float32Array,
  image = new Float32Array(contributions.width * contributions.height * 3),
): Float32Array {
  image.fill(0);
  const { splats, starts, pixels, weights } = contributions;
  for (let rank = 0; rank < splats.length; rank += 1) {
    const s = splats[rank]! * 3;
    const r = colors[s]!, g = colors[s + 1]!, b = colors[s + 2]!;
    for (let e = starts[rank]!; e < starts[rank + 1]!; e += 1) {
      const weight = weights[e]!;
      const p = pixels[e]! * 3;
      image[p] = image[p]! + weight * r;
      image[p + 1] = image[p + 1]! + weight * g;
      image[p + 2] = image[p + 2]! + weight * b;
    }
  }
  return image;
}
