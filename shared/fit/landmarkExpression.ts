import { BLENDSHAPE_COUNT, BLENDSHAPE_NAMES } from '../rig/blendshapes.ts';
import { solveBounded } from './boundedLeastSquares.ts';
import { FIRST_IRIS_LANDMARK, LANDMARK_COUNT } from './landmarkModel.ts';
import type { LandmarkModel } from './landmarkModel.ts';

/** Landmarks that expressions hardly move: hairline, temples, bridge of the nose, corners of the eyes. */
const RIGID = [168, 6, 197, 195, 5, 67, 297, 103, 332, 54, 284, 21, 251, 162, 389, 127, 356, 33, 263, 133, 362];
/** Corners of the eyes and the middle of the iris, by the subject's side: outer, inner, iris, upper lid, lower lid. */
const EYES = {
  Right: { outer: 33, inner: 133, iris: 468, upper: 159, lower: 145 },
  Left: { outer: 263, inner: 362, iris: 473, upper: 386, lower: 374 },
} as const;
/** Frames that make the first rest. */
const REST_FRAMES = 12;
/** Ridge on the weights, as a share of the shapes' mean squared displacement: enough to settle what landmarks cannot tell apart. */
const RIDGE_SHARE = 0.04;
/** How far from the middle of the eye's opening the iris moves at weight 1, in opening widths; the rig turns 30° and 25°. */
const GAZE_ACROSS = 0.3;
const GAZE_VERTICAL = 0.22;
/** Lids are shut when their gap is this share of the gap at rest. */
const SHUT_SHARE = 0.22;
/** Shapes solved from the skin's landmarks; gaze is read off the irises, blinks off the lids, and three are invisible. */
const SOLVED = BLENDSHAPE_NAMES.map((name, index) => ({ name, index })).filter(({ name }) => (
  !name.startsWith('eyeLook') && !name.startsWith('eyeBlink') && !['tongueOut', 'cheekPuff', 'jawForward'].includes(name)
));

/**
 * Expression from landmarks alone, for trackers without an expression model: how the landmarks have moved from the
 * person's own rest, explained by the rig's blendshapes with bounded ridge least squares (a 40-variable solve, well
 * under a millisecond a frame). The rest is the mean of the first frames, or of those after `takeRest`.
 */
export class LandmarkExpression {
  readonly #model: LandmarkModel;
  readonly #normal: Float64Array;
  readonly #lower: Float64Array;
  readonly #upper: Float64Array;
  readonly #right: Float64Array;
  readonly #aligned = new Float64Array(LANDMARK_COUNT * 3);
  readonly #rest = new Float64Array(LANDMARK_COUNT * 3);
  #restFrames = 0;

  constructor(model: LandmarkModel) {
    this.#model = model;
    const count = SOLVED.length;
    this.#normal = new Float64Array(count * count);
    this.#right = new Float64Array(count);
    this.#lower = new Float64Array(count);
    this.#upper = new Float64Array(count).fill(1);
    let trace = 0;
    for (let i = 0; i < count; i++) {
      for (let j = 0; j <= i; j++) this.#normal[i * count + j] = this.#shapeProduct(SOLVED[i]!.index, SOLVED[j]!.index);
      trace += this.#normal[i * count + i]!;
    }
    const ridge = (trace / count) * RIDGE_SHARE;
    for (let i = 0; i < count; i++) this.#normal[i * count + i]! += ridge;
  }

  /** True once the rest is known; until then the weights are zero. */
  get ready(): boolean {
    return this.#restFrames >= REST_FRAMES;
  }

  /** Takes the next frames as the person's rest. */
  takeRest(): void {
    this.#restFrames = 0;
  }

  /**
   * Weights in the order of `BLENDSHAPE_NAMES`, a new array.
   * @param landmarks x, y in [0, 1] of the picture, z in units of its width, y down, smaller z nearer, [478, 3]
   * @param aspectRatio width over height of the picture
   */
  fit(landmarks: Float32Array, aspectRatio: number): Float32Array {
    const weights = new Float32Array(BLENDSHAPE_COUNT);
    if (!this.#align(landmarks, aspectRatio)) return weights;
    if (!this.ready) {
      const share = 1 / (this.#restFrames + 1);
      for (let i = 0; i < this.#rest.length; i++) this.#rest[i]! += (this.#aligned[i]! - this.#rest[i]!) * (this.#restFrames === 0 ? 1 : share);
      this.#restFrames++;
      return weights;
    }
    for (const [row, { index }] of SOLVED.entries()) this.#right[row] = this.#displacementProduct(index);
    const solved = solveBounded(this.#normal, this.#right, this.#lower, this.#upper);
    for (const [row, { index }] of SOLVED.entries()) weights[index] = solved[row]!;
    this.#readEyes(weights);
    return weights;
  }

  /**
   * Brings a frame's landmarks into the rig's space by the similarity that fits the rigid landmarks best onto the mean
   * head (Horn's closed form). False for a degenerate set.
   */
  #align(landmarks: Float32Array, aspectRatio: number): boolean {
    const { mean } = this.#model;
    const height = 1 / aspectRatio;
    const point = (landmark: number, axis: number): number => (
      axis === 0 ? landmarks[landmark * 3]! : axis === 1 ? -landmarks[landmark * 3 + 1]! * height : -landmarks[landmark * 3 + 2]!
    );
    const from = [0, 0, 0];
    const to = [0, 0, 0];
    for (const landmark of RIGID) {
      for (let axis = 0; axis < 3; axis++) {
        from[axis]! += point(landmark, axis) / RIGID.length;
        to[axis]! += mean[landmark * 3 + axis]! / RIGID.length;
      }
    }
    const covariance = new Float64Array(9);
    let [fromSpread, toSpread] = [0, 0];
    for (const landmark of RIGID) {
      for (let r = 0; r < 3; r++) {
        const a = point(landmark, r) - from[r]!;
        fromSpread += a * a;
        toSpread += (mean[landmark * 3 + r]! - to[r]!) ** 2;
        for (let c = 0; c < 3; c++) covariance[r * 3 + c]! += a * (mean[landmark * 3 + c]! - to[c]!);
      }
    }
    if (!(fromSpread > 1e-9)) return false;
    const scale = Math.sqrt(toSpread / fromSpread);
    const turn = hornRotation(covariance);
    for (let landmark = 0; landmark < LANDMARK_COUNT; landmark++) {
      const x = point(landmark, 0) - from[0]!;
      const y = point(landmark, 1) - from[1]!;
      const z = point(landmark, 2) - from[2]!;
      for (let axis = 0; axis < 3; axis++) {
        this.#aligned[landmark * 3 + axis] = scale * (turn[axis * 3]! * x + turn[axis * 3 + 1]! * y + turn[axis * 3 + 2]! * z) + to[axis]!;
      }
    }
    return true;
  }

  /** Depth is a tracker's guess: it counts a tenth. */
  #shapeProduct(a: number, b: number): number {
    const { shapes, weights } = this.#model;
    let sum = 0;
    for (let landmark = 0; landmark < FIRST_IRIS_LANDMARK; landmark++) {
      const i = (a * LANDMARK_COUNT + landmark) * 3;
      const j = (b * LANDMARK_COUNT + landmark) * 3;
      sum += weights[landmark]! * (shapes[i]! * shapes[j]! + shapes[i + 1]! * shapes[j + 1]! + 0.1 * shapes[i + 2]! * shapes[j + 2]!);
    }
    return sum;
  }

  #displacementProduct(shape: number): number {
    const { shapes, weights } = this.#model;
    let sum = 0;
    for (let landmark = 0; landmark < FIRST_IRIS_LANDMARK; landmark++) {
      const i = (shape * LANDMARK_COUNT + landmark) * 3;
      const p = landmark * 3;
      const dx = this.#aligned[p]! - this.#rest[p]!;
      const dy = this.#aligned[p + 1]! - this.#rest[p + 1]!;
      const dz = this.#aligned[p + 2]! - this.#rest[p + 2]!;
      sum += weights[landmark]! * (shapes[i]! * dx + shapes[i + 1]! * dy + 0.1 * shapes[i + 2]! * dz);
    }
    return sum;
  }

  #readEyes(weights: Float32Array): void {
    for (const side of ['Left', 'Right'] as const) {
      const { outer, inner, iris, upper, lower } = EYES[side];
      const set = (name: string, value: number): void => {
        weights[BLENDSHAPE_NAMES.indexOf(`${name}${side}` as (typeof BLENDSHAPE_NAMES)[number])] = Math.min(1, Math.max(0, value));
      };
      const gap = (points: Float64Array): number => Math.hypot(points[upper * 3]! - points[lower * 3]!, points[upper * 3 + 1]! - points[lower * 3 + 1]!);
      const open = gap(this.#aligned) / Math.max(1e-6, gap(this.#rest));
      const blink = Math.min(1, Math.max(0, (1 - open) / (1 - SHUT_SHARE)));
      set('eyeBlink', blink);
      const [acrossNow, upNow] = irisPlace(this.#aligned, outer, inner, iris);
      const [acrossRest, upRest] = irisPlace(this.#rest, outer, inner, iris);
      // A lid over the iris hides where it looks.
      const seen = 1 - blink;
      const inwards = ((acrossNow - acrossRest) / GAZE_ACROSS) * seen;
      const up = ((upNow - upRest) / GAZE_VERTICAL) * seen;
      set('eyeLookIn', inwards);
      set('eyeLookOut', -inwards);
      set('eyeLookUp', up);
      set('eyeLookDown', -up);
    }
  }
}

/** Where the iris lies along the line from the outer to the inner corner, and above it, in widths of the eye. */
function irisPlace(points: Float64Array, outer: number, inner: number, iris: number): [across: number, up: number] {
  const ax = points[inner * 3]! - points[outer * 3]!;
  const ay = points[inner * 3 + 1]! - points[outer * 3 + 1]!;
  const width2 = Math.max(1e-12, ax * ax + ay * ay);
  const dx = points[iris * 3]! - points[outer * 3]!;
  const dy = points[iris * 3 + 1]! - points[outer * 3 + 1]!;
  // The normal that points up, whichever way the corners run.
  const up = (ax * dy - ay * dx) * Math.sign(ax || 1);
  return [(dx * ax + dy * ay) / width2, up / width2];
}

/**
 * The rotation that turns the first point set onto the second best, row-major, from their 3x3 covariance
 * (rows: first set), by the largest eigenvector of Horn's 4x4 matrix (B. K. P. Horn, "Closed-form solution of absolute
 * orientation using unit quaternions", 1987), found by shifted power iteration.
 */
function hornRotation(s: Float64Array): Float64Array {
  const [xx, xy, xz, yx, yy, yz, zx, zy, zz] = s as unknown as number[] as [number, number, number, number, number, number, number, number, number];
  // Order w, x, y, z.
  const n = [
    [xx + yy + zz, yz - zy, zx - xz, xy - yx],
    [yz - zy, xx - yy - zz, xy + yx, zx + xz],
    [zx - xz, xy + yx, -xx + yy - zz, yz + zy],
    [xy - yx, zx + xz, yz + zy, -xx - yy + zz],
  ];
  // A shift by more than the smallest eigenvalue's size makes the largest one dominate.
  const shift = Math.max(...n.map((row) => row.reduce((sum, value) => sum + Math.abs(value), 0)));
  let q = [1, 0.01, 0.01, 0.01];
  for (let round = 0; round < 200; round++) {
    const next = n.map((row, i) => row.reduce((sum, value, j) => sum + value * q[j]!, shift * q[i]!));
    const length = Math.hypot(...next);
    const unit = next.map((value) => value / length);
    const moved = Math.max(...unit.map((value, i) => Math.abs(value - q[i]!)));
    q = unit;
    if (moved < 1e-10) break;
  }
  const [w, x, y, z] = q as [number, number, number, number];
  return Float64Array.of(
    1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w),
    2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w),
    2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y),
  );
}
