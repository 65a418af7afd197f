import { PointGrid } from '../../math/pointGrid.ts';
import { SeededRandom } from '../../math/seededRandom.ts';
import type { RegionName, Rig } from '../../rig/rig.ts';
import type { BoundSplats } from '../../splat/boundSplats.ts';
import { FACE_FRAME_STRIDE, type FaceFrames } from '../../splat/splatFrame.ts';
import { bindSplats, multiply, neutralFrames, type RestSplats } from '../restSplats.ts';
import { alignLamHead, type LamAlignment, place } from './lamAlignment.ts';
import { type LamHead, LEFT_EYE, NO_EYE, RIGHT_EYE } from './lamHead.ts';
import { lamSignature, rigSignature, SIGNATURE_STRIDE } from './motionSignature.ts';
import { closestPlace, type Place } from './trianglePlace.ts';

/** Splats fainter than .stipple's step of opacity are left out. */
const FAINTEST_OPACITY = 1 / 64;
/** Logarithms of scale below this (0.1 mm) are needles that no screen shows; LAM has some of 10⁻¹³ m. */
const FINEST_LOG_SCALE = Math.log(1e-4);
/** Hair reaches this far from the skin, and more. */
const SEARCH_METERS = 0.3;
const CANDIDATES = 40;
/** What lies on the lips is not to ride on the teeth behind them: metres that the inside of the mouth seems farther off. */
const INSIDE_METERS = 0.006;
/** Cosine between a face and its vertices' normals below which it is a fold: an offset along the one would shoot far along the other. */
const FLATTEST_COSINE = 0.5;
const INSIDE: ReadonlySet<RegionName> = new Set(['mouthCavity', 'upperTeeth', 'lowerTeeth', 'tongue']);

/**
 * Binds a LAM head's splats to the rig: to the nearest face that moves as they did. LAM shifts a splat by its vertex's shapes and
 * turns it with nothing; on the rig it follows its face in every way.
 */
export function bindLamHead(rig: Rig, head: LamHead, alignment: LamAlignment = alignLamHead(rig, head)): BoundSplats {
  const placed = placeSplats(head.splats, alignment);
  const faces = new FaceSearch(rig, neutralFrames(rig, alignment.identityCoefficients), head);
  const chosen: number[] = [];
  const places: Place[] = [];
  for (const vertex of prefixOrder(head.splats)) {
    const found = faces.find(placed.centers.subarray(vertex * 3, vertex * 3 + 3), vertex);
    if (!found) continue;
    chosen.push(vertex);
    places.push(found);
  }
  const splats = pickSplats(placed, chosen);
  const bindings = Uint16Array.from(places, ({ face }) => face);
  const barycentrics = Float32Array.from(places.flatMap(({ u, v }) => [u, v]));
  const header = { rigId: rig.id, rigHash: rig.hash, generator: 'lam', identityCoefficients: alignment.identityCoefficients };
  return bindSplats(rig, splats, { header, bindings, barycentrics });
}

/**
 * The splats that can be seen, in an order whose every prefix is an even sample of what covers most: by weighted sampling without
 * replacement (Efraimidis and Spirakis 2006).
 */
function prefixOrder({ count, opacities, logScales }: RestSplats): Uint32Array {
  const random = new SeededRandom(1);
  const keys = new Float64Array(count);
  const seen: number[] = [];
  for (let s = 0; s < count; s++) {
    const [, middle, largest] = [logScales[s * 3], logScales[s * 3 + 1], logScales[s * 3 + 2]].sort((a, b) => a - b);
    keys[s] = Math.log(random.next() + 1e-12) / Math.max(1e-12, opacities[s] * Math.exp(Math.max(middle, FINEST_LOG_SCALE) + Math.max(largest, FINEST_LOG_SCALE)));
    if (opacities[s] >= FAINTEST_OPACITY) seen.push(s);
  }
  return Uint32Array.from(seen.sort((a, b) => keys[b] - keys[a]));
}

/** Splats in the rig's space. */
function placeSplats(splats: RestSplats, { rotation, scale, translation }: LamAlignment): RestSplats {
  const logScale = Math.log(scale);
  const rotations = splats.rotations.slice();
  const turn = Float64Array.from(rotation);
  for (let s = 0; s < splats.count; s++) multiply(turn, rotations, s * 4, rotations, s * 4);
  return {
    ...splats, rotations,
    centers: place(splats.centers, rotation, scale, translation),
    logScales: splats.logScales.map((value) => Math.max(FINEST_LOG_SCALE, value + logScale)),
  };
}

function pickSplats({ centers, logScales, rotations, opacities, colors }: RestSplats, chosen: readonly number[]): RestSplats {
  const pick = (values: Float32Array, stride: number): Float32Array =>
    Float32Array.from({ length: chosen.length * stride }, (_, k) => values[chosen[Math.floor(k / stride)] * stride + (k % stride)]);
  return {
    count: chosen.length, centers: pick(centers, 3), logScales: pick(logScales, 3), rotations: pick(rotations, 4),
    opacities: pick(opacities, 1), colors: pick(colors, 3),
  };
}

/** Finds the rig's face for a splat. */
class FaceSearch {
  readonly #frames: FaceFrames;
  readonly #head: LamHead;
  readonly #grid: PointGrid;
  readonly #signatures: { readonly lam: Float32Array; readonly rig: Float32Array };
  /** The eye whose ball a face belongs to, [faceCount]. */
  readonly #faceEyes: Uint8Array;
  readonly #penalties: Float32Array;
  readonly #candidates = new Int32Array(CANDIDATES);
  readonly #distances2 = new Float64Array(CANDIDATES);

  constructor(rig: Rig, frames: FaceFrames, head: LamHead) {
    this.#frames = frames;
    this.#head = head;
    this.#signatures = { lam: lamSignature(head), rig: rigSignature(rig, head) };
    const regions = Array.from(rig.faceRegions, (region) => rig.regionNames[region]);
    this.#faceEyes = Uint8Array.from(regions, (region) => (region === 'leftEyeball' ? LEFT_EYE : region === 'rightEyeball' ? RIGHT_EYE : NO_EYE));
    this.#penalties = Float32Array.from(regions, (region) => (INSIDE.has(region) ? INSIDE_METERS ** 2 : 0));
    this.#grid = new PointGrid(0.01, rig.faceCount);
    const { positions } = frames;
    for (let face = 0; face < rig.faceCount; face++) {
      const [i, j, k] = rig.faces.subarray(face * 3, face * 3 + 3);
      const middle = [0, 1, 2].map((axis) => (positions[i * 3 + axis] + positions[j * 3 + axis] + positions[k * 3 + axis]) / 3);
      this.#grid.add(middle[0], middle[1], middle[2]);
    }
  }

  /**
   * Undefined where no face is within reach: such a splat belongs to no head.
   * @param vertex LAM's, on which the splat rode.
   */
  find(center: Float32Array, vertex: number): Place | undefined {
    const eye = this.#head.eyes[vertex];
    let count = 0;
    // Most lie near a face; looking far at once would visit thousands of cells for each.
    for (let reach = 0.02; count < CANDIDATES && reach <= SEARCH_METERS; reach *= 2) {
      count = this.#grid.nearest(center[0], center[1], center[2], reach, this.#candidates, this.#distances2, (face) => this.#faceEyes[face] === eye);
    }
    let best: Place | undefined;
    let least = Infinity;
    for (let k = 0; k < count; k++) {
      const face = this.#candidates[k];
      const found = closestPlace(this.#frames, face, center);
      if (this.#cosine(found) < FLATTEST_COSINE) continue;
      const cost = found.distance2 + this.#penalties[face] + this.#mismatch(found, vertex);
      if (cost < least) {
        least = cost;
        best = found;
      }
    }
    return best;
  }

  /** Between the face's normal and the mix of its vertices' at the place. */
  #cosine({ face, u, v }: Place): number {
    const { faces, frames, vertexNormals: n } = this.#frames;
    const i = faces[face * 3] * 3, j = faces[face * 3 + 1] * 3, k = faces[face * 3 + 2] * 3;
    let dot = 0, squares = 0;
    for (let axis = 0; axis < 3; axis++) {
      const mixed = (1 - u - v) * n[i + axis] + u * n[j + axis] + v * n[k + axis];
      dot += mixed * frames[face * FACE_FRAME_STRIDE + 6 + axis];
      squares += mixed * mixed;
    }
    return dot / Math.sqrt(Math.max(squares, 1e-18));
  }

  #mismatch({ face, u, v }: Place, vertex: number): number {
    const { lam, rig } = this.#signatures;
    const { faces } = this.#frames;
    const i = faces[face * 3] * SIGNATURE_STRIDE, j = faces[face * 3 + 1] * SIGNATURE_STRIDE, k = faces[face * 3 + 2] * SIGNATURE_STRIDE;
    let sum = 0;
    for (let s = 0; s < SIGNATURE_STRIDE; s++) sum += ((1 - u - v) * rig[i + s] + u * rig[j + s] + v * rig[k + s] - lam[vertex * SIGNATURE_STRIDE + s]) ** 2;
    return sum;
  }
}
