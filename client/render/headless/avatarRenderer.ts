import { Scene } from 'three';
import type { Rig } from '../../../shared/rig/rig.ts';
import type { RigPose } from '../../../shared/rig/rigPose.ts';
import type { BoundSplats } from '../../../shared/splat/boundSplats.ts';
import type { PinholeCamera } from '../../../shared/splat/projection.ts';
import { BoundSplatAvatar } from '../splats/boundSplatAvatar.ts';
import { RigGpu } from '../splats/rigGpu.ts';
import { createHeadlessRenderer, type HeadlessRenderer } from './headlessRenderer.ts';
import { cameraFromPinhole } from './pinholeProjection.ts';

/** sRGB-encoded RGBA, not premultiplied unless it says so, rows from the top. */
export interface RenderedImage {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

export interface AvatarView {
  readonly pose: RigPose;
  readonly camera: PinholeCamera;
  /** sRGB in [0, 255]; left out, the picture stays transparent and premultiplied. */
  readonly background?: readonly [number, number, number];
}

/**
 * Renders one avatar again and again without a window, with the very shaders of the client. The context has the size of
 * the first view; another size opens another context.
 */
export class AvatarRenderer {
  readonly #rig: Rig;
  #headless: HeadlessRenderer | undefined;
  #rigGpu: RigGpu | undefined;
  #avatar: BoundSplatAvatar | undefined;
  readonly #scene = new Scene();
  #splats: BoundSplats | undefined;
  #budget = Infinity;
  #fade: readonly [low: number, high: number] | undefined;
  #eyeGlint = 0;

  constructor(rig: Rig) {
    this.#rig = rig;
  }

  /** The avatar that later views show; kept by reference. */
  setSplats(splats: BoundSplats): void {
    this.#splats = splats;
    this.#dropAvatar();
  }

  /** As `BoundSplatAvatar.setSplatBudget`. */
  setSplatBudget(count: number): void {
    this.#budget = count;
    this.#avatar?.setSplatBudget(count);
  }

  /** As `BoundSplatAvatar.setFade`. */
  setFade(low: number, high: number): void {
    this.#fade = [low, high];
    this.#avatar?.setFade(low, high);
  }

  /** As `BoundSplatAvatar.setEyeGlint`. */
  setEyeGlint(share: number): void {
    this.#eyeGlint = share;
    this.#avatar?.setEyeGlint(share);
  }

  /** @throws HeadlessUnavailableError; a plain Error before `setSplats`. */
  render(view: AvatarView): RenderedImage {
    if (!this.#splats) throw new Error('setSplats comes before render');
    const { width, height } = view.camera;
    const { renderer, readPixels } = this.#open(width, height);
    if (!this.#avatar) {
      this.#avatar = new BoundSplatAvatar(this.#rigGpu ??= new RigGpu(this.#rig), this.#splats);
      this.#avatar.setSplatBudget(this.#budget);
      if (this.#fade) this.#avatar.setFade(...this.#fade);
      this.#avatar.setEyeGlint(this.#eyeGlint);
      this.#scene.add(this.#avatar);
    }
    const camera = cameraFromPinhole(view.camera);
    this.#avatar.setPose(view.pose);
    this.#scene.updateMatrixWorld();
    this.#avatar.update(renderer, camera);
    renderer.setRenderTarget(null);
    renderer.clear();
    renderer.render(this.#scene, camera);
    const data = readPixels();
    if (view.background) layOver(data, view.background);
    return { width, height, data };
  }

  dispose(): void {
    this.#dropAvatar();
    this.#rigGpu?.dispose();
    this.#rigGpu = undefined;
    this.#headless?.dispose();
    this.#headless = undefined;
  }

  #open(width: number, height: number): HeadlessRenderer {
    if (this.#headless && (this.#headless.width !== width || this.#headless.height !== height)) this.dispose();
    this.#headless ??= createHeadlessRenderer(width, height);
    return this.#headless;
  }

  #dropAvatar(): void {
    if (!this.#avatar) return;
    this.#scene.remove(this.#avatar);
    this.#avatar.dispose();
    this.#avatar = undefined;
  }
}

/** Lays premultiplied pixels over a colour, in place; they become opaque. */
function layOver(data: Uint8Array, background: readonly [number, number, number]): void {
  for (let at = 0; at < data.length; at += 4) {
    const through = 1 - data[at + 3] / 255;
    for (let channel = 0; channel < 3; channel++) data[at + channel] = Math.min(255, Math.round(data[at + channel] + through * background[channel]));
    data[at + 3] = 255;
  }
}

/** One picture of one avatar; `AvatarRenderer` is the cheaper way to several. */
export function renderAvatar(options: AvatarView & { readonly splats: BoundSplats; readonly rig: Rig }): RenderedImage {
  const renderer = new AvatarRenderer(options.rig);
  try {
    renderer.setSplats(options.splats);
    return renderer.render(options);
  } finally {
    renderer.dispose();
  }
}
