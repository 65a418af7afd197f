import { Box2, type Camera, Group, type Object3D, Sphere, Vector2, Vector4, type WebGLRenderer } from 'three';
import { BoundSplatAvatar } from './boundSplatAvatar.ts';
import { SplatLayer } from './splatLayer.ts';

/** Avatars that may overlap each other on the screen and in depth: sorted as one. */
interface Mix {
  readonly members: BoundSplatAvatar[];
  readonly screen: Box2;
  nearest: number;
  farthest: number;
}

/**
 * Everybody in it is drawn as one: wherever avatars overlap, on the screen and in depth, their splats are sorted together, so
 * an embrace or one person leaning before another looks right from everywhere; those that do not are sorted by themselves, which
 * is cheaper. One draw for all, and none for who is out of view.
 *
 * Put avatars anywhere below it; call its `update` in place of theirs, once a frame.
 */
export class SplatCrowd extends Group {
  readonly #layer = new SplatLayer();
  readonly #seen: BoundSplatAvatar[] = [];
  readonly #mixes: Mix[] = [];
  readonly #spare: Mix[] = [];
  readonly #sphere = new Sphere();
  readonly #place = new Vector4();
  readonly #corner = new Vector2();
  #renderer: WebGLRenderer | undefined;
  #camera: Camera | undefined;
  #total = 0;

  constructor() {
    super();
    this.add(this.#layer.mesh);
  }

  /** Splats that the next draw shows. */
  get drawnCount(): number {
    return this.#layer.count;
  }

  /** Groups of avatars that are sorted together at present. */
  get mixCount(): number {
    return this.#mixes.length;
  }

  /** As `BoundSplatAvatar.update`, for all avatars in this crowd that are visible. */
  update(renderer: WebGLRenderer, camera: Camera): void {
    this.#renderer = renderer;
    this.#camera = camera;
    this.#seen.length = 0;
    this.#total = 0;
    this.traverseVisible(this.#take);
    this.#spare.push(...this.#mixes);
    this.#mixes.length = 0;
    for (const avatar of this.#seen) this.#mix(avatar, camera);
    this.#mixes.sort(farthestFirst);
    this.#layer.begin(this.#total);
    for (const { members } of this.#mixes) {
      for (let k = 0; k < members.length; k++) this.#layer.add(members[k], camera, k > 0);
    }
    this.#layer.finish();
  }

  override dispose(): void {
    this.#layer.dispose();
  }

  readonly #take = (object: Object3D): void => {
    if (!(object instanceof BoundSplatAvatar) || object.standsAlone || !this.#renderer || !this.#camera) return;
    if (!object.updateInCrowd(this.#renderer, this.#camera)) return;
    this.#seen.push(object);
    this.#total += object.drawnCount;
  };

  /** Puts an avatar with all mixes that it overlaps, and these with each other, until none overlap. */
  #mix(avatar: BoundSplatAvatar, camera: Camera): void {
    const mix = this.#spare.pop() ?? { members: [], screen: new Box2(), nearest: 0, farthest: 0 };
    mix.members.length = 0;
    mix.members.push(avatar);
    this.#bound(mix, avatar, camera);
    for (let k = 0; k < this.#mixes.length;) {
      const other = this.#mixes[k];
      if (mix.nearest > other.farthest || other.nearest > mix.farthest || !mix.screen.intersectsBox(other.screen)) {
        k++;
        continue;
      }
      for (const member of other.members) mix.members.push(member);
      mix.screen.union(other.screen);
      mix.nearest = Math.min(mix.nearest, other.nearest);
      mix.farthest = Math.max(mix.farthest, other.farthest);
      this.#spare.push(other);
      this.#mixes.splice(k, 1);
      k = 0; // It is larger now: those that were passed may overlap it.
    }
    this.#mixes.push(mix);
  }

  /** Bounds on the screen, in normalised device coordinates, and along the camera's axis. */
  #bound(mix: Mix, avatar: BoundSplatAvatar, camera: Camera): void {
    const { center, radius } = this.#sphere.copy(avatar.posed.sphere).applyMatrix4(avatar.matrixWorld).applyMatrix4(camera.matrixWorldInverse);
    const depth = -center.z;
    mix.nearest = depth - radius;
    mix.farthest = depth + radius;
    mix.screen.makeEmpty();
    // The corners of the cube around the sphere, seen from the camera; one that is behind it covers the whole view.
    for (let corner = 0; corner < 8; corner++) {
      const sign = (bit: number): number => (corner & bit ? radius : -radius);
      this.#place.set(center.x + sign(1), center.y + sign(2), center.z + sign(4), 1).applyMatrix4(camera.projectionMatrix);
      if (this.#place.w <= 0) {
        mix.screen.min.set(-Infinity, -Infinity);
        mix.screen.max.set(Infinity, Infinity);
        return;
      }
      mix.screen.expandByPoint(this.#corner.set(this.#place.x / this.#place.w, this.#place.y / this.#place.w));
    }
  }
}

const farthestFirst = (a: Mix, b: Mix): number => b.farthest - a.farthest;
