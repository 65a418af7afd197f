import { type Camera, Group, Vector3, type WebGLRenderer } from 'three';
import type { Rig } from '../../../shared/rig/rig.ts';
import type { RigPose } from '../../../shared/rig/rigPose.ts';
import type { BoundSplats } from '../../../shared/splat/boundSplats.ts';
import { EyeContact } from '../../motion/eyeContact.ts';
import { BoundSplatAvatar } from '../splats/boundSplatAvatar.ts';
import type { RigGpu } from '../splats/rigGpu.ts';
import { BUST_FADE } from './bustFade.ts';
import { CrossFade, type FadeShares } from './crossFade.ts';
import { FadeLayer, type ViewPart } from './fadeLayer.ts';
import { PointAssembly } from './pointAssembly.ts';
import { type SceneLight, SCENES } from './stageScenes.ts';

/** What a head is drawn from. */
export interface HeadSource {
  readonly rig: Rig;
  readonly splats: BoundSplats;
}

/** How much of a head a frame is to show. */
export interface HeadFrame {
  readonly nowMs: number;
  readonly share: number;
  readonly sizeShare?: number;
  readonly everything: boolean;
  /** A `SplatCrowd` draws the head, unless it is just changing. */
  readonly inCrowd?: boolean;
}

/** An avatar and what turns its eyes. */
interface SeenAvatar {
  readonly avatar: BoundSplatAvatar;
  readonly contact: EyeContact;
  /** Splats that are packed for the GPU, and those that can be drawn. */
  packed: number;
  loaded: number;
}

/**
 * A head is loaded up to the first of these that holds what is wanted of it: small heads never need the rest. It begins with
 * the first; more is packed over the next frames, for so long in each, so that nobody's picture stops.
 */
const SPLAT_LEVELS = [6_144, 20_480, Infinity] as const;
const PACK_SPLATS = 2_048;
const PACK_MS = 3;

/** How brightly eyes shine. */
const EYE_GLINT = 0.7;
/** A camera that has moved less than this needs no eyes turned, metres. */
const SAME_PLACE_METERS = 1e-4;

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
  #now: SeenAvatar;
  #assembly: PointAssembly;
  #before: SeenAvatar | undefined;
  #fade: CrossFade | undefined;
  #layer: FadeLayer | undefined;
  /** What is to follow when the present fade has ended. */
  #next: HeadSource | undefined;
  #pose: RigPose | undefined;
  #order = 0;
  #light: SceneLight = SCENES.studio.light;
  readonly #viewer = new Vector3(Infinity, 0, 0);
  readonly #viewerNow = new Vector3();
  #poseIsNew = true;
  /** What is to take another's place is not loaded yet. */
  #waits = false;
  #ends: readonly [low: number, high: number] = BUST_FADE;

  /** @param rigGpuOf finds or makes the GPU's copy of a rig; the caller disposes of it. */
  constructor(source: HeadSource, rigGpuOf: (rig: Rig) => RigGpu) {
    super();
    this.#rigGpuOf = rigGpuOf;
    this.#now = this.#make(source);
    this.#assembly = new PointAssembly(source.splats.count, performance.now());
  }

  /** Splats of the newest head. */
  get splatCount(): number {
    return this.#now.avatar.splatCount;
  }

  /** Splats drawn of it at present. */
  get drawnCount(): number {
    return this.#now.avatar.drawnCount;
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
    this.#before = this.#now;
    this.#now = this.#make(source);
    this.#assembly = new PointAssembly(source.splats.count, -Infinity);
    this.#waits = true;
    this.#fade = new CrossFade(source.splats.count < FINISHED_SPLATS ? REFINING_MS : FINISHING_MS);
    this.#layer = new FadeLayer();
    this.add(this.#layer);
    this.setOrder(this.#order);
  }

  setPose(pose: RigPose): void {
    this.#pose = pose;
    this.#poseIsNew = true;
  }

  /** Where the bust ends: nothing below rig-space height `low`, everything above `high`, metres. */
  setFade(low: number, high: number): void {
    if (this.#ends[0] === low && this.#ends[1] === high) return;
    this.#ends = [low, high];
    this.#before?.avatar.setFade(low, high);
    this.#now.avatar.setFade(low, high);
  }

  /** The light of the place. */
  setLight(light: SceneLight): void {
    if (this.#light === light) return;
    this.#light = light;
    for (const seen of [this.#before, this.#now]) seen?.avatar.setLight(light.ambient, light.key, light.direction);
  }

  /** Heads of a lower order are drawn first; of no meaning for one that a crowd draws. */
  setOrder(order: number): void {
    this.#order = order;
    this.#before?.avatar.traverse((object) => { object.renderOrder = order; });
    this.#now.avatar.traverse((object) => { object.renderOrder = order + 0.5; });
  }

  /**
   * Makes ready for the coming frame. World matrices of this object and of the camera must be up to date.
   * @param share of the points that the device manages, in [0, 1]
   * @param sizeShare of the points that can be told apart at the size it is drawn in, in [0, 1]: a small head needs fewer to be one
   * @param everything draw every point whatever the share
   */
  prepare(renderer: WebGLRenderer, camera: Camera, view: ViewPart, frame: HeadFrame): void {
    if (this.#fade?.done) this.#endFade();
    const { avatar } = this.#now;
    const wanted = frame.everything ? avatar.splatCount : this.#assembly.countAt(Infinity, frame.share, frame.sizeShare);
    this.#load(this.#now, wanted, frame.everything);
    // What is to take another's place is shown when there is enough of it.
    if (this.#before && this.#waits && this.#now.loaded < wanted) {
      avatar.visible = false;
      this.#before.avatar.standsAlone = false;
      this.#lookAt(camera);
      if (!frame.inCrowd) this.#before.avatar.update(renderer, camera);
      return;
    }
    this.#waits = false;
    avatar.setSplatBudget(frame.everything ? avatar.splatCount : this.#assembly.countAt(frame.nowMs, frame.share, frame.sizeShare));
    this.#lookAt(camera);
    avatar.standsAlone = this.#fade !== undefined;
    if (!frame.inCrowd || this.#fade) avatar.update(renderer, camera);
    if (!this.#before || !this.#fade || !this.#layer) return;
    this.#before.avatar.standsAlone = true;
    this.#before.avatar.update(renderer, camera);
    this.#drawFaded(renderer, camera, view, this.#before.avatar, this.#layer, this.#fade.advance(frame.nowMs));
  }

  /** Loads some more of a head where it is wanted: packs for a moment, or shows what is packed. */
  #load(seen: SeenAvatar, wanted: number, atOnce: boolean): void {
    if (seen.loaded >= wanted) return;
    const { avatar } = seen;
    const goal = Math.min(avatar.splatCount, SPLAT_LEVELS.find((level) => level >= wanted)!);
    if (seen.packed < goal && !atOnce) {
      const untilMs = performance.now() + PACK_MS;
      while (seen.packed < goal && performance.now() < untilMs) avatar.packSplats(seen.packed = Math.min(goal, seen.packed + PACK_SPLATS));
      return;
    }
    seen.loaded = seen.packed = Math.max(goal, seen.packed);
    avatar.setLoadedCount(seen.loaded);
  }

  /** Poses what is seen, eyes towards the camera. */
  #lookAt(camera: Camera): void {
    const pose = this.#pose;
    if (!pose) return;
    const viewer = this.worldToLocal(this.#viewerNow.setFromMatrixPosition(camera.matrixWorld));
    if (!this.#poseIsNew && viewer.distanceTo(this.#viewer) < SAME_PLACE_METERS) return;
    this.#viewer.copy(viewer);
    this.#poseIsNew = false;
    for (const seen of [this.#before, this.#now]) seen?.avatar.setPose(seen.contact.meet(pose, viewer.x, viewer.y, viewer.z));
  }

  /** While the new head comes it is laid over the old one; once it is there the old one is laid under it, and goes. */
  #drawFaded(renderer: WebGLRenderer, camera: Camera, view: ViewPart, before: BoundSplatAvatar, layer: FadeLayer, shares: FadeShares): void {
    const { avatar } = this.#now;
    const [faded, whole, share] = shares.after < 1 ? [avatar, before, shares.after] : [before, avatar, shares.before];
    faded.visible = true;
    layer.draw(renderer, camera, faded, view, share);
    faded.visible = false;
    whole.visible = true;
    layer.renderOrder = faded === before ? this.#order : this.#order + 0.5;
    layer.visible = true;
  }

  override dispose(): void {
    this.#now.avatar.dispose();
    this.#before?.avatar.dispose();
    this.#layer?.dispose();
  }

  #make(source: HeadSource): SeenAvatar {
    const first = Math.min(SPLAT_LEVELS[0], source.splats.count);
    const avatar = new BoundSplatAvatar(this.#rigGpuOf(source.rig), source.splats, first);
    avatar.setFade(...this.#ends);
    avatar.setLight(this.#light.ambient, this.#light.key, this.#light.direction);
    avatar.setEyeGlint(EYE_GLINT);
    this.#poseIsNew = true;
    this.add(avatar);
    return { avatar, contact: new EyeContact(source.rig, avatar.neutral), packed: first, loaded: first };
  }

  #endFade(): void {
    if (this.#before) this.remove(this.#before.avatar);
    if (this.#layer) this.remove(this.#layer);
    this.#before?.avatar.dispose();
    this.#layer?.dispose();
    this.#now.avatar.visible = true;
    this.#before = this.#fade = this.#layer = undefined;
    const next = this.#next;
    this.#next = undefined;
    if (next) this.show(next);
  }
}
