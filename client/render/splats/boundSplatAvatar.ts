import { type Camera, Frustum, Matrix4, Object3D, Sphere, type WebGLRenderer } from 'three';
import type { RigPose } from '../../../shared/rig/rigPose.ts';
import type { NeutralHead } from '../../../shared/rig/skinning.ts';
import type { BoundSplats } from '../../../shared/splat/boundSplats.ts';
import { PosedSplats } from './posedSplats.ts';
import type { RigGpu } from './rigGpu.ts';
import { SplatLayer } from './splatLayer.ts';

const frustum = new Frustum();
const clipFromWorld = new Matrix4();
const worldSphere = new Sphere();

/**
 * One animated splat head, in metres, in the rig's space. Each frame: `setPose`, then `update`, then the scene is drawn.
 * Where several may overlap, put them into a `SplatCrowd`, which sorts them together and is updated in their place.
 *
 * The GPU poses the rig and the splats by itself; the CPU finds their depths once more only to sort them, exactly, for
 * the very frame that is drawn. Splats blend in the sRGB encoding: draw into the canvas (or a target that is shown as it
 * is), not through a linear post-processing chain. They are hidden by opaque meshes in front of them and lie over what is
 * behind; they write no depth themselves.
 */
export class BoundSplatAvatar extends Object3D {
  /** What a `SplatCrowd` needs of it. */
  readonly posed: PosedSplats;
  /** In a `SplatCrowd`: draws itself all the same (for a cross-fade, say), and is to be updated by itself. */
  standsAlone = false;
  readonly #layer = new SplatLayer();
  #renderer: WebGLRenderer | undefined;

  /**
   * @param splats kept by reference, not copied; `loadedCount` of them are filled. Where more follow (an `AvatarDecoder`
   *   filling the arrays), say so by `setLoadedCount`.
   */
  constructor(rigGpu: RigGpu, splats: BoundSplats, loadedCount = splats.count) {
    super();
    this.posed = new PosedSplats(rigGpu, splats, loadedCount);
    this.add(this.#layer.mesh);
  }

  /** The head at rest. */
  get neutral(): NeutralHead {
    return this.posed.neutral;
  }

  /** Splats of the whole avatar. */
  get splatCount(): number {
    return this.posed.splats.count;
  }

  /** Splats drawn at present. */
  get drawnCount(): number {
    return this.posed.drawnCount;
  }

  /** The pose from the next `update` on; kept by reference. */
  setPose(pose: RigPose): void {
    this.posed.setPose(pose);
  }

  /** The first `count` splats are filled now; those that are new are uploaded. */
  setLoadedCount(count: number): void {
    this.posed.setLoadedCount(count);
  }

  /** Does a part of what `setLoadedCount` will have to do, so that it is done over several frames: packs the first `count` splats without showing them. */
  packSplats(count: number): void {
    this.posed.packSplats(count);
  }

  /** Lets the bust end softly instead of at its cut: nothing below rig-space height `low`, everything above `high`, metres. */
  setFade(low: number, high: number): void {
    this.posed.setFade(low, high);
  }

  /** Draws at most the first `count` splats, grown so that the head stays closed; for slow devices and distant heads. */
  setSplatBudget(count: number): void {
    this.posed.setSplatBudget(count);
  }

  /**
   * The scene's light on the splats: factors on their colours in the sRGB encoding, `ambient` from everywhere and `key` from
   * `worldDirection` (towards the light) with a soft wrap. 1, 1, 1 and 0, 0, 0 leave the colours as they are.
   */
  setLight(ambient: readonly [number, number, number], key: readonly [number, number, number], worldDirection: readonly [number, number, number]): void {
    this.posed.setLight(ambient, key, worldDirection);
  }

  /** How brightly eyeballs reflect a window over the viewer's shoulder, in [0, 1]; 0 at first. */
  setEyeGlint(share: number): void {
    this.posed.setEyeGlint(share);
  }

  /**
   * Poses the rig and sorts the splats for a camera. To be called before every draw whose pose, camera or placing is new;
   * it does only what has changed, and nothing for an avatar out of view. World matrices of this object and of the camera must be up to date.
   */
  update(renderer: WebGLRenderer, camera: Camera): void {
    this.#layer.begin(this.posed.drawnCount);
    if (this.#prepare(renderer, camera)) this.#layer.add(this, camera, false);
    this.#layer.finish();
    this.#layer.mesh.visible = true;
  }

  /** For a crowd, which draws in this object's place. @returns false where it is out of view and so was not posed. */
  updateInCrowd(renderer: WebGLRenderer, camera: Camera): boolean {
    this.#layer.mesh.visible = false;
    return this.#prepare(renderer, camera);
  }

  /** From now on the rig is posed on the CPU and uploaded; chosen by itself where the GPU cannot draw into floats. */
  poseOnCpu(): void {
    this.posed.poseOnCpu();
  }

  override dispose(): void {
    this.posed.dispose();
    this.#layer.dispose();
    this.#renderer?.domElement.removeEventListener('webglcontextrestored', this.#onContextRestored);
  }

  /** The GPU's posed rig, for tests against the CPU's. */
  readPose(renderer: WebGLRenderer, what: 'vertices' | 'normals' | 'frames'): Float32Array {
    return this.posed.readPose(renderer, what);
  }

  #prepare(renderer: WebGLRenderer, camera: Camera): boolean {
    this.#watchContext(renderer);
    clipFromWorld.multiplyMatrices(camera.projectionMatrix, camera.matrixWorldInverse);
    if (!frustum.setFromProjectionMatrix(clipFromWorld).intersectsSphere(worldSphere.copy(this.posed.sphere).applyMatrix4(this.matrixWorld))) return false;
    this.posed.update(renderer);
    return true;
  }

  /** A restored context has its textures again (three uploads them), but not what was drawn into targets. */
  readonly #onContextRestored = (): void => this.posed.forget();

  #watchContext(renderer: WebGLRenderer): void {
    if (this.#renderer === renderer) return;
    this.#renderer?.domElement.removeEventListener('webglcontextrestored', this.#onContextRestored);
    this.#renderer = renderer;
    if (!renderer.extensions.has('EXT_color_buffer_float')) this.poseOnCpu();
    renderer.domElement.addEventListener('webglcontextrestored', this.#onContextRestored);
    this.posed.forget();
  }
}
