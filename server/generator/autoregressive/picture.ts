import type { PixelImage } from '../../perception/analysedPortrait.ts';
import type { FittedHead } from '../fittedHead.ts';

/** Side of the picture that the vision transformer sees, pixels. */
export const PICTURE_SIZE = 224;
/** Middle of what it sees, rig space, and its extent, metres: head, hair and neck of nearly everybody. */
const MIDDLE_METERS = [0, -0.03, -0.06] as const;
const EXTENT_METERS = 0.42;
/** What lies outside of the portrait: the mean of ImageNet, which is 0 to the network. */
const MEAN = [0.485, 0.456, 0.406] as const;
const STANDARD_DEVIATION = [0.229, 0.224, 0.225] as const;

/** A square of the portrait, in its pixels; may reach over its edges. */
export interface PictureCrop {
  readonly x: number;
  readonly y: number;
  readonly side: number;
}

/** The square around a fitted head, the same in the head's own scale for everybody. */
export function pictureCrop({ view }: Pick<FittedHead, 'view'>): PictureCrop {
  const [x, y, depth] = view.project(Float32Array.from(MIDDLE_METERS)) as unknown as [number, number, number];
  const side = (EXTENT_METERS * view.camera.focalPixels) / Math.max(depth, 0.05);
  return { x: x - side / 2, y: y - side / 2, side };
}

/** A square of an image at PICTURE_SIZE, each pixel the mean of those it covers, 8 bits a channel, [3, 224, 224]. */
export function cropPicture(image: PixelImage, crop: PictureCrop): Uint8Array {
  const area = PICTURE_SIZE * PICTURE_SIZE;
  const out = new Uint8Array(3 * area);
  const step = crop.side / PICTURE_SIZE;
  const taps = Math.min(8, Math.max(1, Math.ceil(step)));
  for (let row = 0; row < PICTURE_SIZE; row += 1) {
    for (let column = 0; column < PICTURE_SIZE; column += 1) {
      let r = 0, g = 0, b = 0;
      for (let tapY = 0; tapY < taps; tapY += 1) {
        const y = Math.floor(crop.y + (row + (tapY + 0.5) / taps) * step);
        for (let tapX = 0; tapX < taps; tapX += 1) {
          const x = Math.floor(crop.x + (column + (tapX + 0.5) / taps) * step);
          if (x < 0 || y < 0 || x >= image.width || y >= image.height) {
            r += 255 * MEAN[0]; g += 255 * MEAN[1]; b += 255 * MEAN[2];
            continue;
          }
          const from = (y * image.width + x) * 3;
          r += image.data[from]!; g += image.data[from + 1]!; b += image.data[from + 2]!;
        }
      }
      const to = row * PICTURE_SIZE + column;
      const share = 1 / (taps * taps);
      out[to] = Math.round(r * share);
      out[area + to] = Math.round(g * share);
      out[2 * area + to] = Math.round(b * share);
    }
  }
  return out;
}

/** The network's input, normalised with ImageNet's mean and standard deviation, [1, 3, 224, 224]. */
export function normalisePicture(picture: Uint8Array): Float32Array {
  const area = PICTURE_SIZE * PICTURE_SIZE;
  return Float32Array.from(picture, (value, i) => {
    const channel = Math.floor(i / area);
    return (value / 255 - MEAN[channel]!) / STANDARD_DEVIATION[channel]!;
  });
}
