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
  /** Where to begin, [count, 3]; the sampled colours without it. */
  readonly start?: Float32Array;
  /** Splats whose colour stays as `start` has it, [count]: 1, others 0. */
  readonly held?: Uint8Array;
}

/**
 * Colours that make the fitted view's blend match the portrait in the least-squares sense, held to the sampled ones
 * by a ridge so that what the view hardly sees does not run away. Jacobi-preconditioned conjugate gradients; the
 * result is clamped to [0, 1].
 */
export function solveColors(input: ColorSolveInput): Float32Array {
  const { contributions, target, pixelWeights, sampled, ridge, start = sampled, held } = input;
  const count = ridge.length;
  const image = new Float32Array(pixelWeights.length * 3);
  composeImage(contributions, start, image);
  // Where something shows through, the background is whatever the portrait has there: only what covers is judged.
  const coverage = new Float32Array(pixelWeights.length);
  for (let e = 0; e < contributions.pixels.length; e += 1) {
    const pixel = contributions.pixels[e]!;
    coverage[pixel] = coverage[pixel]! + contributions.weights[e]!;
  }
  for (let pixel = 0, p = 0; pixel < pixelWeights.length; pixel += 1, p += 3) {
    const weight = pixelWeights[pixel]!;
    const covered = coverage[pixel]!;
    image[p] = weight * (covered * target[p]! - image[p]!);
    image[p + 1] = weight * (covered * target[p + 1]! - image[p + 1]!);
    image[p + 2] = weight * (covered * target[p + 2]! - image[p + 2]!);
  }
  const inverseDiagonal = new Float32Array(count);
  const { splats, starts, pixels, weights } = contributions;
  for (let rank = 0; rank < splats.length; rank += 1) {
    let sum = 0;
    for (let e = starts[rank]!; e < starts[rank + 1]!; e += 1) sum += pixelWeights[pixels[e]!]! * weights[e]! * weights[e]!;
    const s = splats[rank]!;
    inverseDiagonal[s] = inverseDiagonal[s]! + sum;
  }
  // What has no step goes nowhere.
  for (let i = 0; i < count; i += 1) inverseDiagonal[i] = held?.[i] ? 0 : 1 / Math.max(inverseDiagonal[i]! + ridge[i]!, 1e-9);

  const residual = new Float32Array(count * 3);
  scatter(contributions, image, residual);
  if (start !== sampled) for (let at = 0; at < count * 3; at += 1) residual[at] = residual[at]! + ridge[(at / 3) | 0]! * (sampled[at]! - start[at]!);
  const change = new Float32Array(count * 3);
  const direction = new Float32Array(count * 3);
  const product = new Float32Array(count * 3);
  for (let i = 0; i < count * 3; i += 1) direction[i] = residual[i]! * inverseDiagonal[(i / 3) | 0]!;
  let energy = dot3(residual, direction);
  for (let iteration = 0; iteration < input.iterations; iteration += 1) {
    composeImage(contributions, direction, image);
    for (let pixel = 0, p = 0; pixel < pixelWeights.length; pixel += 1, p += 3) {
      const weight = pixelWeights[pixel]!;
      image[p] = weight * image[p]!;
      image[p + 1] = weight * image[p + 1]!;
      image[p + 2] = weight * image[p + 2]!;
    }
    scatter(contributions, image, product);
    for (let i = 0, at = 0; i < count; i += 1, at += 3) {
      const pull = ridge[i]!;
      for (let c = 0; c < 3; c += 1) product[at + c] = product[at + c]! + pull * direction[at + c]!;
    }
    // Each channel is a system of its own with the same matrix.
    const curvature = dot3(direction, product);
    const alpha = energy.map((value, c) => (curvature[c]! > 1e-20 ? value / curvature[c]! : 0));
    const next: [number, number, number] = [0, 0, 0];
    for (let i = 0, at = 0; i < count; i += 1, at += 3) {
      for (let c = 0; c < 3; c += 1) {
        change[at + c] = change[at + c]! + alpha[c]! * direction[at + c]!;
        const r = residual[at + c]! - alpha[c]! * product[at + c]!;
        residual[at + c] = r;
        next[c] = next[c]! + r * r * inverseDiagonal[i]!;
      }
    }
    const beta = next.map((value, c) => (energy[c]! > 1e-20 ? value / energy[c]! : 0));
    for (let i = 0, at = 0; i < count; i += 1, at += 3) {
      for (let c = 0; c < 3; c += 1) direction[at + c] = residual[at + c]! * inverseDiagonal[i]! + beta[c]! * direction[at + c]!;
    }
    energy = next;
  }
  for (let i = 0; i < count * 3; i += 1) change[i] = Math.min(1, Math.max(0, start[i]! + change[i]!));
  return change;
}

/** The transpose of `composeImage`: for each splat the image under its weights, [count, 3]. */
function scatter(contributions: SplatContributions, image: Float32Array, out: Float32Array): void {
  out.fill(0);
  const { splats, starts, pixels, weights } = contributions;
  for (let rank = 0; rank < splats.length; rank += 1) {
    let r = 0, g = 0, b = 0;
    const end = starts[rank + 1]!;
    for (let e = starts[rank]!; e < end; e += 1) {
      const weight = weights[e]!;
      const p = pixels[e]! * 3;
      r += weight * image[p]!;
      g += weight * image[p + 1]!;
      b += weight * image[p + 2]!;
    }
    const s = splats[rank]! * 3;
    out[s] = out[s]! + r;
    out[s + 1] = out[s + 1]! + g;
    out[s + 2] = out[s + 2]! + b;
  }
}

function dot3(a: Float32Array, b: Float32Array): [number, number, number] {
  let x = 0, y = 0, z = 0;
  for (let i = 0; i < a.length; i += 3) {
    x += a[i]! * b[i]!;
    y += a[i + 1]! * b[i + 1]!;
    z += a[i + 2]! * b[i + 2]!;
  }
  return [x, y, z];
}
