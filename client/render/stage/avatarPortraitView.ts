import { PerspectiveCamera, Scene } from 'three';
import type { Rig } from '../../../shared/rig/rig.ts';
import type { RigPose } from '../../../shared/rig/rigPose.ts';
import type { BoundSplats } from '../../../shared/splat/boundSplats.ts';
import { BoundSplatAvatar } from '../splats/boundSplatAvatar.ts';
import { RigGpu } from '../splats/rigGpu.ts';
import { BUST_FADE } from './bustFade.ts';
import { PointAssembly } from './pointAssembly.ts';
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

/** Head and shoulders of one avatar, alive, in a container that it fills. Draws only while it can be seen. */
export class AvatarPortraitView {
  readonly #canvas: SplatCanvas;
  readonly #scene = new Scene();
  readonly #camera = new PerspectiveCamera(24, 1, 0.1, 20);
  readonly #avatar: BoundSplatAvatar;
  readonly #rigGpu: RigGpu;
  readonly #assembly: PointAssembly;
  readonly #budget: AdaptiveBudget;
  readonly #options: AvatarPortraitOptions;
  readonly #visibility: IntersectionObserver;
  #visible = true;
  #frame = 0;
  #startMs = performance.now();

  /** @throws Error where WebGL 2 cannot be had. */
  constructor(container: HTMLElement, avatar: { rig: Rig; splats: BoundSplats }, options: AvatarPortraitOptions) {
    this.#options = options;
    this.#canvas = new SplatCanvas(container, { software: options.software && !options.fullQuality, onResize: () => this.#place() });
    this.#rigGpu = new RigGpu(avatar.rig);
    this.#avatar = new BoundSplatAvatar(this.#rigGpu, avatar.splats);
    this.#avatar.setFade(...BUST_FADE);
    this.#assembly = new PointAssembly(avatar.splats.count, this.#startMs);
    this.#budget = new AdaptiveBudget({ slowestShare: 0.4 });
    this.#scene.add(this.#avatar);
    this.#place();
    this.#visibility = new IntersectionObserver(([entry]) => { this.#visible = entry?.isIntersecting ?? true; });
    this.#visibility.observe(container);
    this.#frame = requestAnimationFrame(this.#draw);
  }

  dispose(): void {
    cancelAnimationFrame(this.#frame);
    this.#visibility.disconnect();
    this.#avatar.dispose();
    this.#rigGpu.dispose();
    this.#canvas.dispose();
  }

  readonly #draw = (nowMs: number): void => {
    this.#frame = requestAnimationFrame(this.#draw);
    if (!this.#visible) return;
    const timeMs = nowMs - this.#startMs;
    const share = this.#budget.measure(nowMs);
    this.#avatar.setSplatBudget(this.#options.fullQuality ? this.#avatar.splatCount : this.#assembly.countAt(nowMs, share));
    this.#avatar.setPose(this.#options.pose(Math.max(0, timeMs)));
    this.#avatar.rotation.y = this.#options.turnRadians(timeMs);
    const { renderer } = this.#canvas;
    this.#scene.updateMatrixWorld();
    this.#avatar.update(renderer, this.#camera);
    renderer.setRenderTarget(null);
    renderer.clear();
    renderer.render(this.#scene, this.#camera);
  };

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
