import type { PixelImage } from '../../server/perception/analysedPortrait.ts';
import { faceOval } from './faceMeasures.ts';
import { CROP_SIZE } from './headCrop.ts';
import type { HeadCrop } from './headCrop.ts';
import { psnr, ssim } from './pictureMetrics.ts';
import type { Mask } from './plane.ts';
import { polygonMask } from './plane.ts';

/** How far below the chin the head's neck reaches, in heights of the face oval. */
export const NECK_SHARE = 0.2;

export interface HeadFigures {
  readonly psnrFace: number;
  readonly psnr: number;
  readonly ssim: number;
  readonly psnrBust: number;
}

/**
 * Portrait against render over the face oval; over the head (the matte above the chin, hair and all, and under it the
 * neck as wide as the face); over head and bust (the whole matte).
 */
export function headFigures(crop: HeadCrop, rendered: PixelImage): HeadFigures {
  const oval = faceOval(crop.landmarks);
  const face = polygonMask(CROP_SIZE, CROP_SIZE, oval);
  const xs = oval.map(([x]) => x);
  const [left, right] = [Math.min(...xs), Math.max(...xs)];
  const { chin, neck } = headRows(crop.landmarks);
  const head: Mask = { ...crop.matte, data: crop.matte.data.map((inside, i) => {
    const x = i % CROP_SIZE;
    const y = Math.floor(i / CROP_SIZE);
    return y < chin || (y < neck && x > left && x < right) ? inside : 0;
  }) };
  return {
    psnrFace: psnr(crop.image, rendered, face), psnr: psnr(crop.image, rendered, head), ssim: ssim(crop.image, rendered, head),
    psnrBust: psnr(crop.image, rendered, crop.matte),
  };
}

/** Rows of the chin, and of where the head's neck ends, pixels. */
export function headRows(landmarks: Float32Array): { chin: number; neck: number } {
  const ys = faceOval(landmarks).map(([, y]) => y);
  const chin = Math.max(...ys);
  return { chin, neck: chin + NECK_SHARE * (chin - Math.min(...ys)) };
}
