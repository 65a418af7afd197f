import { PerspectiveCamera, Scene } from 'three';
import type { Rig } from '../../../shared/rig/rig.ts';
import type { RigPose } from '../../../shared/rig/rigPose.ts';
import type { RigGpu } from '../splats/rigGpu.ts';
import { type HeadSource, ShownHead } from './shownHead.ts';
import type { StageSurface } from './stageSurface.ts';

/** What the mirror shows: head and shoulders, metres around the eyes. */
const MIRROR_MIDDLE = -0.045;
const MIRROR_HALF_HEIGHT = 0.225;
/** The mirror is small: it needs fewer points than the stage. */
const MIRROR_SHARE = 0.6;

/** The own avatar, drawn into a corner of the stage's canvas before the stage itself and copied out. */
export class MirrorView {
  readonly #scene = new Scene();
  readonly #camera = new PerspectiveCamera(24, 1, 0.1, 20);
  readonly #rigGpuOf: (rig: Rig) => RigGpu;
  #head: ShownHead | undefined;

  constructor(rigGpuOf: (rig: Rig) => RigGpu) {
    this.#rigGpuOf = rigGpuOf;
  }

  get head(): ShownHead | undefined {
    return this.#head;
  }

  show(source: HeadSource | undefined): void {
    if (source && this.#head) {
      this.#head.show(source);
      return;
    }
    if (this.#head) {
      this.#scene.remove(this.#head);
      this.#head.dispose();
    }
    this.#head = source && new ShownHead(source, this.#rigGpuOf);
    if (this.#head) this.#scene.add(this.#head);
  }

  setPose(pose: RigPose): void {
    this.#head?.setPose(pose);
  }

  /** @param mirror receives the picture, unmirrored (whoever shows it flips it) */
  draw(surface: StageSurface, mirror: CanvasRenderingContext2D, frame: { nowMs: number; share: number; everything: boolean }): void {
    if (!this.#head) return;
    const { renderer } = surface;
    const ratio = renderer.getPixelRatio();
    const target = mirror.canvas;
    const width = Math.min(target.width, renderer.domElement.width);
    const height = Math.min(target.height, renderer.domElement.height);
    const camera = this.#camera;
    camera.aspect = width / height;
    camera.position.set(0, MIRROR_MIDDLE, MIRROR_HALF_HEIGHT / Math.tan((camera.fov / 2) * Math.PI / 180));
    camera.lookAt(0, MIRROR_MIDDLE, 0);
    camera.updateProjectionMatrix();
    camera.updateMatrixWorld();
    this.#scene.updateMatrixWorld();
    this.#head.prepare(renderer, camera, { width, height }, { ...frame, share: frame.share * MIRROR_SHARE });
    renderer.setRenderTarget(null);
    renderer.setViewport(0, 0, width / ratio, height / ratio);
    renderer.setScissor(0, 0, width / ratio, height / ratio);
    renderer.setScissorTest(true);
    renderer.clear();
    renderer.render(this.#scene, camera);
    mirror.clearRect(0, 0, target.width, target.height);
    mirror.drawImage(renderer.domElement, 0, renderer.domElement.height - height, width, height, 0, 0, target.width, target.height);
  }

  dispose(): void {
    this.show(undefined);
  }
}
