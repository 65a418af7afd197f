import { Scene } from 'three';
import type { Rig } from '../../../shared/rig/rig.ts';
import type { RigPose } from '../../../shared/rig/rigPose.ts';
import type { NeutralHead } from '../../../shared/rig/skinning.ts';
import type { BoundSplats } from '../../../shared/splat/boundSplats.ts';
import { orbitCamera } from '../headless/orbitCamera.ts';
import { cameraFromPinhole } from '../headless/pinholeProjection.ts';
import { BoundSplatAvatar } from '../splats/boundSplatAvatar.ts';
import { RigGpu } from '../splats/rigGpu.ts';
import { AdaptiveBudget } from './adaptiveBudget.ts';
import { BUST_FADE } from './bustFade.ts';
import { bustFraming } from './bustFraming.ts';
import { PointAssembly } from './pointAssembly.ts';
import { SplatCanvas } from './splatCanvas.ts';

/** What one frame shows. */
export interface OrbitShot {
  readonly pose: RigPose;
  /** Of the camera about the head, radians. */
  readonly cameraYawRadians: number;
  readonly cameraPitchRadians: number;
}

/**
 * One avatar after another, seen by a camera that circles the head, in a container that the canvas fills. Frames are
 * drawn by whoever owns the clock, framed as the recorded films are.
 */
export class AvatarOrbitView {
  readonly #canvas: SplatCanvas;
  readonly #scene = new Scene();
  readonly #software: boolean;
  #budget = new AdaptiveBudget({ slowestShare: 0.4 });
  #rigGpu: RigGpu | undefined;
  #avatar: BoundSplatAvatar | undefined;
  #assembly: PointAssembly | undefined;
  #fullQuality = false;

  /** @throws Error where WebGL 2 cannot be had. */
  constructor(container: HTMLElement, options: { readonly software: boolean; readonly onResize: () => void }) {
    this.#software = options.software;
    this.#canvas = new SplatCanvas(container, options);
  }

  /** Draw every point in every pixel, whatever the pace. */
  set fullQuality(full: boolean) {
    this.#fullQuality = full;
    this.#canvas.setSoftware(this.#software && !full);
  }

  /** The head at rest of who is shown; for sketches of the same pose. */
  get neutral(): NeutralHead | undefined {
    return this.#avatar?.neutral;
  }

  get splatsShown(): number {
    return this.#avatar?.drawnCount ?? 0;
  }

  /** Puts somebody on, in place of who was there; undefined clears. */
  setAvatar(loaded: { readonly rig: Rig; readonly splats: BoundSplats } | undefined): void {
    if (this.#avatar) {
      this.#scene.remove(this.#avatar);
      this.#avatar.dispose();
      this.#avatar = undefined;
    }
    if (!loaded) return;
    if (this.#rigGpu?.rig !== loaded.rig) {
      this.#rigGpu?.dispose();
      this.#rigGpu = new RigGpu(loaded.rig);
    }
    this.#avatar = new BoundSplatAvatar(this.#rigGpu, loaded.splats);
    this.#avatar.setFade(...BUST_FADE);
    this.#assembly = new PointAssembly(loaded.splats.count, performance.now());
    this.#budget = new AdaptiveBudget({ slowestShare: 0.4 });
    this.#scene.add(this.#avatar);
  }

  /** Draws one frame; without an avatar, nothing but transparency. `nowMs`: the frame's time. */
  draw(shot: OrbitShot, nowMs: number): void {
    const { renderer } = this.#canvas;
    renderer.setRenderTarget(null);
    if (!this.#avatar || !this.#assembly) {
      renderer.clear();
      return;
    }
    const share = this.#budget.measure(nowMs);
    this.#avatar.setSplatBudget(this.#fullQuality ? this.#avatar.splatCount : this.#assembly.countAt(nowMs, share));
    this.#avatar.setPose(shot.pose);
    const { width, height } = this.#canvas;
    const camera = cameraFromPinhole(orbitCamera({
      width, height, ...bustFraming(width / height), yawRadians: shot.cameraYawRadians, pitchRadians: shot.cameraPitchRadians,
    }));
    this.#scene.updateMatrixWorld();
    this.#avatar.update(renderer, camera);
    renderer.setRenderTarget(null);
    renderer.clear();
    renderer.render(this.#scene, camera);
  }

  dispose(): void {
    this.setAvatar(undefined);
    this.#rigGpu?.dispose();
    this.#canvas.dispose();
  }
}
