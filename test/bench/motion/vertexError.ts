import type { Rig } from '../../../shared/rig/rig.ts';
import type { RigPose } from '../../../shared/rig/rigPose.ts';
import { neutralHead, poseVertices } from '../../../shared/rig/skinning.ts';

const BIN_MILLIMETERS = 0.01;
const BINS = 5000;

/** How far vertices lie from where they should, counted in bins of 0.01 mm. */
export class ErrorHistogram {
  readonly #counts = new Float64Array(BINS);
  #total = 0;

  add(millimeters: number): void {
    const bin = Math.min(BINS - 1, Math.floor(millimeters / BIN_MILLIMETERS));
    this.#counts[bin] = this.#counts[bin]! + 1;
    this.#total++;
  }

  /** The upper end of the bin in which the given share of all lies below. */
  percentile(share: number): number {
    let sum = 0;
    for (let bin = 0; bin < BINS; bin++) {
      sum += this.#counts[bin]!;
      if (sum >= share * this.#total) return (bin + 1) * BIN_MILLIMETERS;
    }
    return 0;
  }
}

/** Measures decoded poses against true ones on the mean head of the real rig. */
export class VertexErrorMeter {
  readonly #rig: Rig;
  readonly #neutral;
  readonly #isFace: Uint8Array;
  readonly #sorted: Float32Array;

  constructor(rig: Rig) {
    this.#rig = rig;
    this.#neutral = neutralHead(rig, []);
    this.#isFace = new Uint8Array(rig.vertexCount);
    // What any expression moves by more than 0.5 mm, and the eyeballs.
    for (const { vertexIndices, deltas } of rig.blendshapes) {
      vertexIndices.forEach((vertex, row) => {
        if (Math.hypot(deltas[3 * row]!, deltas[3 * row + 1]!, deltas[3 * row + 2]!) > 0.0005) this.#isFace[vertex] = 1;
      });
    }
    rig.faceRegions.forEach((region, face) => {
      if (rig.regionNames[region]!.endsWith('Eyeball')) for (const vertex of rig.faces.subarray(3 * face, 3 * face + 3)) this.#isFace[vertex] = 1;
    });
    this.#sorted = new Float32Array(rig.vertexCount);
  }

  vertices(pose: RigPose): Float32Array {
    const out = new Float32Array(this.#rig.vertexCount * 3);
    poseVertices(this.#rig, this.#neutral, pose, out);
    return out;
  }

  /** The 95th percentile over the head's vertices, mm; each is added to the histograms given. */
  compare(truth: Float32Array, shown: Float32Array, all: readonly ErrorHistogram[] = [], face: readonly ErrorHistogram[] = []): number {
    const errors = this.#sorted;
    for (let vertex = 0; vertex < errors.length; vertex++) {
      const at = 3 * vertex;
      const x = truth[at]! - shown[at]!, y = truth[at + 1]! - shown[at + 1]!, z = truth[at + 2]! - shown[at + 2]!;
      const millimeters = 1000 * Math.sqrt(x * x + y * y + z * z);
      errors[vertex] = millimeters;
      for (const histogram of all) histogram.add(millimeters);
      if (this.#isFace[vertex]) for (const histogram of face) histogram.add(millimeters);
    }
    return errors.sort()[Math.floor(0.95 * (errors.length - 1))]!;
  }
}
