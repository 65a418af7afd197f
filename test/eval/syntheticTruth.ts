import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadMakehuman } from '../../models/makehuman/randomHead.ts';
import type { Camera, Vector3 } from '../../models/people/camera.ts';
import { project } from '../../models/people/camera.ts';
import { facePoint } from '../../models/people/faceGuide.ts';
import { buildPerson, openPeopleSource } from '../../models/people/person.ts';
import type { PeopleSource } from '../../models/people/person.ts';
import { cameraOf, encodeJpeg, photograph } from '../../models/people/photograph.ts';
import { rasterize } from '../../models/people/rasterizer.ts';
import type { Scene } from '../../models/people/scene.ts';
import { joinParts } from '../../models/people/scene.ts';
import { randomTraits } from '../../models/people/traits.ts';
import type { Traits } from '../../models/people/traits.ts';
import { cacheFolder } from '../../server/setup/paths.mjs';
import { hashSources } from '../../server/setup/stamp.mjs';
import { EAR_LANDMARKS } from './faceMeasures.ts';
import { turnAbout } from './headCrop.ts';
import type { Mask } from './plane.ts';

const PHOTO_SIZE = 1024;
const JPEG_QUALITY = 92;

let source: PeopleSource | undefined;

/** An invented person whose whole surface is known, and the camera of one photograph of them. */
export class SyntheticTruth {
  /** Side of the photograph, pixels. */
  readonly size = PHOTO_SIZE;
  readonly #traits: Traits;
  readonly #scene: Scene;
  readonly #camera: Camera;
  readonly #pivot: Vector3;

  private constructor(traits: Traits, scene: Scene, pivot: Vector3) {
    this.#traits = traits;
    this.#scene = scene;
    this.#camera = cameraOf(traits, PHOTO_SIZE);
    this.#pivot = pivot;
  }

  static async open(seed: number): Promise<SyntheticTruth> {
    source ??= openPeopleSource(loadMakehuman());
    const traits = randomTraits(seed);
    const person = await buildPerson(source, traits);
    const [right, left] = EAR_LANDMARKS.map((index) => facePoint(person.basePositions, index)) as [Vector3, Vector3];
    return new SyntheticTruth(traits, joinParts(person.parts), [(right[0] + left[0]) / 2, (right[1] + left[1]) / 2, (right[2] + left[2]) / 2]);
  }

  /** The photograph, a JPEG file; kept in the cache folder as long as the people are made the same way. */
  async photo(): Promise<Buffer> {
    const folder = join(cacheFolder, 'evaluation');
    const file = join(folder, `${this.#traits.seed}-${hashSources(['models/people', 'models/makehuman']).slice(0, 12)}.jpg`);
    if (!existsSync(file)) {
      await mkdir(folder, { recursive: true });
      await writeFile(file, await encodeJpeg(await photograph(source!, this.#traits, PHOTO_SIZE), JPEG_QUALITY));
    }
    return readFile(file);
  }

  /**
   * What of a crop of the photograph the person covers, when turned by `yaw` degrees to their left about the upright line
   * between their ears, as the photograph's camera sees it.
   * @param crop pixels of the crop per pixel of the photograph, the middle of the photograph in crop pixels, and the crop's side
   */
  silhouette(yaw: number, crop: { scale: number; middle: readonly [number, number]; size: number }): Mask {
    const { position, axes } = this.#camera;
    const toCamera = (p: ArrayLike<number>, at: number): Vector3 => axes.map((axis) =>
      axis.reduce((sum, value, k) => sum + value * (p[at + k]! - position[k]!), 0)) as unknown as Vector3;
    const pivot = toCamera(this.#pivot, 0);
    const points = new Float32Array(this.#scene.positions.length);
    for (let i = 0; i < points.length; i += 3) points.set(turnAbout(pivot, yaw, toCamera(this.#scene.positions, i)), i);
    const camera: Camera = {
      width: crop.size, height: crop.size, focalPixels: this.#camera.focalPixels * crop.scale, principalPoint: crop.middle,
      position: [0, 0, 0], axes: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    };
    const { triangles } = rasterize(this.#scene, { width: crop.size, height: crop.size, projected: project(camera, points), perspective: true }, 'solid');
    return { width: crop.size, height: crop.size, data: Uint8Array.from(triangles, (triangle) => (triangle >= 0 ? 1 : 0)) };
  }
}
