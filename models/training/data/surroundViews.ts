import { GradientPyramid } from '../../../server/generator/autoregressive/gradientPyramid.ts';
import { DetailMap } from '../../../server/generator/detailMap.ts';
import { signedDistance } from '../../../server/generator/distanceField.ts';
import type { FittedHead } from '../../../server/generator/fittedHead.ts';
import { PortraitSampler } from '../../../server/generator/portraitSampler.ts';
import type { AnalysedPortrait, PixelImage } from '../../../server/perception/analysedPortrait.ts';
import type { Camera, Vector3 } from '../../people/camera.ts';
import { orbitCamera, project } from '../../people/camera.ts';
import { rasterize } from '../../people/rasterizer.ts';
import type { Scene } from '../../people/scene.ts';
import type { AlignedScene } from './alignedScene.ts';
import type { RayHits } from './sceneRays.ts';
import { developPerson } from './trainingStudio.ts';
import type { TrainingPhoto } from './trainingStudio.ts';
import type { TrainingPerson } from './trainingTraits.ts';

/** Cameras around the head: yaw and pitch against the photograph's, degrees. */
const VIEWS: readonly (readonly [number, number])[] = [[-55, 5], [55, 5], [-115, 5], [115, 5], [180, 5], [0, 68], [0, -35]];
const VIEW_METERS = 0.46;
const TARGET: Vector3 = [0, -0.05, -0.06];
/** Of a place behind something by less than this it is taken to be in view, metres. */
const TOLERANCE_METERS = 0.006;
const STRAND_TOLERANCE_METERS = 0.02;
const LEAST_FACING = 0.2;
const LEAST_ALPHA = 0.6;

interface View {
  readonly camera: Camera;
  readonly nearness: Float32Array;
  readonly alpha: Float32Array;
  readonly sampler: PortraitSampler;
  readonly gradients: GradientPyramid;
  readonly detail: DetailMap;
}

/** What a place of the true surface looks like. */
export interface SurfaceLook {
  /** Colour as the camera develops it, sRGB in [0, 1]. */
  readonly color: Float32Array;
  /** RMS of its gradient a millimetre along the picture, as `DetailMap` tells it. */
  gradient: number;
  /** gxx, gxy, gyy a pixel² of the picture it was seen in, and what carries it to rig space: see `axesOf`. */
  readonly tensor: Float32Array;
  /** The camera's right and up in rig space, and its pixels a metre of rig space at the place. */
  readonly right: Float32Array;
  readonly up: Float32Array;
  pixelsPerMeter: number;
  /** Whether the photograph itself sees it. */
  inPhoto: boolean;
  facing: number;
}

export function newLook(): SurfaceLook {
  return { color: new Float32Array(3), gradient: 0, tensor: new Float32Array(3), right: new Float32Array(3), up: new Float32Array(3), pixelsPerMeter: 1, inPhoto: false, facing: 0 };
}

/** Pictures of a training person from all around, and the photograph: the truth of how every place of the surface looks. */
export class SurroundViews {
  readonly #aligned: AlignedScene;
  readonly #views: View[] = [];
  readonly #photo: { readonly head: FittedHead; readonly view: View; readonly zoom: number };

  constructor(photo: TrainingPhoto, { noise, traits }: TrainingPerson, aligned: AlignedScene, portrait: AnalysedPortrait, head: FittedHead, size: number) {
    this.#aligned = aligned;
    const distance = Math.max(0.8, traits.focal * traits.frameMeters);
    for (const [yaw, pitch] of VIEWS) {
      const camera = orbitCamera({
        target: TARGET, distance, yaw: traits.cameraYaw + (yaw * Math.PI) / 180, pitch: (pitch * Math.PI) / 180,
        heightMeters: VIEW_METERS, width: size, height: size,
      });
      const image = photo.studio.render(camera, { supersampling: 1, fineSkin: false });
      const data = developPerson(image, noise);
      const mask = new Uint8Array(size * size);
      for (let i = 0; i < mask.length; i++) mask[i] = Math.round(255 * image.alpha[i]!);
      const matte = signedDistance(mask, size, size);
      const pixels: PixelImage = { width: size, height: size, data };
      this.#views.push({
        camera, ...depthsOf(aligned.scene, camera, 1), alpha: image.alpha, sampler: new PortraitSampler(pixels),
        gradients: new GradientPyramid(pixels, matte), detail: new DetailMap(pixels, matte, (size / VIEW_METERS)),
      });
    }
    const { image, fit } = portrait;
    const matte = signedDistance(portrait.matte, image.width, image.height);
    const pixelsPerMeter = fit.focalPixels / Math.max(0.05, head.view.project(new Float32Array(3))[2]!);
    const half = Math.min(1, 400 / photo.size);
    this.#photo = {
      head, zoom: half, view: {
        camera: photo.camera, ...depthsOf(aligned.scene, photo.camera, half), alpha: photo.coverage, sampler: new PortraitSampler(image),
        gradients: new GradientPyramid(image, matte), detail: new DetailMap(image, matte, pixelsPerMeter),
      },
    };
    this.#coverageScale = photo.coverageSize / photo.size;
    this.#coverageSize = photo.coverageSize;
  }

  readonly #coverageScale: number;
  readonly #coverageSize: number;

  /**
   * How a place that a ray met looks: in the photograph where that sees it (unless `surroundOnly`), else in the view
   * that faces it best.
   * @param normal of the fitted surface there, rig space, three numbers at `at`
   * @param sigmaMeters footprint
   * @returns false when no camera sees it
   */
  look(hits: RayHits, index: number, normals: Float32Array, at: number, sigmaMeters: number, isStrand: boolean, surroundOnly: boolean, out: SurfaceLook): boolean {
    const triangle = hits.triangles[index]!;
    if (triangle < 0) return false;
    const { scene, positions, scale } = this.#aligned;
    const wb = hits.barycentrics[index * 2]!, wc = hits.barycentrics[index * 2 + 1]!;
    const mixed = (values: Float32Array, k: number): number => (1 - wb - wc) * values[scene.triangles[triangle * 3]! * 3 + k]!
      + wb * values[scene.triangles[triangle * 3 + 1]! * 3 + k]! + wc * values[scene.triangles[triangle * 3 + 2]! * 3 + k]!;
    const place: Vector3 = [mixed(scene.positions, 0), mixed(scene.positions, 1), mixed(scene.positions, 2)];
    const normal = this.#aligned.toSceneDirection([normals[at]!, normals[at + 1]!, normals[at + 2]!]);
    const tolerance = isStrand ? STRAND_TOLERANCE_METERS : TOLERANCE_METERS;
    const photoSees = !surroundOnly && this.#sees(this.#photo.view, this.#photo.zoom, place, normal, tolerance);
    if (photoSees && this.#photoAlpha() >= 0.9 && seen.facing > LEAST_FACING) {
      const { head } = this.#photo;
      point[0] = mixed(positions, 0);
      point[1] = mixed(positions, 1);
      point[2] = mixed(positions, 2);
      head.view.project(point, pixel);
      const pixelsPerMeter = head.view.camera.focalPixels / pixel[2]!;
      out.inPhoto = true;
      this.#fill(this.#photo.view, pixel[0]!, pixel[1]!, pixelsPerMeter, sigmaMeters, out);
      out.facing = seen.facing;
      out.right.set(head.view.right);
      out.up.set(head.view.up);
      return true;
    }
    let best: View | undefined;
    let bestX = 0;
    let bestY = 0;
    let bestDepth = 1;
    let bestFacing = LEAST_FACING;
    for (const view of this.#views) {
      if (!this.#sees(view, 1, place, normal, tolerance) || seen.facing <= bestFacing) continue;
      const alpha = view.alpha[Math.min(view.camera.height - 1, Math.max(0, Math.floor(seen.y))) * view.camera.width + Math.min(view.camera.width - 1, Math.max(0, Math.floor(seen.x)))]!;
      if (alpha < LEAST_ALPHA) continue;
      best = view;
      bestX = seen.x;
      bestY = seen.y;
      bestDepth = seen.depth;
      bestFacing = seen.facing;
    }
    if (best === undefined) return false;
    out.inPhoto = false;
    out.facing = bestFacing;
    this.#fill(best, bestX, bestY, best.camera.focalPixels / bestDepth / scale, sigmaMeters, out);
    // Rig-space directions of the view's right and up: the turn's transpose, by its effect on the axes.
    for (let k = 0; k < 3; k++) {
      const axis: Vector3 = [Number(k === 0), Number(k === 1), Number(k === 2)];
      const inScene = this.#aligned.toSceneDirection(axis);
      const [right, up] = best.camera.axes;
      out.right[k] = right[0] * inScene[0] + right[1] * inScene[1] + right[2] * inScene[2];
      out.up[k] = up[0] * inScene[0] + up[1] * inScene[1] + up[2] * inScene[2];
    }
    return true;
  }

  #fill(view: View, x: number, y: number, pixelsPerMeter: number, sigmaMeters: number, out: SurfaceLook): void {
    view.sampler.sample(x, y, 0.8 * sigmaMeters * pixelsPerMeter, out.color, 0);
    view.gradients.sample(x, y, 4 * sigmaMeters * pixelsPerMeter, out.tensor, 0);
    out.gradient = view.detail.gradientAt(x, y) * pixelsPerMeter * 1e-3;
    out.pixelsPerMeter = pixelsPerMeter;
  }

  /** Whether a camera sees a place of the scene; where it does, `seen` tells pixel, depth and facing. */
  #sees(view: View, zoom: number, place: Vector3, normal: Vector3, toleranceMeters: number): boolean {
    const { camera } = view;
    const dx = place[0] - camera.position[0], dy = place[1] - camera.position[1], dz = place[2] - camera.position[2];
    const [right, up, backward] = camera.axes;
    const depth = -(backward[0] * dx + backward[1] * dy + backward[2] * dz);
    if (depth < 0.05) return false;
    const gain = camera.focalPixels / depth;
    seen.x = camera.principalPoint[0] + gain * (right[0] * dx + right[1] * dy + right[2] * dz);
    seen.y = camera.principalPoint[1] - gain * (up[0] * dx + up[1] * dy + up[2] * dz);
    seen.depth = depth;
    seen.facing = -(normal[0] * dx + normal[1] * dy + normal[2] * dz) / Math.hypot(dx, dy, dz);
    if (seen.facing <= 0) return false;
    const x = Math.floor(seen.x * zoom), y = Math.floor(seen.y * zoom);
    const width = Math.round(camera.width * zoom);
    if (x < 1 || y < 1 || x >= width - 1 || y >= Math.round(camera.height * zoom) - 1) return false;
    const nearest = view.nearness[y * width + x]!;
    return nearest === 0 || depth <= 1 / nearest + toleranceMeters;
  }

  #photoAlpha(): number {
    const x = Math.floor(seen.x * this.#coverageScale), y = Math.floor(seen.y * this.#coverageScale);
    return this.#photo.view.alpha[y * this.#coverageSize + x] ?? 0;
  }
}

const seen = { x: 0, y: 0, depth: 1, facing: 0 };
const point = new Float32Array(3);
const pixel = new Float32Array(3);

/** Nearest surface in a camera's picture, strands with it: 1 / depth. */
function depthsOf(scene: Scene, camera: Camera, zoom: number): { nearness: Float32Array } {
  const width = Math.round(camera.width * zoom), height = Math.round(camera.height * zoom);
  const scaled: Camera = { ...camera, width, height, focalPixels: camera.focalPixels * zoom, principalPoint: [camera.principalPoint[0] * zoom, camera.principalPoint[1] * zoom] };
  const { nearness } = rasterize(scene, { width, height, projected: project(scaled, scene.positions), perspective: true }, 'solid');
  return { nearness };
}
