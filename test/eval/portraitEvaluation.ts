import { basename } from 'node:path';
import { AvatarRenderer } from '../../client/render/headless/avatarRenderer.ts';
import type { AvatarMaker, GeneratorName } from '../../server/generator/avatarMaker.ts';
import type { PixelImage } from '../../server/perception/analysedPortrait.ts';
import { BLENDSHAPE_COUNT } from '../../shared/rig/blendshapes.ts';
import type { RigPose } from '../../shared/rig/rigPose.ts';
import type { NeutralHead } from '../../shared/rig/skinning.ts';
import { neutralHead, poseVertices } from '../../shared/rig/skinning.ts';
import { conjugate, multiplyQuaternions } from '../../shared/fit/rotation.ts';
import { decodeAvatar } from '../../shared/splat/codec/avatarDecoder.ts';
import type { PinholeCamera } from '../../shared/splat/projection.ts';
import { contactSheet } from './contactSheet.ts';
import { eyeOpening, faceOval, meanLandmarkDistance, mouthGap } from './faceMeasures.ts';
import { CROP_SIZE, FRONT_CAMERA, cropHead, orbit } from './headCrop.ts';
import type { HeadCrop } from './headCrop.ts';
import { holePercent } from './holes.ts';
import type { IdentityModel } from './identityModel.ts';
import { cosine } from './identityModel.ts';
import { MOTIONS, poseOf, rotationOf, weightsOf } from './motions.ts';
import { psnr, ssim } from './pictureMetrics.ts';
import type { Mask } from './plane.ts';
import { polygonMask } from './plane.ts';
import { angleBetween, readRotation } from './rotationReading.ts';

/** Figures of one avatar; null where the landmark model found no face to read them off. */
export interface PortraitFigures {
  readonly portrait: string;
  readonly generator: string;
  readonly csim: number;
  readonly csimYaw20: number;
  readonly psnrFace: number;
  readonly psnr: number;
  readonly ssim: number;
  /** As `psnr`, shoulders and clothes included. */
  readonly psnrBust: number;
  readonly akdPixels: number | null;
  readonly apdDegrees: number | null;
  readonly aed: number | null;
  readonly holePercent20: number;
  readonly holePercent40: number;
  readonly blinkRatio: number | null;
  readonly mouthGap: number | null;
  readonly splats: number;
  readonly bytes: number;
  readonly milliseconds: number;
  readonly reprojectionErrorPercent: number;
  /** Renders in which no face was found. */
  readonly unread: number;
}

/** Behind renders that models look at: mid-grey, so that gaps cost and nothing flatters. */
const BACKGROUND = 128;
const SHEET_BACKGROUND = [66, 72, 82] as const;
/** Below this the landmark model itself says that it sees no face. */
const MIN_PRESENCE = 0.5;
const SMILE = { mouthSmileLeft: 0.8, mouthSmileRight: 0.8, cheekSquintLeft: 0.3, cheekSquintRight: 0.3 };

export class PortraitEvaluator {
  readonly #maker: AvatarMaker;
  readonly #identity: IdentityModel;
  readonly #renderer: AvatarRenderer;

  constructor(maker: AvatarMaker, identity: IdentityModel) {
    this.#maker = maker;
    this.#identity = identity;
    this.#renderer = new AvatarRenderer(maker.rig);
  }

  /**
   * Makes an avatar of a portrait, sends it through its file format and measures it.
   * @throws {StippleError} the portrait's refusal
   */
  async evaluate(file: string, bytes: Uint8Array, generator: GeneratorName, withSheet: boolean): Promise<{ figures: PortraitFigures; sheet?: Buffer }> {
    const { rig, perception } = this.#maker;
    const made = await this.#maker.make(bytes, { generator, seed: 1, signal: new AbortController().signal });
    const { portrait } = made;
    const splats = decodeAvatar(made.bytes, { faceCount: rig.faceCount, hash: rig.hash });
    this.#renderer.setSplats(splats);
    const neutral = neutralHead(rig, splats.header.identityCoefficients);
    const crop = cropHead(portrait);
    const fittedPose: RigPose = { blendshapeWeights: portrait.fit.blendshapeWeights, headRotation: portrait.fit.headRotation, headPositionMeters: [0, 0, 0] };
    let unread = 0;
    const read = async (image: PixelImage, guess: Float32Array): Promise<Float32Array | undefined> => {
      const first = await perception.refineLandmarks(image, guess);
      const { landmarks, presence } = await perception.refineLandmarks(image, first.landmarks);
      if (presence >= MIN_PRESENCE) return landmarks;
      unread++;
      return undefined;
    };
    const shoot = async (pose: RigPose, camera: PinholeCamera): Promise<Shot> => {
      const picture = this.#renderer.render({ pose, camera });
      const image = over(picture.data, BACKGROUND, BACKGROUND, BACKGROUND);
      return { coverage: coverageOf(picture.data), picture: picture.data, image, landmarks: await read(image, this.#projectLandmarks(neutral, pose, camera)) };
    };

    const fitted = await shoot(fittedPose, crop.camera);
    const portraitLandmarks = await read(crop.image, crop.landmarks) ?? crop.landmarks;
    const likeness = await this.#identity.embed(crop.image, portraitLandmarks);
    const compare = async (shot: Shot): Promise<number> =>
      (shot.landmarks === undefined ? 0 : cosine(likeness, await this.#identity.embed(shot.image, shot.landmarks)));
    const turned = new Map<number, Shot>();
    for (const yaw of [-40, -20, 20, 40]) turned.set(yaw, await shoot(fittedPose, orbit(crop.camera, yaw, 0)));
    const holes = (yaw: number): number => (holePercent(turned.get(yaw)!.coverage, CROP_SIZE, CROP_SIZE) + holePercent(turned.get(-yaw)!.coverage, CROP_SIZE, CROP_SIZE)) / 2;

    const still = poseOf({ yaw: 0, pitch: 0, roll: 0, weights: {} });
    const rest = await shoot(still, FRONT_CAMERA);
    const blink = await shoot(poseOf({ yaw: 0, pitch: 0, roll: 0, weights: { eyeBlinkLeft: 1, eyeBlinkRight: 1 } }), FRONT_CAMERA);
    const open = await shoot(poseOf({ yaw: 0, pitch: 0, roll: 0, weights: { jawOpen: 1 } }), FRONT_CAMERA);
    const { apdDegrees, aed } = await this.#follow(neutral, rest, shoot);

    const figures: PortraitFigures = {
      portrait: basename(file), generator,
      csim: await compare(fitted),
      csimYaw20: (await compare(turned.get(20)!) + await compare(turned.get(-20)!)) / 2,
      ...measurePictures(crop, fitted.image),
      akdPixels: fitted.landmarks === undefined ? null : meanLandmarkDistance(portraitLandmarks, fitted.landmarks),
      apdDegrees, aed,
      holePercent20: holes(20), holePercent40: holes(40),
      blinkRatio: rest.landmarks === undefined || blink.landmarks === undefined ? null : eyeOpening(blink.landmarks) / eyeOpening(rest.landmarks),
      mouthGap: open.landmarks === undefined ? null : mouthGap(open.landmarks),
      splats: splats.count, bytes: made.bytes.length, milliseconds: Math.round(made.milliseconds),
      reprojectionErrorPercent: portrait.reprojectionErrorPercent, unread,
    };
    if (!withSheet) return { figures };
    const show = (shot: Shot): PixelImage => over(shot.picture, ...SHEET_BACKGROUND);
    const smile: RigPose = poseOf({ yaw: 0, pitch: 0, roll: 0, weights: SMILE });
    const cells = [
      { name: basename(file), image: crop.image }, { name: 'fitted', image: show(fitted) },
      ...[-40, -20, 20, 40].map((yaw) => ({ name: `yaw ${yaw}`, image: show(turned.get(yaw)!) })),
      { name: 'neutral', image: show(rest) }, { name: 'smile', image: show(await shoot(smile, FRONT_CAMERA)) },
      { name: 'jawOpen 1', image: show(open) }, { name: 'blink 1', image: show(blink) },
      { name: 'pitch 20', image: show(await shoot(fittedPose, orbit(crop.camera, 0, 20))) },
      { name: 'yaw 30, jawOpen 0.5', image: show(await shoot(poseOf({ yaw: 30, pitch: 0, roll: 0, weights: { ...SMILE, jawOpen: 0.5 } }), FRONT_CAMERA)) },
    ];
    return { figures, sheet: await contactSheet(cells) };
  }

  /**
   * The ten motions. Both errors are against the neutral render's own reading, so that what the models always say about
   * this face (a squint, a lowered brow) is not held against the motion.
   */
  async #follow(neutral: NeutralHead, rest: Shot, shoot: (pose: RigPose, camera: PinholeCamera) => Promise<Shot>): Promise<{ apdDegrees: number | null; aed: number | null }> {
    if (rest.landmarks === undefined) return { apdDegrees: null, aed: null };
    const still = this.#landmarksOf(neutral, poseOf({ yaw: 0, pitch: 0, roll: 0, weights: {} }));
    const restRotation = readRotation(still, rest.landmarks, FRONT_CAMERA);
    const restWeights = await this.#maker.perception.estimateBlendshapes(rest.landmarks);
    let angles = 0;
    let differences = 0;
    let readable = 0;
    for (const motion of MOTIONS) {
      const { landmarks } = await shoot(poseOf(motion), FRONT_CAMERA);
      if (landmarks === undefined) continue;
      readable++;
      const turn = multiplyQuaternions(readRotation(still, landmarks, FRONT_CAMERA), conjugate(restRotation));
      angles += angleBetween(turn, rotationOf(motion));
      const weights = restWeights === undefined ? undefined : await this.#maker.perception.estimateBlendshapes(landmarks);
      if (weights === undefined) continue;
      const asked = weightsOf(motion.weights);
      // tongueOut, the last one, is not in MediaPipe's model.
      for (let k = 0; k < BLENDSHAPE_COUNT - 1; k++) {
        differences += Math.abs(asked[k]! - Math.max(0, weights[k]! - restWeights![k]!)) / (BLENDSHAPE_COUNT - 1);
      }
    }
    if (readable === 0) return { apdDegrees: null, aed: null };
    return { apdDegrees: angles / readable, aed: restWeights === undefined ? null : differences / readable };
  }

  /** The rig's landmarks in a pose, metres, [478, 3]. */
  #landmarksOf(neutral: NeutralHead, pose: RigPose): Float32Array {
    const { rig } = this.#maker;
    const vertices = new Float32Array(rig.vertexCount * 3);
    poseVertices(rig, neutral, pose, vertices);
    const { faces, barycentrics } = rig.landmarks;
    const out = new Float32Array(faces.length * 3);
    for (let i = 0; i < faces.length; i++) {
      for (let corner = 0; corner < 3; corner++) {
        const vertex = rig.faces[faces[i]! * 3 + corner]!;
        for (let k = 0; k < 3; k++) out[i * 3 + k]! += barycentrics[i * 3 + corner]! * vertices[vertex * 3 + k]!;
      }
    }
    return out;
  }

  /** Where the rig's landmarks are in a picture: the first guess of where to look. */
  #projectLandmarks(neutral: NeutralHead, pose: RigPose, camera: PinholeCamera): Float32Array {
    const out = this.#landmarksOf(neutral, pose);
    const [x, y, z, w] = camera.cameraFromRigRotation;
    const t = camera.cameraFromRigTranslation;
    for (let i = 0; i < out.length; i += 3) {
      const [px, py, pz] = [out[i]!, out[i + 1]!, out[i + 2]!];
      const ux = 2 * (y * pz - z * py);
      const uy = 2 * (z * px - x * pz);
      const uz = 2 * (x * py - y * px);
      const depth = -(pz + w * uz + x * uy - y * ux + t[2]);
      const scale = camera.focalPixels / depth;
      out[i] = camera.principalPoint[0] + scale * (px + w * ux + y * uz - z * uy + t[0]);
      out[i + 1] = camera.principalPoint[1] - scale * (py + w * uy + z * ux - x * uz + t[1]);
      out[i + 2] = 0;
    }
    return out;
  }

  dispose(): void {
    this.#renderer.dispose();
  }
}

interface Shot {
  /** Premultiplied RGBA. */
  readonly picture: Uint8Array;
  readonly coverage: Float32Array;
  readonly image: PixelImage;
  readonly landmarks: Float32Array | undefined;
}

function coverageOf(rgba: Uint8Array): Float32Array {
  return Float32Array.from({ length: rgba.length / 4 }, (_, i) => rgba[i * 4 + 3]! / 255);
}

function over(rgba: Uint8Array, ...background: readonly [number, number, number]): PixelImage {
  const data = new Uint8Array((rgba.length / 4) * 3);
  for (let i = 0; i < rgba.length / 4; i++) {
    const through = 1 - rgba[i * 4 + 3]! / 255;
    for (let k = 0; k < 3; k++) data[i * 3 + k] = Math.min(255, Math.round(rgba[i * 4 + k]! + through * background[k]!));
  }
  return { width: CROP_SIZE, height: CROP_SIZE, data };
}

/** How far below the chin the head's neck reaches, in heights of the face oval. */
const NECK_SHARE = 0.2;

/**
 * Face oval; head (the matte above the chin, hair and all, and under it the neck as wide as the face); head and bust
 * (the whole matte).
 */
function measurePictures(crop: HeadCrop, rendered: PixelImage): Pick<PortraitFigures, 'psnrFace' | 'psnr' | 'ssim' | 'psnrBust'> {
  const oval = faceOval(crop.landmarks);
  const face = polygonMask(CROP_SIZE, CROP_SIZE, oval);
  const xs = oval.map(([x]) => x);
  const ys = oval.map(([, y]) => y);
  const [left, right] = [Math.min(...xs), Math.max(...xs)];
  const chin = Math.max(...ys);
  const lowest = chin + NECK_SHARE * (chin - Math.min(...ys));
  const head: Mask = { ...crop.matte, data: crop.matte.data.map((inside, i) => {
    const x = i % CROP_SIZE;
    const y = Math.floor(i / CROP_SIZE);
    return y < chin || (y < lowest && x > left && x < right) ? inside : 0;
  }) };
  return {
    psnrFace: psnr(crop.image, rendered, face), psnr: psnr(crop.image, rendered, head), ssim: ssim(crop.image, rendered, head),
    psnrBust: psnr(crop.image, rendered, crop.matte),
  };
}
