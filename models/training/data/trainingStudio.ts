import sharp from 'sharp';
import { SeededRandom } from '../../../shared/math/seededRandom.ts';
import { drawBackdrop } from '../../people/backdrop.ts';
import type { Camera } from '../../people/camera.ts';
import type { PeopleSource } from '../../people/person.ts';
import { cameraOf, shoulder, Studio } from '../../people/photograph.ts';
import type { LinearImage } from '../../people/renderScene.ts';
import { encodeSrgb } from '../../people/texture.ts';
import type { CameraNoise, TrainingPerson } from './trainingTraits.ts';

/** Light and samples of a training picture: coarser than for show, a third of the time. */
const TRAINING_LIGHT = { ambientSamples: 16, softSamples: 12, mapSize: 256 } as const;

export interface TrainingPhoto {
  readonly studio: Studio;
  readonly camera: Camera;
  /** A JPEG file as somebody would upload it. */
  readonly jpeg: Buffer;
  readonly size: number;
  /** Share of each pixel that the person fills, [coverageSize, coverageSize]. */
  readonly coverage: Float32Array;
  readonly coverageSize: number;
}

/** Photographs a training person, camera noise and all. The same bytes for the same person and size. */
export async function takeTrainingPhoto(source: PeopleSource, { traits, noise }: TrainingPerson, size: number): Promise<TrainingPhoto> {
  const studio = await Studio.open(source, traits, TRAINING_LIGHT);
  const camera = cameraOf(traits, size);
  // A little more samples than pixels each way, brought down by a good filter.
  const fine = Math.round(size * 1.15);
  const image = studio.render(scaleCamera(camera, fine / size), { supersampling: 1 });
  const backdrop = await drawBackdrop(traits.backdrop, traits.backdropHue, traits.seed, fine);
  const clean = develop(image, noise, backdrop);
  let picture = sharp(clean, { raw: { width: fine, height: fine, channels: 3 } }).resize(size, size, { kernel: 'mitchell' });
  if (noise.blurPixels >= 0.3) picture = picture.blur(noise.blurPixels);
  const pixels = await picture.raw().toBuffer();
  addGrain(pixels, size, noise.grain, new SeededRandom(traits.seed * 31 + 17));
  const jpeg = await sharp(pixels, { raw: { width: size, height: size, channels: 3 } }).jpeg({ quality: noise.jpegQuality }).toBuffer();
  return { studio, camera, jpeg, size, coverage: image.alpha, coverageSize: fine };
}

export function scaleCamera(camera: Camera, factor: number): Camera {
  return {
    ...camera, width: Math.round(camera.width * factor), height: Math.round(camera.height * factor), focalPixels: camera.focalPixels * factor,
    principalPoint: [camera.principalPoint[0] * factor, camera.principalPoint[1] * factor],
  };
}

/** sRGB byte of a linear value in [0, 1] after the shoulder, by a table fine enough for bytes. */
const TABLE_SIZE = 16_384;
const ENCODED = Uint8Array.from({ length: TABLE_SIZE + 1 }, (_, i) => Math.round(255 * encodeSrgb((i / TABLE_SIZE) ** 2)));

function encodeByte(linear: number): number {
  return ENCODED[Math.round(TABLE_SIZE * Math.sqrt(Math.min(1, Math.max(0, shoulder(linear)))))]!;
}

/** From linear light to sRGB bytes, over a backdrop. */
export function develop(image: LinearImage, noise: Pick<CameraNoise, 'gain' | 'vignette'>, backdrop: Float32Array): Uint8Array {
  const { width, height, color, alpha } = image;
  const out = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      const dx = x / width - 0.5;
      const dy = y / height - 0.5;
      const vignette = 1 - noise.vignette * (dx * dx + dy * dy);
      const behind = 1 - alpha[i]!;
      for (let k = 0; k < 3; k++) {
        out[i * 3 + k] = encodeByte((color[i * 3 + k]! + behind * backdrop[i * 3 + k]!) * vignette * noise.gain[k]!);
      }
    }
  }
  return out;
}

/** The person's own colours, wherever they cover anything of a pixel; black elsewhere. */
export function developPerson(image: LinearImage, noise: Pick<CameraNoise, 'gain'>): Uint8Array {
  const { color, alpha } = image;
  const out = new Uint8Array(color.length);
  for (let i = 0; i < alpha.length; i++) {
    if (alpha[i]! < 0.02) continue;
    for (let k = 0; k < 3; k++) out[i * 3 + k] = encodeByte((color[i * 3 + k]! / alpha[i]!) * noise.gain[k]!);
  }
  return out;
}

function addGrain(pixels: Buffer, size: number, grain: number, random: SeededRandom): void {
  const noise = new Float32Array(size * size);
  for (let i = 0; i < noise.length; i++) noise[i] = random.normal();
  for (let i = 0; i < noise.length; i++) {
    // Neighbouring sensor cells share noise after demosaicing.
    const shared = 0.5 * noise[i]! + 0.35 * (noise[i + 1] ?? 0) + 0.35 * (noise[i + size] ?? 0);
    for (let k = 0; k < 3; k++) {
      pixels[i * 3 + k] = Math.min(255, Math.max(0, Math.round(pixels[i * 3 + k]! + grain * shared * (k === 2 ? 1.3 : 1))));
    }
  }
}
