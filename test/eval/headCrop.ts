import type { AnalysedPortrait, PixelImage } from '../../server/perception/analysedPortrait.ts';
import type { PinholeCamera } from '../../shared/splat/projection.ts';
import { fromRotationVector, multiplyQuaternions, rotateVector } from '../../shared/fit/rotation.ts';
import type { Vector3 } from '../../shared/fit/rotation.ts';
import { faceOval } from './faceMeasures.ts';
import type { Mask } from './plane.ts';

export const CROP_SIZE = 512;
/** Side of the crop over the longer side of the face oval: hair and the top of the shoulders fit in. */
const CROP_SCALE = 2;
/** The crop's middle lies above the oval's by this share of its side: there is more hair than neck. */
const CROP_LIFT = 0.07;
/** The head turns about this point, metres in rig space. */
const HEAD_CENTER = [0, 0, -0.08] as const;

/** A square around the head, `CROP_SIZE` pixels a side. */
export interface HeadCrop {
  readonly image: PixelImage;
  /** Person matte over one half and inside the portrait. */
  readonly matte: Mask;
  /** The fitted camera, of the crop. */
  readonly camera: PinholeCamera;
  /** Landmarks in crop pixels, [478, 3]. */
  readonly landmarks: Float32Array;
}

export function cropHead(portrait: AnalysedPortrait): HeadCrop {
  const oval = faceOval(portrait.landmarks);
  const xs = oval.map(([x]) => x);
  const ys = oval.map(([, y]) => y);
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const side = CROP_SCALE * Math.max(right - left, bottom - top);
  const x0 = (left + right) / 2 - side / 2;
  const y0 = (top + bottom) / 2 - side * (0.5 + CROP_LIFT);
  const scale = CROP_SIZE / side;
  const { image, matte } = resample(portrait, x0, y0, 1 / scale);
  const { fit } = portrait;
  return {
    image, matte,
    camera: {
      cameraFromRigRotation: fit.cameraFromRigRotation, cameraFromRigTranslation: fit.cameraFromRigTranslation,
      focalPixels: fit.focalPixels * scale,
      principalPoint: [(fit.principalPoint[0] - x0) * scale, (fit.principalPoint[1] - y0) * scale],
      width: CROP_SIZE, height: CROP_SIZE,
    },
    landmarks: portrait.landmarks.map((value, i) => (i % 3 === 0 ? (value - x0) * scale : i % 3 === 1 ? (value - y0) * scale : value * scale)),
  };
}

/** Samples the portrait on the crop's grid, averaging where it shrinks. */
function resample({ image, matte }: AnalysedPortrait, x0: number, y0: number, step: number): { image: PixelImage; matte: Mask } {
  const out = new Uint8Array(CROP_SIZE * CROP_SIZE * 3);
  const inside = new Uint8Array(CROP_SIZE * CROP_SIZE);
  const samples = Math.max(1, Math.ceil(step));
  const sums = new Float64Array(4);
  for (let y = 0; y < CROP_SIZE; y++) {
    for (let x = 0; x < CROP_SIZE; x++) {
      sums.fill(0);
      for (let s = 0; s < samples * samples; s++) {
        const px = x0 + (x + ((s % samples) + 0.5) / samples) * step - 0.5;
        const py = y0 + (y + (Math.floor(s / samples) + 0.5) / samples) * step - 0.5;
        const within = px >= -0.5 && py >= -0.5 && px <= image.width - 0.5 && py <= image.height - 0.5;
        const cx = Math.min(image.width - 1.001, Math.max(0, px));
        const cy = Math.min(image.height - 1.001, Math.max(0, py));
        const i = Math.floor(cy) * image.width + Math.floor(cx);
        const fx = cx - Math.floor(cx);
        const fy = cy - Math.floor(cy);
        const below = i + image.width;
        const mix = (data: Uint8Array, stride: number, k: number): number =>
          (data[i * stride + k]! * (1 - fx) + data[(i + 1) * stride + k]! * fx) * (1 - fy)
          + (data[below * stride + k]! * (1 - fx) + data[(below + 1) * stride + k]! * fx) * fy;
        for (let k = 0; k < 3; k++) sums[k]! += mix(image.data, 3, k);
        if (within) sums[3]! += mix(matte, 1, 0);
      }
      const pixel = y * CROP_SIZE + x;
      for (let k = 0; k < 3; k++) out[pixel * 3 + k] = Math.round(sums[k]! / (samples * samples));
      inside[pixel] = sums[3]! / (samples * samples) > 127.5 ? 1 : 0;
    }
  }
  return { image: { width: CROP_SIZE, height: CROP_SIZE, data: out }, matte: { width: CROP_SIZE, height: CROP_SIZE, data: inside } };
}

/** The camera carried around the head: it shows the head as if turned by `yaw` to its left and `pitch` down, degrees. */
export function orbit(camera: PinholeCamera, yaw: number, pitch: number): PinholeCamera {
  const turn = multiplyQuaternions(fromRotationVector([0, (yaw * Math.PI) / 180, 0]), fromRotationVector([(pitch * Math.PI) / 180, 0, 0]));
  const moved = rotateVector(turn, HEAD_CENTER);
  const shift = rotateVector(camera.cameraFromRigRotation, [HEAD_CENTER[0] - moved[0], HEAD_CENTER[1] - moved[1], HEAD_CENTER[2] - moved[2]]);
  const t = camera.cameraFromRigTranslation;
  return {
    ...camera, cameraFromRigRotation: multiplyQuaternions(camera.cameraFromRigRotation, turn),
    cameraFromRigTranslation: [t[0] + shift[0], t[1] + shift[1], t[2] + shift[2]],
  };
}

/** A camera-space point turned by `yaw` degrees to the head's left about the camera's upright line through `pivot`. */
export function turnAbout(pivot: Vector3, yaw: number, [x, y, z]: Vector3): Vector3 {
  const angle = (yaw * Math.PI) / 180;
  const [dx, dz] = [x - pivot[0], z - pivot[2]];
  return [pivot[0] + Math.cos(angle) * dx + Math.sin(angle) * dz, y, pivot[2] - Math.sin(angle) * dx + Math.cos(angle) * dz];
}

/** The camera that sees what `turnAbout` makes of all points, without moving them. */
export function orbitView(camera: PinholeCamera, pivot: Vector3, yaw: number): PinholeCamera {
  return {
    ...camera,
    cameraFromRigRotation: multiplyQuaternions(fromRotationVector([0, (yaw * Math.PI) / 180, 0]), camera.cameraFromRigRotation),
    cameraFromRigTranslation: turnAbout(pivot, yaw, camera.cameraFromRigTranslation),
  };
}

/** Looks straight at the resting face from 0.7 m. */
export const FRONT_CAMERA: PinholeCamera = {
  cameraFromRigRotation: [0, 0, 0, 1], cameraFromRigTranslation: [0, 0.018, -0.7],
  focalPixels: 2.3 * CROP_SIZE, principalPoint: [CROP_SIZE / 2, CROP_SIZE / 2], width: CROP_SIZE, height: CROP_SIZE,
};

/** As `FRONT_CAMERA`, with neck and shoulders in the picture. */
export const WIDE_CAMERA: PinholeCamera = { ...FRONT_CAMERA, focalPixels: 1.5 * CROP_SIZE, cameraFromRigTranslation: [0, 0.06, -0.7] };
