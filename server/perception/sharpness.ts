import type { PixelImage } from './analysedPortrait.ts';
import { boxBlur } from './guidedUpsample.ts';
import { sampleRegion, type ImageRegion } from './pixelImage.ts';

/** Side of the grid on which a face is judged: what an avatar can show of it at the usual size. */
const GRID = 160;

/**
 * How much fine detail a face has beside its coarse detail: the energy of brightness between one and two pixels of a
 * 160-pixel grid over that between four and eight. Dividing takes contrast and skin out of it. A sharp picture gives
 * 0.2 to 2, also when the face is only 90 pixels wide; blurred by 1 % of the face's width (Gaussian, standard deviation)
 * it is 0.08 to 0.19, by 2 % 0.027 to 0.047, by 3 % 0.015 to 0.027.
 */
export function measureSharpness(image: PixelImage, region: ImageRegion): number {
  // Twice the grid, averaged in pairs: large faces are not judged by aliases.
  const fine = sampleRegion(image, region, { outputWidth: 2 * GRID, outputHeight: 2 * GRID, border: 'replicate', scale: 1, offset: 0 });
  const brightness = new Float32Array(GRID * GRID);
  for (let y = 0; y < 2 * GRID; y++) {
    for (let x = 0; x < 2 * GRID; x++) {
      const at = (y * 2 * GRID + x) * 3;
      const cell = (y >> 1) * GRID + (x >> 1);
      brightness[cell] = brightness[cell]! + (0.299 * fine[at]! + 0.587 * fine[at + 1]! + 0.114 * fine[at + 2]!) / 4;
    }
  }
  const blur = (values: Float32Array, radius: number) => boxBlur(boxBlur(values, GRID, GRID, radius), GRID, GRID, radius);
  const bandEnergy = (narrow: Float32Array, wide: Float32Array) => narrow.reduce((sum, value, i) => sum + (value - wide[i]!) ** 2, 0);
  const coarse = bandEnergy(blur(brightness, 3), blur(brightness, 6));
  return coarse === 0 ? 0 : bandEnergy(brightness, blur(brightness, 1)) / coarse;
}
