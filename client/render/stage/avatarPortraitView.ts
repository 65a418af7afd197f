import { PerspectiveCamera, Scene } from 'three';
import type { Rig } from '../../../shared/rig/rig.ts';
import type { RigPose } from '../../../shared/rig/rigPose.ts';
import { RigGpu } from '../splats/rigGpu.ts';
import { type HeadSource, ShownHead } from './shownHead.ts';
import { SplatCanvas } from './splatCanvas.ts';
import { AdaptiveBudget } from './adaptiveBudget.ts';

export interface AvatarPortraitOptions {
  /** The pose at a moment, ms since the view began. */
  readonly pose: (timeMs: number) => RigPose;
  /** Turn of the whole bust about y at a moment, radians. */
  readonly turnRadians: (timeMs: number) => number;
  readonly software: boolean;
  /** Draw every point in every pixel whatever the pace (for pictures). */
  readonly fullQuality: boolean;
}

/** Head and shoulders of one avatar, or of one that is being made, alive, in a container that it fills. Draws only while it can be seen. */
export class AvatarPortraitView {
  readonly #canvas: SplatCanvas;
  readonly #scene = new Scene();
  readonly #camera = new PerspectiveCamera(24, 1, 0.1, 20);
  readonly #head: ShownHead;
  readonly #rigs = new Map<Rig, RigGpu>();
  readonly #budget: AdaptiveBudget;
  readonly #options: AvatarPortraitOptions;
  readonly #visibility: IntersectionObserver;
  #visible = true;
  #frame = 0;
  #startMs = performance.now();

  /** @throws Error where WebGL 2 cannot be had. */
  constructor(container: HTMLElement, head: HeadSource, options: AvatarPortraitOptions) {
    this.#options = options;
    this.#canvas = new SplatCanvas(container, { software: options.software && !options.fullQuality, onResize: () => this.#place() });
    this.#head = new ShownHead(head, (rig) => this.#rigGpu(rig));
    this.#budget = new AdaptiveBudget({ slowestShare: 0.4 });
    this.#scene.add(this.#head);
    this.#place();
    this.#visibility = new IntersectionObserver(([entry]) => { this.#visible = entry?.isIntersecting ?? true; });
    this.#visibility.observe(container);
    this.#frame = requestAnimationFrame(this.#draw);
  }

  /** Another state of the head, or another avatar, in place of the present one. */
  show(head: HeadSource): void {
    this.#head.show(head);
  }

  dispose(): void {
    cancelAnimationFrame(this.#frame);
    this.#visibility.disconnect();
    this.#head.dispose();
    for (const rig of this.#rigs.values()) rig.dispose();
    this.#canvas.dispose();
  }

  readonly #draw = (nowMs: number): void => {
    this.#frame = requestAnimationFrame(this.#draw);
    if (!this.#visible) return;
    const timeMs = nowMs - this.#startMs;
    const share = this.#budget.measure(nowMs);
    this.#head.setPose(this.#options.pose(Math.max(0, timeMs)));
    this.#head.rotation.y = this.#options.turnRadians(timeMs);
    const { renderer } = this.#canvas;
    this.#scene.updateMatrixWorld();
    const view = { width: renderer.domElement.width, height: renderer.domElement.height };
    this.#head.prepare(renderer, this.#camera, view, { nowMs, share, everything: this.#options.fullQuality });
    renderer.setRenderTarget(null);
    renderer.clear();
    renderer.render(this.#scene, this.#camera);
  };

  #rigGpu(rig: Rig): RigGpu {
    const known = this.#rigs.get(rig) ?? new RigGpu(rig);
    this.#rigs.set(rig, known);
    return known;
  }

  /** Head and shoulders, whatever the container's shape: never narrower than the shoulders need. */
  #place(): void {
    const aspect = this.#canvas.width / this.#canvas.height;
    const halfHeight = Math.max(0.215, 0.135 / aspect);
    this.#camera.aspect = aspect;
    this.#camera.position.set(0, -0.045, halfHeight / Math.tan((this.#camera.fov / 2) * Math.PI / 180));
    this.#camera.lookAt(0, -0.045, 0);
    this.#camera.updateProjectionMatrix();
    this.#camera.updateMatrixWorld();
  }
}
