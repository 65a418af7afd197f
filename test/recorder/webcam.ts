import { AvatarRenderer } from '../../client/render/headless/avatarRenderer.ts';
import { BUST_FADE } from '../../client/render/stage/bustFade.ts';
import { fromYawPitchRoll, multiply, rotateVector } from '../../client/motion/rotation.ts';
import { SeededRandom } from '../../shared/math/seededRandom.ts';
import type { Rig } from '../../shared/rig/rig.ts';
import type { RigPose } from '../../shared/rig/rigPose.ts';
import type { BoundSplats } from '../../shared/splat/boundSplats.ts';
import type { PinholeCamera } from '../../shared/splat/projection.ts';

/** What the tracker sees of a 640 × 480 camera: `FaceTracker` shrinks the longer side to 480. */
export const WEBCAM_SIZE = { width: 480, height: 360 } as const;
/** Vertical field of view of a laptop's camera. */
const FIELD_OF_VIEW_RADIANS = (48 * Math.PI) / 180;
/** What the camera looks at, rig space, metres: a face sits a little above the middle of the picture. */
const TARGET = [0, -0.045, 0] as const;
/** A pixel's noise in indoor light, as cameras deliver it: standard deviation in levels of 255, of one channel and of all three together. */
const NOISE = { channel: 1, shared: 1.6 } as const;
/** Automatic exposure wanders by this share. */
const EXPOSURE_DRIFT = 0.012;

/** How a camera stands before somebody, and in what light. */
export interface WebcamPlace {
  readonly distanceMeters: number;
  /** Of the camera about the head, radians: positive yaw looks at the subject's left, positive pitch from above. */
  readonly yawRadians: number;
  readonly pitchRadians: number;
  /** Of the wall behind, sRGB. */
  readonly wall: readonly [number, number, number];
}

export function webcamPlace(seed: number): WebcamPlace {
  const random = new SeededRandom(seed * 13 + 3);
  const grey = random.between(70, 190);
  return {
    distanceMeters: random.between(0.46, 0.62), yawRadians: random.between(-0.14, 0.14), pitchRadians: random.between(-0.2, 0.06),
    wall: [grey * random.between(0.92, 1.05), grey, grey * random.between(0.92, 1.08)],
  };
}

/** Films an avatar as a webcam would film a person: wide lens, noise, an exposure that is never quite still. */
export class Webcam {
  readonly #renderer: AvatarRenderer;
  readonly #place: WebcamPlace;
  readonly #camera: PinholeCamera;
  readonly #noise: Noise;
  #frames = 0;

  constructor(rig: Rig, splats: BoundSplats, place: WebcamPlace, seed: number) {
    this.#renderer = new AvatarRenderer(rig);
    this.#renderer.setFade(...BUST_FADE);
    this.#renderer.setSplats(splats);
    this.#place = place;
    this.#camera = webcamCamera(place);
    this.#noise = new Noise(seed);
  }

  /** The next picture: RGBA, rows from the top. */
  take(pose: RigPose): Uint8Array {
    const { data } = this.#renderer.render({ pose, camera: this.#camera });
    const { width, height } = WEBCAM_SIZE;
    const seconds = this.#frames++ / 30;
    const exposure = 1 + EXPOSURE_DRIFT * Math.sin(2 * Math.PI * 0.31 * seconds) * Math.sin(2 * Math.PI * 0.083 * seconds + 1);
    this.#noise.turn();
    for (let y = 0, at = 0; y < height; y++) {
      // Light falls from above: the wall darkens downwards.
      const shade = 1.08 - (0.3 * y) / height;
      for (let x = 0; x < width; x++, at += 4) {
        const through = 1 - data[at + 3]! / 255;
        const shared = this.#noise.next() * NOISE.shared;
        for (let k = 0; k < 3; k++) {
          const light = (data[at + k]! + through * this.#place.wall[k]! * shade) * exposure;
          data[at + k] = Math.min(255, Math.max(0, Math.round(light + shared + this.#noise.next() * NOISE.channel)));
        }
        data[at + 3] = 255;
      }
    }
    return data;
  }

  dispose(): void {
    this.#renderer.dispose();
  }
}

function webcamCamera({ distanceMeters, yawRadians, pitchRadians }: WebcamPlace): PinholeCamera {
  const { width, height } = WEBCAM_SIZE;
  const cameraFromRigRotation = multiply(fromYawPitchRoll(0, pitchRadians, 0), fromYawPitchRoll(-yawRadians, 0, 0));
  const turned = rotateVector(cameraFromRigRotation, TARGET);
  return {
    cameraFromRigRotation, cameraFromRigTranslation: [-turned[0], -turned[1], -turned[2] - distanceMeters],
    focalPixels: height / 2 / Math.tan(FIELD_OF_VIEW_RADIANS / 2), principalPoint: [width / 2, height / 2], width, height,
  };
}

/** Normal noise, seeded: a table drawn once, begun at another place each picture. */
class Noise {
  readonly #table = new Float32Array(1 << 16);
  readonly #random: SeededRandom;
  #at = 0;
  #stride = 1;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
    for (let i = 0; i < this.#table.length; i++) this.#table[i] = this.#random.normal();
  }

  turn(): void {
    this.#at = this.#random.integer(this.#table.length);
    this.#stride = 1 + 2 * this.#random.integer(this.#table.length / 2);
  }

  next(): number {
    this.#at = (this.#at + this.#stride) & (this.#table.length - 1);
    return this.#table[this.#at]!;
  }
}
