import { composeImage, type SplatContributions } from './splatRasteriser.ts';

export interface ColorSolveInput {
  readonly contributions: SplatContributions;
  /** What the view should show, in [0, 1], [width * height, 3]. */
  readonly target: Float32Array;
  /** How much each pixel counts, [width * height]; 0 outside the person. */
  readonly pixelWeights: Float32Array;
  /** Colours as sampled, the anchor of the ridge, [count, 3]. */
  readonly sampled: Float32Array;
  /** Pull of each splat towards its sampled colour, in pixels' worth, [count]. */
  readonly ridge: Float32Array;
  readonly iterations: number;
}

/**
 * Colours that make the fitted view's blend match the portrait in the least-squares sense, held to the sampled ones
 * by a ridge so that what the view hardly sees does not run away. Jacobi-preconditioned conjugate gradients; the
 * result is clamped to [0, 1].
 */
export function solveColors(input: ColorSolveInput): Float32Array {
  const { contributions, target, pixelWeights, sampled, ridge } = input;
  const count = ridge.length;
  const residual = composeImage(contributions, sampled);
  // Where something shows through, the background is whatever the portrait has there: only what covers is judged.
  for (let pixel = 0; pixel < pixelWeights.length; pixel += 1) {
    const covered = 1 - contributions.transmittance[pixel]!;
    for (let c = 0; c < 3; c += 1) {
      residual[pixel * 3 + c] = pixelWeights[pixel]! * (covered * target[pixel * 3 + c]! - residual[pixel * 3 + c]!);
    }
  }
  const diagonal = Float32Array.from(ridge);
  const { splats, starts, pixels, weights } = contributions;
  for (let rank = 0; rank < splats.length; rank += 1) {
    let sum = 0;
    for (let e = starts[rank]!; e < starts[rank + 1]!; e += 1) sum += pixelWeights[pixels[e]!]! * weights[e]! * weights[e]!;
    diagonal[splats[rank]!] = diagonal[splats[rank]!]! + sum;
  }
  let r = scatter(contributions, residual, count);
  const step = new Float32Array(count * 3);
  let z = precondition(r, diagonal);
  let direction = Float32Array.from(z);
  let rz = dot3(r, z);
  for (let iteration = 0; iteration < input.iterations; iteration += 1) {
    const image = composeImage(contributions, direction);
    for (let pixel = 0; pixel < pixelWeights.length; pixel += 1) {
      const weight = pixelWeights[pixel]!;
      for (let c = 0; c < 3; c += 1) image[pixel * 3 + c] = weight * image[pixel * 3 + c]!;
    }
    const product = scatter(contributions, image, count);
    for (let i = 0; i < count; i += 1) {
      for (let c = 0; c < 3; c += 1) product[i * 3 + c] = product[i * 3 + c]! + ridge[i]! * direction[i * 3 + c]!;
    }
    const curvature = dot3(direction, product);
    // Each channel is a system of its own with the same matrix.
    const alpha = rz.map((value, c) => (curvature[c]! > 1e-20 ? value / curvature[c]! : 0));
    for (let i = 0; i < count * 3; i += 1) {
      step[i] = step[i]! + alpha[i % 3]! * direction[i]!;
      r[i] = r[i]! - alpha[i % 3]! * product[i]!;
    }
    z = precondition(r, diagonal);
    const next = dot3(r, z);
    const beta = next.map((value, c) => (rz[c]! > 1e-20 ? value / rz[c]! : 0));
    for (let i = 0; i < count * 3; i += 1) direction[i] = z[i]! + beta[i % 3]! * direction[i]!;
    rz = next;
  }
  return step.map((value, i) => Math.min(1, Math.max(0, sampled[i]! + value)));
}

function scatter(contributions: SplatContributions, image: Float32Array, count: number): Float32Array {
  const out = new Float32Array(count * 3);
  const { splats, starts, pixels, weights } = contributions;
  for (let rank = 0; rank < splats.length; rank += 1) {
    let r = 0, g = 0, b = 0;
    for (let e = starts[rank]!; e < starts[rank + 1]!; e += 1) {
      const weight = weights[e]!;
      const p = pixels[e]! * 3;
      r += weight * image[p]!;
      g += weight * image[p + 1]!;
      b += weight * image[p + 2]!;
    }
    const s = splats[rank]! * 3;
    out[s] = r; out[s + 1] = g; out[s + 2] = b;
  }
  return out;
}

function precondition(r: Float32Array, diagonal: Float32Array): Float32Array {
  return r.map((value, i) => value / Math.max(diagonal[(i / 3) | 0]!, 1e-9));
}

function dot3(a: Float32Array, b: Float32Array): [number, number, number] {
  const sums: [number, number, number] = [0, 0, 0];
  for (let i = 0; i < a.length; i += 3) {
    sums[0] += a[i]! * b[i]!;
    sums[1] += a[i + 1]! * b[i + 1]!;
    sums[2] += a[i + 2]! * b[i + 2]!;
  }
  return sums;
}
