import type { AvatarMaker } from '../../server/generator/avatarMaker.ts';
import { FOCAL_OF_LONGER_SIDE } from '../../server/perception/analyse.ts';
import type { AnalysedPortrait, PixelImage } from '../../server/perception/analysedPortrait.ts';
import { rotateVector } from '../../shared/fit/rotation.ts';
import type { RigPose } from '../../shared/rig/rigPose.ts';
import { decodeAvatar } from '../../shared/splat/codec/avatarDecoder.ts';
import { AvatarStage } from './avatarStage.ts';
import { contactSheet } from './contactSheet.ts';
import type { HeadCrop } from './headCrop.ts';
import { CROP_SIZE, cropHead, orbitView } from './headCrop.ts';
import { headRows } from './headFigures.ts';
import type { Mask } from './plane.ts';
import { EAR_LANDMARKS } from './faceMeasures.ts';
import type { SyntheticTruth } from './syntheticTruth.ts';

/** Intersection over union of head silhouettes, in [0, 1]; mean of both sides. */
export interface SilhouetteFigures {
  /** From the photograph's own camera: how well the outline is followed at all. */
  readonly front: number;
  readonly yaw20: number;
  readonly yaw40: number;
}

const YAWS = [-40, -20, 0, 20, 40] as const;

/** Measures avatars of an invented person against that person's own outline, seen from aside. */
export class SilhouetteEvaluator {
  readonly #maker: AvatarMaker;
  readonly #stage: AvatarStage;

  constructor(maker: AvatarMaker) {
    this.#maker = maker;
    this.#stage = new AvatarStage(maker);
  }

  /** @param truths `trueSilhouettes` of the portrait */
  async measure(portrait: AnalysedPortrait, truths: ReadonlyMap<number, Mask>, bytes: Uint8Array, withSheet: boolean): Promise<{ figures: SilhouetteFigures; sheet?: Buffer }> {
    const { rig } = this.#maker;
    const { fit } = portrait;
    const crop = cropHead(portrait);
    this.#stage.show(decodeAvatar(bytes, { faceCount: rig.faceCount, hash: rig.hash }));
    const pose: RigPose = { blendshapeWeights: fit.blendshapeWeights, headRotation: fit.headRotation, headPositionMeters: [0, 0, 0] };
    const pivot = this.#earMiddle(pose, crop);
    const rows = headRows(crop.landmarks).neck;
    const cells: { name: string; image: PixelImage }[] = [{ name: 'photograph', image: crop.image }];
    const iou = (yaw: number): number => {
      const shot = this.#stage.shoot(pose, orbitView(crop.camera, pivot, yaw));
      const own = { width: CROP_SIZE, height: CROP_SIZE, data: Uint8Array.from(shot.coverage, (value) => (value > 0.5 ? 1 : 0)) };
      const value = intersectionOverUnion(own, truths.get(yaw)!, rows);
      if (withSheet) cells.push({ name: `yaw ${yaw}: ${value.toFixed(3)}`, image: paintDifference(shot.image, own, truths.get(yaw)!, rows) });
      return value;
    };
    const figures = { front: iou(0), yaw20: (iou(-20) + iou(20)) / 2, yaw40: (iou(-40) + iou(40)) / 2 };
    return withSheet ? { figures, sheet: await contactSheet(cells) } : { figures };
  }

  /** The point between the ears, in camera space. */
  #earMiddle(pose: RigPose, { camera }: HeadCrop): [number, number, number] {
    const landmarks = this.#stage.landmarks(pose);
    const middle = [0, 1, 2].map((k) => EAR_LANDMARKS.reduce((sum, index) => sum + landmarks[index * 3 + k]! / 2, 0)) as [number, number, number];
    const turned = rotateVector(camera.cameraFromRigRotation, middle);
    return [0, 1, 2].map((k) => turned[k]! + camera.cameraFromRigTranslation[k]!) as [number, number, number];
  }

  dispose(): void {
    this.#stage.dispose();
  }
}

/** The person's own outlines on the portrait's head crop, by yaw. */
export function trueSilhouettes(truth: SyntheticTruth, portrait: AnalysedPortrait): Map<number, Mask> {
  const { camera } = cropHead(portrait);
  // Analysis crops and scales, and believes in a focal length of its own: both cameras look through the photograph's middle.
  const scale = camera.focalPixels / (FOCAL_OF_LONGER_SIDE * truth.size);
  return new Map(YAWS.map((yaw) => [yaw, truth.silhouette(yaw, { scale, middle: camera.principalPoint, size: CROP_SIZE })]));
}

/** Over the rows above `rowCount`; 0 where both are empty. */
export function intersectionOverUnion(a: Mask, b: Mask, rowCount = a.height): number {
  let both = 0;
  let either = 0;
  for (let i = 0; i < Math.min(a.height, Math.floor(rowCount)) * a.width; i++) {
    both += a.data[i]! & b.data[i]!;
    either += a.data[i]! | b.data[i]!;
  }
  return either === 0 ? 0 : both / either;
}

/** The render with what it has too much in red and what it lacks in blue. */
function paintDifference(image: PixelImage, own: Mask, truth: Mask, rowCount: number): PixelImage {
  const data = image.data.slice();
  for (let i = 0; i < Math.floor(rowCount) * own.width; i++) {
    if (own.data[i] === truth.data[i]) continue;
    data.set(own.data[i] === 1 ? [230, 60, 50] : [60, 110, 240], i * 3);
  }
  return { ...image, data };
}
