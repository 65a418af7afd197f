import { InferenceSession } from '../../server/inference/session.ts';
import type { PixelImage } from '../../server/perception/analysedPortrait.ts';
import { prepareIdentityModel } from '../../server/setup/faceModels.ts';

const SIZE = 112;
const EMBEDDING = 192;
/** Where ArcFace-style models expect the eyes, the nose's tip and the mouth's corners in a crop of 112 pixels. */
const TEMPLATE = [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]] as const;
/** MediaPipe's landmarks of the same: eyes by their corners, so that neither gaze nor blink moves the crop. */
const SOURCES = [[33, 133], [362, 263], [1], [61], [291]] as const;

/** MobileFaceNet: who somebody looks like. For evaluation only. */
export class IdentityModel {
  private readonly session: InferenceSession;

  private constructor(session: InferenceSession) {
    this.session = session;
  }

  static async load(): Promise<IdentityModel> {
    const file = await prepareIdentityModel({ onProgress: (what) => process.stderr.write(`preparing ${what}\n`) });
    return new IdentityModel(await InferenceSession.load(file, {
      inputs: { image: [1, SIZE, SIZE, 3] }, outputs: { embedding: [1, EMBEDDING] },
    }));
  }

  /** A unit vector, [192]. */
  async embed(image: PixelImage, landmarks: Float32Array): Promise<Float32Array> {
    const { embedding } = await this.session.run({ image: alignFace(image, landmarks) }) as { embedding: Float32Array };
    const length = Math.hypot(...embedding);
    return embedding.map((value) => value / length);
  }

  async dispose(): Promise<void> {
    await this.session.dispose();
  }
}

/** Cosine of two unit vectors. */
export function cosine(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}

/** The face turned, scaled and shifted onto the template, values (byte - 127.5) / 128, [112, 112, 3]. */
export function alignFace(image: PixelImage, landmarks: Float32Array): Float32Array<ArrayBuffer> {
  const points = SOURCES.map((indices) => [0, 1].map((k) =>
    indices.reduce((sum: number, i) => sum + landmarks[i * 3 + k]! / indices.length, 0)) as [number, number]);
  const { a, b, tx, ty } = similarity(TEMPLATE, points);
  // Shrinking by more than half would alias: average that many samples a pixel.
  const samples = Math.max(1, Math.round(Math.hypot(a, b)));
  const out = new Float32Array(SIZE * SIZE * 3);
  for (let y = 0; y < SIZE; y++) {
    for (let x = 0; x < SIZE; x++) {
      for (let s = 0; s < samples * samples; s++) {
        const u = x + ((s % samples) + 0.5) / samples - 0.5;
        const v = y + (Math.floor(s / samples) + 0.5) / samples - 0.5;
        const px = a * u - b * v + tx;
        const py = b * u + a * v + ty;
        const x0 = Math.min(Math.max(Math.floor(px), 0), image.width - 2);
        const y0 = Math.min(Math.max(Math.floor(py), 0), image.height - 2);
        const fx = Math.min(1, Math.max(0, px - x0));
        const fy = Math.min(1, Math.max(0, py - y0));
        for (let k = 0; k < 3; k++) {
          const i = (y0 * image.width + x0) * 3 + k;
          const below = i + image.width * 3;
          const value = (image.data[i]! * (1 - fx) + image.data[i + 3]! * fx) * (1 - fy)
            + (image.data[below]! * (1 - fx) + image.data[below + 3]! * fx) * fy;
          out[(y * SIZE + x) * 3 + k]! += (value - 127.5) / 128 / (samples * samples);
        }
      }
    }
  }
  return out;
}

/** Least-squares similarity (a, -b; b, a) and shift from the first points to the second. */
export function similarity(from: readonly (readonly [number, number])[], to: readonly (readonly [number, number])[]): {
  a: number; b: number; tx: number; ty: number;
} {
  const n = from.length;
  const mean = (points: readonly (readonly [number, number])[], k: 0 | 1): number => points.reduce((sum, p) => sum + p[k], 0) / n;
  const [fx, fy, gx, gy] = [mean(from, 0), mean(from, 1), mean(to, 0), mean(to, 1)];
  let dot = 0;
  let crossed = 0;
  let spread = 0;
  from.forEach(([x, y], i) => {
    const [u, v] = to[i]!;
    dot += (x - fx) * (u - gx) + (y - fy) * (v - gy);
    crossed += (x - fx) * (v - gy) - (y - fy) * (u - gx);
    spread += (x - fx) ** 2 + (y - fy) ** 2;
  });
  const a = dot / spread;
  const b = crossed / spread;
  return { a, b, tx: gx - a * fx + b * fy, ty: gy - b * fx - a * fy };
}
