import {
  type Camera, type DataTexture, type InstancedBufferGeometry, type Matrix4, Mesh, NearestFilter, RGBAIntegerFormat, UnsignedIntType, Vector4, type WebGLRenderer,
  WebGLRenderTarget,
} from 'three';
import { DepthSorter } from '../../../shared/splat/depthSort.ts';
import { SPLATS_PER_INSTANCE } from '../shaders/splatShaders.ts';
import { integerTexture, TEXTURE_WIDTH, textureHeight } from '../shaders/texels.ts';
import type { PosedSplats } from './posedSplats.ts';
import { SplatMaterial } from './splatMaterial.ts';
import { splatTriangles } from './splatTriangles.ts';

/** Splats and where they are. */
export interface PlacedSplats {
  readonly posed: PosedSplats;
  readonly matrixWorld: Matrix4;
}

/** One member's share of the layer, and what it was sorted for. */
interface Slot {
  member: PlacedSplats;
  first: number;
  count: number;
  mixed: boolean;
  orderVersion: number;
  /** Distance along the camera's axis as a function of the centre: x, y, z, shift. */
  readonly direction: Float64Array;
}

/**
 * Draws the splats of one or of many avatars as one: a texture of projected splats, a texture of their order, one mesh.
 * Members that are mixed are sorted together; the others follow each other as they were added, so the farthest comes first.
 * Each frame: `begin`, `add` each member, `finish`; then the scene is drawn with the same camera. Only what has changed
 * is sorted again, exactly, for the very frame that is drawn; nothing is allocated a frame.
 */
export class SplatLayer {
  /** To be put into the scene, wherever in it: splats are placed by their own matrices. */
  readonly mesh = new Mesh<InstancedBufferGeometry, SplatMaterial>(splatTriangles(), new SplatMaterial());
  readonly #sorter = new DepthSorter();
  readonly #slots: Slot[] = [];
  readonly #viewport = new Vector4();
  readonly #direction = new Float64Array(4);
  #used = 0;
  #capacity = 0;
  #order: DataTexture | undefined;
  #target: WebGLRenderTarget | undefined;
  #depths = new Float32Array(0);
  #count = 0;
  #mixFirst = 0;
  #mixIsNew = false;
  #orderIsNew = false;

  constructor() {
    // The triangles' own positions say nothing about where splats are: neither culling nor picking can go by them.
    this.mesh.frustumCulled = false;
    this.mesh.raycast = () => undefined;
    this.mesh.onBeforeRender = (renderer, _scene, camera) => this.#project(renderer, camera);
  }

  /** Splats that the next draw shows. */
  get count(): number {
    return this.#count;
  }

  /** @param total splats that will be added at most. */
  begin(total: number): void {
    if (total > this.#capacity) this.#grow(total);
    this.#used = this.#count = this.#mixFirst = 0;
    this.#mixIsNew = this.#orderIsNew = false;
  }

  /**
   * World matrices of member and camera must be up to date, and the member's pose.
   * @param mixed sorted together with the member before; else drawn after it, over it.
   */
  add(member: PlacedSplats, camera: Camera, mixed: boolean): void {
    const { posed } = member;
    if (!mixed) this.#sortMix();
    const direction = this.#measure(member, camera);
    const slot = this.#slots[this.#used] ??= { member, first: -1, count: 0, mixed, orderVersion: -1, direction: new Float64Array(4) };
    this.#used++;
    const before = slot.direction;
    if (slot.member !== member || slot.first !== this.#count || slot.count !== posed.drawnCount || slot.mixed !== mixed
      || slot.orderVersion !== posed.orderVersion
      || before[0] !== direction[0] || before[1] !== direction[1] || before[2] !== direction[2] || before[3] !== direction[3]) {
      slot.member = member;
      slot.first = this.#count;
      slot.count = posed.drawnCount;
      slot.mixed = mixed;
      slot.orderVersion = posed.orderVersion;
      slot.direction.set(direction);
      posed.writeDepths(direction, this.#depths, slot.first);
      this.#mixIsNew = true;
    }
    this.#count += slot.count;
  }

  finish(): void {
    this.#sortMix();
    // A member that has gone may come back to a slot whose sorted order was overwritten meanwhile.
    for (let k = this.#used; k < this.#slots.length; k++) this.#slots[k].first = -1;
    if (this.#orderIsNew && this.#order) this.#order.needsUpdate = true;
    this.mesh.geometry.instanceCount = Math.ceil(this.#count / SPLATS_PER_INSTANCE);
    this.mesh.material.setDrawnCount(this.#count);
  }

  dispose(): void {
    this.#order?.dispose();
    this.#target?.dispose();
    this.mesh.geometry.dispose();
    this.mesh.material.dispose();
  }

  #measure({ posed, matrixWorld }: PlacedSplats, camera: Camera): Float64Array {
    const v = camera.matrixWorldInverse.elements;
    const m = matrixWorld.elements;
    const direction = this.#direction;
    for (let k = 0; k < 3; k++) direction[k] = -(v[2] * m[k * 4] + v[6] * m[k * 4 + 1] + v[10] * m[k * 4 + 2]);
    const move = posed.headPositionMeters;
    direction[3] = direction[0] * move[0] + direction[1] * move[1] + direction[2] * move[2]
      - (v[2] * m[12] + v[6] * m[13] + v[10] * m[14] + v[14]);
    return direction;
  }

  #sortMix(): void {
    const count = this.#count - this.#mixFirst;
    if (this.#mixIsNew && count > 0 && this.#order) {
      this.#sorter.sortBackToFront(this.#depths, count, this.#order.image.data as Uint32Array, this.#mixFirst);
      this.#orderIsNew = true;
    }
    this.#mixFirst = this.#count;
    this.#mixIsNew = false;
  }

  /** For the very view that is drawn into: canvas, mirror or target. */
  #project(renderer: WebGLRenderer, camera: Camera): void {
    if (!this.#target || this.#count === 0) return;
    renderer.getCurrentViewport(this.#viewport);
    const { z: width, w: height } = this.#viewport;
    for (let k = 0; k < this.#used; k++) {
      const { member: { posed, matrixWorld }, first } = this.#slots[k];
      posed.project(renderer, camera, matrixWorld, width, height, this.#target, first);
    }
    this.mesh.material.viewportPixels.set(width, height);
    this.mesh.material.uniformsNeedUpdate = true;
  }

  #grow(total: number): void {
    this.#order?.dispose();
    this.#target?.dispose();
    this.#capacity = textureHeight(total) * TEXTURE_WIDTH;
    this.#order = integerTexture(this.#capacity, 1);
    this.#target = new WebGLRenderTarget(TEXTURE_WIDTH, textureHeight(total), {
      type: UnsignedIntType, format: RGBAIntegerFormat, internalFormat: 'RGBA32UI', minFilter: NearestFilter, magFilter: NearestFilter,
      generateMipmaps: false, depthBuffer: false, stencilBuffer: false,
    });
    this.#depths = new Float32Array(this.#capacity);
    this.mesh.material.setTextures(this.#order, this.#target.texture);
    for (const slot of this.#slots) slot.first = -1;
  }
}
