import { BLENDSHAPE_NAMES, type BlendshapeName } from '../rig/blendshapes.ts';
import { LANDMARK_COUNT } from './landmarkModel.ts';

/**
 * What MediaPipe's expression model hardly sees: it gives next to nothing for puffed cheeks, a wrinkled nose and eyes torn
 * open, though its landmarks move. These are read off the landmarks, against the person's own rest, and what the model
 * gives is kept where it is more.
 *
 * The readings are linear in a few distances, in widths of the head between the temples. Their factors were found by least
 * squares on renders of six heads in 22 expressions each, leaving one head out at a time: at full weight, puffed cheeks
 * read 0.3 to 0.9 (0.2 at most otherwise, but for one head with spectacles), a wrinkled nose 0.5 to 0.7, wide eyes 0.45 to
 * 0.67 (0.26 at most otherwise); hence the thresholds. The tongue moves no landmark.
 */
const PUFF = {
  cheeks: 6.8, jaw: 22.7, mouthWidth: -0.4, cheekDepth: 14.5, lipHeight: 5.1, wings: 2.6, upperLip: -6, corners: -3.7, chin: 4.4,
} as const;
const SNEER = { own: 53.1, other: -27.2, eyeCorners: -26.3, upperLip: 0.5, corners: -0.9, mouthWidth: 0.7 } as const;
const WIDE = { opening: 3.4, iris: -7.6, brow: -4.7 } as const;
/** A reading counts from here on, and is the full shape from there. */
const PUFF_RANGE = [0.25, 0.7] as const;
const SNEER_RANGE = [0.08, 0.55] as const;
const WIDE_RANGE = [0.13, 0.52] as const;
/** What other shapes add to a reading, at weight 1. */
const PUFF_LEAKS: Partial<Record<BlendshapeName, number>> = { mouthSmileLeft: 0.1, mouthSmileRight: 0.1, mouthPucker: 0.1, jawOpen: 1 };
const sneerLeaks = (side: 'Left' | 'Right'): Partial<Record<BlendshapeName, number>> => ({
  [`mouthUpperUp${side}`]: 0.42, [`eyeLookDown${side}`]: 0.26, [`eyeBlink${side}`]: 0.22, [`mouthSmile${side}`]: 0.22, mouthPucker: 0.12, jawOpen: 0.2,
});

const TEMPLES = [[127, 356], [21, 251], [162, 389]] as const;
const BRIDGE = [168, 6, 197] as const;
const CHEEKS = { left: [425, 427, 411, 376, 433, 416], right: [205, 207, 187, 147, 213, 192] } as const;
const CHEEK_FRONT = [425, 427, 411, 205, 207, 187] as const;
const DEPTH_REST = [168, 6, 197, 127, 356] as const;
const JAW = { left: [361, 288, 397], right: [132, 58, 172] } as const;
const ALL_WINGS = [48, 278, 64, 294, 98, 327] as const;
const SIDES = {
  Left: { wing: [278, 294, 327, 358], corners: [263, 362], lids: [[386, 374], [385, 380], [387, 373]], iris: 473, brow: [282, 295, 334] },
  Right: { wing: [48, 64, 98, 129], corners: [33, 133], lids: [[159, 145], [158, 153], [160, 144]], iris: 468, brow: [52, 65, 105] },
} as const;

/** Measured distances, in head widths: nine of the cheeks and mouth, then nose and eye by side. */
interface Distances {
  readonly puff: Float64Array;
  readonly sneer: Readonly<Record<'Left' | 'Right', Float64Array>>;
  readonly wide: Readonly<Record<'Left' | 'Right', Float64Array>>;
}

const PUFF_FACTORS = Float64Array.from(Object.values(PUFF));
const SNEER_FACTORS = Float64Array.from(Object.values(SNEER));
const WIDE_FACTORS = Float64Array.from(Object.values(WIDE));

/** Frames that make the first rest, and the time in which it then follows a quiet face, ms. */
const REST_FRAMES = 12;
const FOLLOW_MS = 20_000;
const QUIET = 0.12;
/** A turned head shows one cheek and half a nose: readings fade out over this, radians from the camera. */
const TURN_RANGE = [0.25, 0.45] as const;

/** Readings of one person, picture after picture; see the head of this file. */
export class WeakShapes {
  readonly #rest = emptyDistances();
  readonly #now = emptyDistances();
  #restFrames = 0;
  #lastMs: number | undefined;

  /** Takes the next pictures as the person's rest. */
  takeRest(): void {
    this.#restFrames = 0;
  }

  /**
   * Raises the weak shapes among `weights` ([52], in place) to what the landmarks say.
   * @param landmarks x, y in [0, 1] of the picture, z in units of its width, [478, 3]
   * @param aspectRatio width over height of the picture
   * @param turnRadians how far the head is turned from the camera
   */
  apply(landmarks: Float32Array, aspectRatio: number, turnRadians: number, weights: Float32Array, timeMs: number): void {
    const elapsedMs = this.#lastMs === undefined ? 0 : Math.min(200, Math.max(0, timeMs - this.#lastMs));
    this.#lastMs = timeMs;
    const facing = 1 - smooth((turnRadians - TURN_RANGE[0]) / (TURN_RANGE[1] - TURN_RANGE[0]));
    if (facing === 0 || landmarks.length < LANDMARK_COUNT * 3 || !measure(landmarks, aspectRatio, this.#now)) return;
    if (this.#restFrames < REST_FRAMES) {
      follow(this.#rest, this.#now, 1 / (this.#restFrames + 1));
      this.#restFrames++;
      return;
    }
    const puff = read(this.#now.puff, this.#rest.puff, PUFF_FACTORS) - leaking(PUFF_LEAKS, weights);
    let strongest = raise(weights, CHEEK_PUFF, facing * within(puff, PUFF_RANGE));
    for (const side of ['Left', 'Right'] as const) {
      const sneer = read(this.#now.sneer[side], this.#rest.sneer[side], SNEER_FACTORS) - leaking(SNEER_LEAKS[side], weights);
      strongest = Math.max(strongest, raise(weights, NOSE_SNEER[side], facing * within(sneer, SNEER_RANGE)));
      const wide = read(this.#now.wide[side], this.#rest.wide[side], WIDE_FACTORS);
      strongest = Math.max(strongest, raise(weights, EYE_WIDE[side], facing * within(wide, WIDE_RANGE)));
    }
    if (strongest < QUIET) follow(this.#rest, this.#now, 1 - Math.exp(-elapsedMs / FOLLOW_MS));
  }
}

const index = (name: BlendshapeName): number => BLENDSHAPE_NAMES.indexOf(name);
const CHEEK_PUFF = index('cheekPuff');
const NOSE_SNEER = { Left: index('noseSneerLeft'), Right: index('noseSneerRight') } as const;
const EYE_WIDE = { Left: index('eyeWideLeft'), Right: index('eyeWideRight') } as const;
const SNEER_LEAKS = { Left: sneerLeaks('Left'), Right: sneerLeaks('Right') } as const;

function emptyDistances(): Distances {
  const side = (length: number): Record<'Left' | 'Right', Float64Array> => ({ Left: new Float64Array(length), Right: new Float64Array(length) });
  return { puff: new Float64Array(9), sneer: side(6), wide: side(3) };
}

/** False where the landmarks are no face. */
function measure(landmarks: Float32Array, aspectRatio: number, out: Distances): boolean {
  const x = (i: number): number => landmarks[i * 3]!, y = (i: number): number => -landmarks[i * 3 + 1]! / aspectRatio, z = (i: number): number => -landmarks[i * 3 + 2]!;
  const mean = (points: readonly number[], axis: (i: number) => number): number => points.reduce((sum, i) => sum + axis(i), 0) / points.length;
  const apart = (a: number, b: number): number => Math.hypot(x(a) - x(b), y(a) - y(b));
  const width = TEMPLES.reduce((sum, [a, b]) => sum + apart(a, b), 0) / TEMPLES.length;
  if (!(width > 1e-6)) return false;
  const bridge = mean(BRIDGE, y);
  const upperLip = (y(0) - bridge) / width, corners = ((y(61) + y(291)) / 2 - bridge) / width, mouthWidth = apart(61, 291) / width;
  out.puff.set([
    (mean(CHEEKS.left, x) - mean(CHEEKS.right, x)) / width, (mean(JAW.left, x) - mean(JAW.right, x)) / width, mouthWidth,
    (mean(CHEEK_FRONT, z) - mean(DEPTH_REST, z)) / width, (y(0) - y(17)) / width, (mean(ALL_WINGS, y) - bridge) / width, upperLip, corners,
    (y(152) - bridge) / width,
  ]);
  for (const side of ['Left', 'Right'] as const) {
    const own = SIDES[side], other = SIDES[side === 'Left' ? 'Right' : 'Left'];
    const eyeCorners = mean(own.corners, y);
    out.sneer[side].set([
      (mean(own.wing, y) - bridge) / width, (mean(other.wing, y) - bridge) / width, (eyeCorners - bridge) / width, upperLip, corners, mouthWidth,
    ]);
    // The opening counts as a share of the rest's: as a logarithm its difference is that.
    const opening = own.lids.reduce((sum, [upper, lower]) => sum + apart(upper, lower), 0) / own.lids.length / width;
    out.wide[side].set([Math.log(Math.max(1e-4, opening)), (y(own.iris) - eyeCorners) / width, (mean(own.brow, y) - bridge) / width]);
  }
  return true;
}

function read(now: Float64Array, rest: Float64Array, factors: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < factors.length; i++) sum += factors[i]! * (now[i]! - rest[i]!);
  return sum;
}

function leaking(leaks: Partial<Record<BlendshapeName, number>>, weights: Float32Array): number {
  let sum = 0;
  for (const [name, share] of Object.entries(leaks)) sum += share * weights[index(name as BlendshapeName)]!;
  return sum;
}

function raise(weights: Float32Array, shape: number, reading: number): number {
  weights[shape] = Math.max(weights[shape]!, reading);
  return reading;
}

function follow(rest: Distances, now: Distances, share: number): void {
  const mix = (a: Float64Array, b: Float64Array): void => {
    for (let i = 0; i < a.length; i++) a[i]! += share * (b[i]! - a[i]!);
  };
  mix(rest.puff, now.puff);
  for (const side of ['Left', 'Right'] as const) {
    mix(rest.sneer[side], now.sneer[side]);
    mix(rest.wide[side], now.wide[side]);
  }
}

function within(value: number, [low, high]: readonly [number, number]): number {
  return Math.min(1, Math.max(0, (value - low) / (high - low)));
}

function smooth(t: number): number {
  const x = Math.min(1, Math.max(0, t));
  return x * x * (3 - 2 * x);
}
