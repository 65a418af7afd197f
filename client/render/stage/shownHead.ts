import { type Camera, Group, type WebGLRenderer } from 'three';
import type { Rig } from '../../../shared/rig/rig.ts';
import type { RigPose } from '../../../shared/rig/rigPose.ts';
import type { BoundSplats } from '../../../shared/splat/boundSplats.ts';
import { BoundSplatAvatar } from '../splats/boundSplatAvatar.ts';
import type { RigGpu } from '../splats/rigGpu.ts';
import { BUST_FADE } from './bustFade.ts';
import { CrossFade, type FadeShares } from './crossFade.ts';
import { FadeLayer } from './fadeLayer.ts';
import { PointAssembly } from './pointAssembly.ts';

/** What a head is drawn from. */
export interface HeadSource {
  readonly rig: Rig;
  readonly splats: BoundSplats;
}

/** A view, in drawing-buffer pixels from the canvas's lower left corner. */
export interface ViewSize {
  readonly width: number;
  readonly height: number;
}

/** Between two states of a head in the making, and from the last of them (or another avatar) to the finished one. */
const REFINING_MS = 320;
const FINISHING_MS = 700;
/** Sets smaller than this are states of a head in the making. */
const FINISHED_SPLATS = 20_000;

/**
 * One person's head on a stage, whatever it is made of just now. Points of the first come in one after another; each
 * later one takes the place of the one before by a cross-fade in the same pose and place, without a frame that shows
 * neither. Each frame: `setPose`, `prepare`, then the scene is drawn.
 */
export class ShownHead extends Group {
  readonly #rigGpuOf: (rig: Rig) => RigGpu;
  #avatar: BoundSplatAvatar;
  #assembly: PointAssembly;
  #before: BoundSplatAvatar | undefined;
  #fade: CrossFade | undefined;
  #layer: FadeLayer | undefined;
  /** What is to follow when the present fade has ended. */
  #next: HeadSource | undefined;
  #pose: RigPose | undefined;
  #order = 0;

  /** @param rigGpuOf finds or makes the GPU's copy of a rig; the caller disposes of it. */
  constructor(source: HeadSource, rigGpuOf: (rig: Rig) => RigGpu) {
    super();
    this.#rigGpuOf = rigGpuOf;
    this.#avatar = this.#make(source);
    this.#assembly = new PointAssembly(source.splats.count, performance.now());
  }

  /** Splats of the newest head. */
  get splatCount(): number {
    return this.#avatar.splatCount;
  }

  /** Splats drawn of it at present. */
  get drawnCount(): number {
    return this.#avatar.drawnCount;
  }

  /** Whether one head is just taking another's place. */
  get fading(): boolean {
    return this.#fade !== undefined;
  }

  /** Puts another head in place of the present one. While one is on its way, the newest waits. */
  show(source: HeadSource): void {
    if (this.#fade) {
      this.#next = source;
      return;
    }
    this.#before = this.#avatar;
    this.#avatar = this.#make(source);
    this.#assembly = new PointAssembly(source.splats.count, -Infinity);
    this.#fade = new CrossFade(source.splats.count < FINISHED_SPLATS ? REFINING_MS : FINISHING_MS);
    this.#layer = new FadeLayer();
    this.add(this.#layer);
    this.setOrder(this.#order);
  }

  setPose(pose: RigPose): void {
    this.#pose = pose;
    this.#avatar.setPose(pose);
    this.#before?.setPose(pose);
  }

  /** Heads of a lower order are drawn first. */
  setOrder(order: number): void {
    this.#order = order;
    this.#before?.traverse((object) => { object.renderOrder = order; });
    this.#avatar.traverse((object) => { object.renderOrder = order + 0.5; });
  }

  /**
   * Makes ready for the coming frame. World matrices of this object and of the camera must be up to date.
   * @param share of the points that the device manages, in [0, 1]
   * @param everything draw every point whatever the share
   */
  prepare(renderer: WebGLRenderer, camera: Camera, view: ViewSize, frame: { nowMs: number; share: number; everything: boolean }): void {
    if (this.#fade?.done) this.#endFade();
    this.#avatar.setSplatBudget(frame.everything ? this.#avatar.splatCount : this.#assembly.countAt(frame.nowMs, frame.share));
    this.#avatar.update(renderer, camera);
    if (!this.#before || !this.#fade || !this.#layer) return;
    this.#before.update(renderer, camera);
    this.#drawFaded(renderer, camera, view, this.#before, this.#layer, this.#fade.advance(frame.nowMs));
  }

  /** While the new head comes it is laid over the old one; once it is there the old one is laid under it, and goes. */
  #drawFaded(renderer: WebGLRenderer, camera: Camera, view: ViewSize, before: BoundSplatAvatar, layer: FadeLayer, shares: FadeShares): void {
    const [faded, whole, share] = shares.after < 1 ? [this.#avatar, before, shares.after] : [before, this.#avatar, shares.before];
    faded.visible = true;
    layer.draw(renderer, camera, faded, view.width, view.height, share);
    faded.visible = false;
    whole.visible = true;
    layer.renderOrder = faded === before ? this.#order : this.#order + 0.5;
    layer.visible = true;
  }

  override dispose(): void {
    this.#avatar.dispose();
    this.#before?.dispose();
    this.#layer?.dispose();
  }

  #make(source: HeadSource): BoundSplatAvatar {
    const avatar = new BoundSplatAvatar(this.#rigGpuOf(source.rig), source.splats);
    avatar.setFade(...BUST_FADE);
    if (this.#pose) avatar.setPose(this.#pose);
    this.add(avatar);
    return avatar;
  }

  #endFade(): void {
    if (this.#before) this.remove(this.#before);
    if (this.#layer) this.remove(this.#layer);
    this.#before?.dispose();
    this.#layer?.dispose();
    this.#avatar.visible = true;
    this.#before = this.#fade = this.#layer = undefined;
    const next = this.#next;
    this.#next = undefined;
    if (next) this.show(next);
  }
}
