import type { AvatarMaker } from '../../server/generator/avatarMaker.ts';
import type { AnalysedPortrait, PixelImage } from '../../server/perception/analysedPortrait.ts';
import type { RigPose } from '../../shared/rig/rigPose.ts';
import { AvatarDecoder, decodeAvatar } from '../../shared/splat/codec/avatarDecoder.ts';
import { AvatarStage, overBackground } from './avatarStage.ts';
import type { ReadShot, Shot } from './avatarStage.ts';
import { contactSheet } from './contactSheet.ts';
import { eyeOpening, meanLandmarkDistance, mouthGap } from './faceMeasures.ts';
import { CROP_SIZE, FRONT_CAMERA, WIDE_CAMERA, cropHead, orbit } from './headCrop.ts';
import type { HeadCrop } from './headCrop.ts';
import { headFigures } from './headFigures.ts';
import type { HeadFigures } from './headFigures.ts';
import { holePercent } from './holes.ts';
import type { IdentityModel } from './identityModel.ts';
import { cosine } from './identityModel.ts';
import { followMotions } from './motionFollowing.ts';
import type { MotionFigures } from './motionFollowing.ts';
import { poseOf } from './motions.ts';

/** Figures of one avatar; null where the landmark model found no face to read them off. */
export interface AvatarFigures extends HeadFigures, MotionFigures {
  readonly csim: number;
  readonly csimYaw20: number;
  /** Of the avatar's first 50,000 bytes; null where they hold no splats yet. */
  readonly prefix50kCsim: number | null;
  readonly akdPixels: number | null;
  readonly holePercent20: number;
  readonly holePercent40: number;
  /** With the head turned, not the camera: seams open where the neck twists. */
  readonly holePercentTurned: number;
  readonly blinkRatio: number | null;
  readonly mouthGap: number | null;
  readonly splats: number;
  readonly bytes: number;
  /** Renders in which no face was found. */
  readonly unread: number;
}

/** What every avatar of one portrait is held against; found out once. */
export interface PortraitReference {
  readonly portrait: AnalysedPortrait;
  readonly crop: HeadCrop;
  /** As read off the crop, the way renders are read, [478, 3]. */
  readonly landmarks: Float32Array;
  readonly likeness: Float32Array;
}

const SHEET_BACKGROUND = [66, 72, 82] as const;
const SMILE = { mouthSmileLeft: 0.8, mouthSmileRight: 0.8, cheekSquintLeft: 0.3, cheekSquintRight: 0.3 };
export const PREFIX_BYTES = 50_000;
const STILL = { yaw: 0, pitch: 0, roll: 0, weights: {} };
/** Head turns at which cracks are looked for, degrees. */
const TURNS = [['left', 32, 0], ['right', -32, 0], ['down', 0, 18], ['up', 0, -18]] as const;

/** Measures avatars against the portraits they were made of. */
export class PortraitEvaluator {
  readonly #maker: AvatarMaker;
  readonly #identity: IdentityModel;
  readonly #stage: AvatarStage;

  constructor(maker: AvatarMaker, identity: IdentityModel) {
    this.#maker = maker;
    this.#identity = identity;
    this.#stage = new AvatarStage(maker);
  }

  async reference(portrait: AnalysedPortrait): Promise<PortraitReference> {
    const crop = cropHead(portrait);
    const landmarks = await this.#stage.readImage(crop.image, crop.landmarks) ?? crop.landmarks;
    return { portrait, crop, landmarks, likeness: await this.#identity.embed(crop.image, landmarks) };
  }

  /**
   * Sends an avatar's file through the decoder and measures it.
   * @param title written over the portrait on the contact sheet; none is made without
   */
  async measure(reference: PortraitReference, bytes: Uint8Array, title?: string): Promise<{ figures: AvatarFigures; sheet?: Buffer }> {
    const { rig, perception } = this.#maker;
    const { crop, portrait: { fit } } = reference;
    const stage = this.#stage;
    const splats = decodeAvatar(bytes, { faceCount: rig.faceCount, hash: rig.hash });
    const fittedPose: RigPose = { blendshapeWeights: fit.blendshapeWeights, headRotation: fit.headRotation, headPositionMeters: [0, 0, 0] };
    const prefix = await this.#shootPrefix(bytes, fittedPose, crop);
    stage.show(splats);

    const fitted = await stage.read(fittedPose, crop.camera);
    const turned = new Map<number, ReadShot>();
    for (const yaw of [-20, 20]) turned.set(yaw, await stage.read(fittedPose, orbit(crop.camera, yaw, 0)));
    const aside = new Map<number, Shot>([-40, 40].map((yaw) => [yaw, stage.shoot(fittedPose, orbit(crop.camera, yaw, 0))]));
    const headTurned = TURNS.map(([name, yaw, pitch]) => ({ name: `head ${name}`, shot: stage.shoot(poseOf({ yaw, pitch, roll: 0, weights: {} }), WIDE_CAMERA) }));

    const rest = await stage.read(poseOf(STILL), FRONT_CAMERA);
    const blink = await stage.read(poseOf({ ...STILL, weights: { eyeBlinkLeft: 1, eyeBlinkRight: 1 } }), FRONT_CAMERA);
    const open = await stage.read(poseOf({ ...STILL, weights: { jawOpen: 1 } }), FRONT_CAMERA);
    const motion = await followMotions(stage, perception, rest);

    const figures: AvatarFigures = {
      csim: await this.#compare(reference, fitted),
      csimYaw20: (await this.#compare(reference, turned.get(20)!) + await this.#compare(reference, turned.get(-20)!)) / 2,
      prefix50kCsim: prefix === undefined ? null : await this.#compare(reference, prefix),
      ...headFigures(crop, fitted.image),
      akdPixels: fitted.landmarks === undefined ? null : meanLandmarkDistance(reference.landmarks, fitted.landmarks),
      ...motion,
      holePercent20: meanHoles([...turned.values()]), holePercent40: meanHoles([...aside.values()]),
      holePercentTurned: meanHoles(headTurned.map(({ shot }) => shot)),
      blinkRatio: rest.landmarks === undefined || blink.landmarks === undefined ? null : eyeOpening(blink.landmarks) / eyeOpening(rest.landmarks),
      mouthGap: open.landmarks === undefined ? null : mouthGap(open.landmarks),
      splats: splats.count, bytes: bytes.length, unread: stage.unread,
    };
    if (title === undefined) return { figures };
    const show = (name: string, { picture }: Shot): { name: string; image: PixelImage } =>
      ({ name, image: overBackground(picture, { width: CROP_SIZE, height: CROP_SIZE }, SHEET_BACKGROUND) });
    const front = (name: string, pose: Parameters<typeof poseOf>[0]): { name: string; image: PixelImage } => show(name, stage.shoot(poseOf(pose), FRONT_CAMERA));
    return { figures, sheet: await contactSheet([
      { name: title, image: crop.image }, show('fitted', fitted),
      show('yaw -40', aside.get(-40)!), show('yaw -20', turned.get(-20)!), show('yaw 20', turned.get(20)!), show('yaw 40', aside.get(40)!),
      show('neutral', rest), front('smile', { ...STILL, weights: SMILE }), show('jawOpen 1', open), show('blink 1', blink),
      show('pitch 20', stage.shoot(fittedPose, orbit(crop.camera, 0, 20))),
      front('yaw 30, jawOpen 0.5', { ...STILL, yaw: 30, weights: { ...SMILE, jawOpen: 0.5 } }),
      ...headTurned.map(({ name, shot }) => show(name, shot)), ...prefix === undefined ? [] : [show('first 50 KB', prefix)],
      show('pitch -15', stage.shoot(fittedPose, orbit(crop.camera, 0, -15))),
    ]) };
  }

  /** The fitted view when no more than the file's first `PREFIX_BYTES` have arrived, as the client draws it then. */
  async #shootPrefix(bytes: Uint8Array, pose: RigPose, crop: HeadCrop): Promise<ReadShot | undefined> {
    const decoder = new AvatarDecoder({ faceCount: this.#maker.rig.faceCount, hash: this.#maker.rig.hash });
    decoder.push(bytes.subarray(0, PREFIX_BYTES));
    if (decoder.splats === undefined || decoder.decodedCount === 0) return undefined;
    this.#stage.show(decoder.splats, decoder.decodedCount);
    return this.#stage.read(pose, crop.camera);
  }

  /** Cosine of the identities; a render without a face counts 0. */
  async #compare({ likeness }: PortraitReference, shot: ReadShot): Promise<number> {
    return shot.landmarks === undefined ? 0 : cosine(likeness, await this.#identity.embed(shot.image, shot.landmarks));
  }

  dispose(): void {
    this.#stage.dispose();
  }
}

function meanHoles(shots: readonly Shot[]): number {
  return shots.reduce((sum, { coverage }) => sum + holePercent(coverage, CROP_SIZE, CROP_SIZE), 0) / shots.length;
}
