import sharp from 'sharp';
import { SeededRandom } from '../../shared/math/seededRandom.ts';
import { drawBackdrop } from './backdrop.ts';
import { orbitCamera } from './camera.ts';
import type { Camera } from './camera.ts';
import { FINE_LIGHT, LightField } from './lighting.ts';
import type { LightDetail } from './lighting.ts';
import { buildPerson } from './person.ts';
import type { PeopleSource, Person } from './person.ts';
import { renderScene, SUPERSAMPLING } from './renderScene.ts';
import type { LinearImage } from './renderScene.ts';
import type { Scene } from './scene.ts';
import { joinParts } from './scene.ts';
import { skinTint } from './skinTint.ts';
import { encodeSrgb } from './texture.ts';
import type { Traits } from './traits.ts';

/** Centre and radius, from between the eyes, of what the lights' depth maps cover: head and shoulders. */
const LIT_CENTER = [0, -0.1, -0.06] as const;
const LIT_RADIUS = 0.33;

export interface Photograph {
  readonly width: number;
  readonly height: number;
  /** sRGB, 8 bits a channel, [height, width, 3]. */
  readonly data: Uint8Array;
  readonly person: Person;
  readonly camera: Camera;
}

/** The square picture that the traits ask for. */
export function cameraOf(traits: Traits, size: number): Camera {
  return orbitCamera({
    target: [0, -0.045, -0.04], distance: traits.focal * traits.frameMeters, yaw: traits.cameraYaw, pitch: traits.cameraPitch,
    heightMeters: traits.frameMeters, width: size, height: size,
  });
}

/** A person under their lights: photographed from anywhere without posing again. */
export class Studio {
  readonly person: Person;
  readonly #traits: Traits;
  /** Everything in front of the camera, posed. */
  readonly scene: Scene;
  readonly #field: LightField;
  readonly #restPositions: Float32Array;

  private constructor(traits: Traits, person: Person, restPositions: Float32Array, light: LightDetail) {
    this.#restPositions = restPositions;
    this.#traits = traits;
    this.person = person;
    this.scene = joinParts(person.parts);
    this.#field = new LightField(this.scene, traits.light, new SeededRandom(traits.seed * 977 + 3), LIT_CENTER, LIT_RADIUS, light);
  }

  static async open(source: PeopleSource, traits: Traits, light: LightDetail = FINE_LIGHT): Promise<Studio> {
    // People look into the camera.
    const pose = { ...traits.pose, gazeYaw: 0.85 * (traits.cameraYaw - traits.pose.headYaw), gazePitch: -0.85 * (traits.cameraPitch + traits.pose.headPitch) };
    return new Studio(traits, await buildPerson(source, { ...traits, pose }), source.makehuman.base.positions, light);
  }

  /** The person alone, in linear light. Without `fineSkin` pores are left out. */
  render(camera: Camera, { supersampling = SUPERSAMPLING, fineSkin = true }: { supersampling?: number; fineSkin?: boolean } = {}): LinearImage {
    const traits = this.#traits;
    return renderScene(this.scene, camera, this.#field, {
      seed: traits.seed, style: traits.light, eyeballs: this.person.eyeballs, skinRelief: fineSkin ? 0.5 : 0, skinShine: 1.15,
      tintSkin: skinTint(traits, this.#restPositions),
    }, supersampling);
  }

  async shoot(camera: Camera): Promise<Photograph> {
    const traits = this.#traits;
    const image = this.render(camera);
    const backdrop = await drawBackdrop(traits.backdrop, traits.backdropHue, traits.seed, camera.width);
    const data = develop(image, backdrop, new SeededRandom(traits.seed * 31 + 17));
    return { width: image.width, height: image.height, data, person: this.person, camera };
  }
}

/** Photographs an invented person as their traits say. */
export async function photograph(source: PeopleSource, traits: Traits, size: number): Promise<Photograph> {
  return (await Studio.open(source, traits)).shoot(cameraOf(traits, size));
}

/** From linear light to a picture: backdrop, vignette, a gentle shoulder, grain. */
function develop(image: LinearImage, backdrop: Float32Array, random: SeededRandom): Uint8Array {
  const { width, height, color, alpha } = image;
  const out = new Uint8Array(width * height * 3);
  const grain = new Float32Array(width * height);
  for (let i = 0; i < grain.length; i++) grain[i] = random.normal();
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      const dx = x / width - 0.5;
      const dy = y / height - 0.5;
      const vignette = 1 - 0.35 * (dx * dx + dy * dy);
      // Neighbouring sensor cells share noise after demosaicing.
      const right = x + 1 < width ? grain[i + 1]! : 0;
      const below = y + 1 < height ? grain[i + width]! : 0;
      const noise = 0.5 * grain[i]! + 0.35 * right + 0.35 * below;
      for (let k = 0; k < 3; k++) {
        let value = (color[i * 3 + k]! + (1 - alpha[i]!) * backdrop[i * 3 + k]!) * vignette;
        value = shoulder(value);
        const encoded = encodeSrgb(value) * 255 + noise * (2.2 - 1.2 * value) * (k === 2 ? 1.3 : 1);
        out[i * 3 + k] = Math.min(255, Math.max(0, Math.round(encoded)));
      }
    }
  }
  return out;
}

/** Linear below 0.6, then bending towards 1. */
export function shoulder(value: number): number {
  return value <= 0.6 ? value : 0.6 + 0.4 * (1 - Math.exp(-(value - 0.6) / 0.4));
}

/** The photograph as a JPEG file. */
export function encodeJpeg(photo: Photograph, quality: number): Promise<Buffer> {
  return sharp(photo.data, { raw: { width: photo.width, height: photo.height, channels: 3 } }).jpeg({ quality, mozjpeg: true }).toBuffer();
}
