import { join } from 'node:path';
import { InferenceSession } from '../inference/session.ts';
import type { PixelImage } from './analysedPortrait.ts';
import { guidedUpsample, type Plane } from './guidedUpsample.ts';
import { halveImage, resampleImage } from './resample.ts';
import type { ImageRectangle } from './pixelImage.ts';

const MODEL_SIZE = 256;
/** Longer side of the plane on which the model's answers are joined and refined. */
const COARSE_SIDE = 320;

/** Tells the person from the background: MediaPipe's selfie segmentation, refined to the image's own edges. */
export class PersonMatte {
  private readonly session: InferenceSession;

  private constructor(session: InferenceSession) {
    this.session = session;
  }

  /** @throws {StippleError} `MODEL_MISSING`. */
  static async load(modelsFolder: string): Promise<PersonMatte> {
    return new PersonMatte(await InferenceSession.load(join(modelsFolder, 'personMatte.onnx'), {
      inputs: { image: [1, MODEL_SIZE, MODEL_SIZE, 3] }, outputs: { matte: [1, MODEL_SIZE, MODEL_SIZE, 1] },
    }));
  }

  /**
   * @param head where the head with its hair is, in pixels; there the model looks a second time, closer
   * @returns 0 (background) to 255 (person), [height, width]
   */
  async estimate(image: PixelImage, head?: ImageRectangle): Promise<Uint8Array> {
    const scale = Math.min(1, COARSE_SIDE / Math.max(image.width, image.height));
    const [width, height] = [Math.max(2, Math.round(image.width * scale)), Math.max(2, Math.round(image.height * scale))];
    const whole = { x: 0, y: 0, width: image.width, height: image.height };
    // What the model and the guide need is far below the image's resolution: start from a cheap half.
    const shrink = Math.max(image.width, image.height) >= 4 * MODEL_SIZE ? 2 : 1;
    const small = shrink === 2 ? halveImage(image) : image;
    const inSmall = ({ x, y, width: w, height: h }: ImageRectangle) => ({ x: x / shrink, y: y / shrink, width: w / shrink, height: h / shrink });
    let coarse = resizePlane(await this.look(small, inSmall(whole)), width, height);
    if (head && head.width * head.height < 0.7 * image.width * image.height) coarse = this.blend(coarse, await this.look(small, inSmall(head)), head, scale);
    const guide = resampleImage(small, inSmall(whole), width, height);
    const refined = guidedUpsample({ width, height, data: keepMainPerson(coarse, head, scale) }, guide, image, { radius: 5, reach: 3, epsilon: 2e-4 });
    const matte = new Uint8Array(refined.data.length);
    for (let i = 0; i < matte.length; i++) {
      const t = Math.min(1, Math.max(0, (refined.data[i]! - 0.08) / 0.84));
      matte[i] = Math.round(255 * t * t * (3 - 2 * t));
    }
    return matte;
  }

  private async look(image: PixelImage, rectangle: ImageRectangle): Promise<Plane> {
    const pixels = resampleImage(image, rectangle, MODEL_SIZE, MODEL_SIZE);
    const input = new Float32Array(pixels.data.length);
    for (let i = 0; i < input.length; i++) input[i] = pixels.data[i]! / 255;
    const { matte } = await this.session.run({ image: input }) as { matte: Float32Array };
    return { width: MODEL_SIZE, height: MODEL_SIZE, data: matte };
  }

  /** Lays the closer look over the whole, fading at its borders: there the model has seen too little around. */
  private blend(coarse: Plane, closer: Plane, head: ImageRectangle, scale: number): Plane {
    const data = coarse.data.slice();
    const fade = 0.12;
    for (let y = 0; y < coarse.height; y++) {
      const v = ((y + 0.5) / scale - head.y) / head.height;
      if (v <= 0 || v >= 1) continue;
      for (let x = 0; x < coarse.width; x++) {
        const u = ((x + 0.5) / scale - head.x) / head.width;
        if (u <= 0 || u >= 1) continue;
        // Only where the rectangle ends inside the picture is there anything to fade to.
        const edge = Math.min(head.x <= 0 ? 1 : u, 1 - u, head.y <= 0 ? 1 : v, 1 - v) / fade;
        const weight = Math.min(1, edge);
        const at = y * coarse.width + x;
        data[at] = data[at]! * (1 - weight) + sample(closer, u * closer.width - 0.5, v * closer.height - 0.5) * weight;
      }
    }
    return { width: coarse.width, height: coarse.height, data };
  }

  async dispose(): Promise<void> {
    await this.session.dispose();
  }
}

function sample(plane: Plane, x: number, y: number): number {
  const u = Math.min(plane.width - 1, Math.max(0, x));
  const v = Math.min(plane.height - 1, Math.max(0, y));
  const [column, row] = [Math.min(plane.width - 2, Math.floor(u)), Math.min(plane.height - 2, Math.floor(v))];
  const [fx, fy] = [u - column, v - row];
  const at = row * plane.width + column;
  const { data } = plane;
  return (data[at]! * (1 - fx) + data[at + 1]! * fx) * (1 - fy) + (data[at + plane.width]! * (1 - fx) + data[at + plane.width + 1]! * fx) * fy;
}

function resizePlane(plane: Plane, width: number, height: number): Plane {
  const data = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) data[y * width + x] = sample(plane, ((x + 0.5) / width) * plane.width - 0.5, ((y + 0.5) / height) * plane.height - 0.5);
  }
  return { width, height, data };
}

/**
 * Zero wherever the matte does not hang together with the face: other people and what the model takes for one. Without
 * a known head the largest connected part stays.
 */
function keepMainPerson(plane: Plane, head: ImageRectangle | undefined, scale: number): Float32Array {
  const { width, height, data } = plane;
  const labels = new Int32Array(width * height);
  const sizes = [0];
  const stack: number[] = [];
  for (let seed = 0; seed < labels.length; seed++) {
    if (labels[seed] !== 0 || data[seed]! < 0.3) continue;
    const label = sizes.length;
    sizes.push(0);
    labels[seed] = label;
    stack.push(seed);
    while (stack.length > 0) {
      const at = stack.pop()!;
      sizes[label] = sizes[label]! + 1;
      const x = at % width;
      for (const next of [at - width, at + width, x > 0 ? at - 1 : -1, x < width - 1 ? at + 1 : -1]) {
        if (next < 0 || next >= labels.length || labels[next] !== 0 || data[next]! < 0.3) continue;
        labels[next] = label;
        stack.push(next);
      }
    }
  }
  let main = sizes.indexOf(Math.max(...sizes));
  if (head) {
    const at = Math.min(height - 1, Math.round((head.y + head.height / 2) * scale)) * width + Math.min(width - 1, Math.round((head.x + head.width / 2) * scale));
    if (labels[at]! > 0) main = labels[at]!;
  }
  const kept = data.slice();
  for (let i = 0; i < kept.length; i++) if (labels[i] !== main && labels[i] !== 0) kept[i] = 0;
  return kept;
}
