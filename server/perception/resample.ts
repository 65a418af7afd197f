import type { PixelImage } from './analysedPortrait.ts';
import type { ImageRectangle } from './pixelImage.ts';

/**
 * A rectangle of an image at another size: the mean over each target pixel's footprint when shrinking (so nothing
 * aliases), bilinear when growing. Outside the image the border pixels go on.
 */
export function resampleImage(image: PixelImage, rectangle: ImageRectangle, width: number, height: number): PixelImage {
  const columns = axisWeights(rectangle.x, rectangle.width, width, image.width);
  const rows = axisWeights(rectangle.y, rectangle.height, height, image.height);
  // First along x, for the rows that are needed, then along y.
  const firstRow = rows.starts[0]!;
  const lastRow = rows.starts[height - 1]! + rows.counts[height - 1]!;
  const between = new Float32Array((lastRow - firstRow) * width * 3);
  for (let y = firstRow; y < lastRow; y++) {
    for (let x = 0; x < width; x++) {
      let r = 0;
      let g = 0;
      let b = 0;
      for (let k = 0; k < columns.counts[x]!; k++) {
        const weight = columns.weights[x * columns.stride + k]!;
        const at = (y * image.width + columns.starts[x]! + k) * 3;
        r += weight * image.data[at]!;
        g += weight * image.data[at + 1]!;
        b += weight * image.data[at + 2]!;
      }
      const to = ((y - firstRow) * width + x) * 3;
      between[to] = r;
      between[to + 1] = g;
      between[to + 2] = b;
    }
  }
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let i = 0; i < width * 3; i++) {
      let sum = 0;
      for (let k = 0; k < rows.counts[y]!; k++) sum += rows.weights[y * rows.stride + k]! * between[(rows.starts[y]! + k - firstRow) * width * 3 + i]!;
      data[y * width * 3 + i] = Math.round(sum);
    }
  }
  return { width, height, data };
}

/** An image of half the size, each pixel the mean of four; an odd last row or column goes. */
export function halveImage(image: PixelImage): PixelImage {
  const width = image.width >> 1;
  const height = image.height >> 1;
  const data = new Uint8Array(width * height * 3);
  const { data: from } = image;
  const below = image.width * 3;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (2 * y * image.width + 2 * x) * 3;
      const to = (y * width + x) * 3;
      for (let channel = 0; channel < 3; channel++) {
        const i = at + channel;
        data[to + channel] = (from[i]! + from[i + 3]! + from[i + below]! + from[i + below + 3]! + 2) >> 2;
      }
    }
  }
  return { width, height, data };
}

/** Which source pixels make up each target pixel along one axis: a triangle as wide as one target pixel, at least one source pixel. */
function axisWeights(start: number, length: number, targetSize: number, sourceSize: number) {
  const step = length / targetSize;
  const reach = Math.max(1, step);
  const stride = Math.ceil(2 * reach) + 2;
  const starts = new Int32Array(targetSize);
  const counts = new Int32Array(targetSize);
  const weights = new Float32Array(targetSize * stride);
  for (let target = 0; target < targetSize; target++) {
    const center = start + (target + 0.5) * step - 0.5;
    const clamp = (value: number) => Math.min(sourceSize - 1, Math.max(0, value));
    const [from, to] = [Math.ceil(center - reach), Math.floor(center + reach)];
    starts[target] = clamp(from);
    counts[target] = clamp(to) - clamp(from) + 1;
    let total = 0;
    for (let source = from; source <= to; source++) {
      const weight = Math.max(0, 1 - Math.abs(source - center) / reach);
      const slot = target * stride + clamp(source) - starts[target]!;
      weights[slot] = weights[slot]! + weight;
      total += weight;
    }
    for (let k = 0; k < counts[target]!; k++) weights[target * stride + k] = weights[target * stride + k]! / total;
  }
  return { starts, counts, weights, stride };
}
