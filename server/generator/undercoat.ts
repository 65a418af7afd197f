import { REGION_NAMES, type RegionName } from '../../shared/rig/rig.ts';
import type { BoundSplats } from '../../shared/splat/boundSplats.ts';
import { prefixGrowth } from '../../shared/splat/prefixGrowth.ts';
import { LAYER, type SplatDraft } from './splatDraft.ts';
import { SKIN_THICKNESS } from './splatWriter.ts';

/** Skin that has the dark of the head's inside behind it. */
const COATED: ReadonlySet<RegionName> = new Set(['face', 'nose', 'leftBrow', 'rightBrow', 'neck']);
/** What must not be seen through from behind, or opens: how far the undercoat keeps from it, metres. */
const CLEAR_METERS: Partial<Record<RegionName, number>> = {
  leftUpperLid: 0.006, leftLowerLid: 0.006, rightUpperLid: 0.006, rightLowerLid: 0.006,
  upperLip: 0.005, lowerLip: 0.005, nostrils: 0.005, leftEyeball: 0.008, rightEyeball: 0.008,
};
/** Splats of the coat; a head with less skin has fewer. */
const SPLATS = 1000;
const LEAST_SKIN_A_SPLAT = 12;
/**
 * How wide the coat's splats are where only so many of the head's are drawn, and all have grown (shared/splat/prefixGrowth.ts): 1 if
 * they closed it by themselves. In the whole head, which does not need them, they are smaller.
 */
const WIDTH = { drawn: 12_000, share: 0.8 } as const;
const DEPTH_METERS = 0.008;
const OPACITY = 0.97;

/** Splats of which the first `coatCount` are an undercoat, and the rest a draft's, in its order. */
export interface CoatedSplats {
  readonly splats: BoundSplats;
  readonly coatCount: number;
}

/**
 * Lays a few wide splats below the skin, coloured as the skin over them. The whole head hides them; where only the first
 * of its splats are drawn, or skin is stretched, they are what shows between points, in place of the dark inside.
 * @param written the draft's splats with their colours
 */
export function layUndercoat(draft: SplatDraft, written: BoundSplats): CoatedSplats {
  const coat = undercoat(draft, written);
  return { splats: joinSplats(coat, written), coatCount: coat.count };
}

function undercoat(draft: SplatDraft, splats: BoundSplats): BoundSplats {
  const skin = indicesOf(draft, (region) => COATED.has(region));
  const edges = indicesOf(draft, (region) => CLEAR_METERS[region] !== undefined);
  const wanted = Math.min(SPLATS, Math.floor(skin.length / LEAST_SKIN_A_SPLAT));
  const chosen: number[] = [];
  // The draft's order is progressive: its first are spread evenly.
  for (const i of skin) {
    if (chosen.length === wanted) break;
    if (isClear(draft, edges, i)) chosen.push(i);
  }
  const count = chosen.length;
  const widening = (WIDTH.share * Math.sqrt(skin.length / Math.max(1, wanted))) / prefixGrowth(draft.count, WIDTH.drawn);
  const coat = {
    count, header: splats.header, bindings: new Uint16Array(count), barycentrics: new Float32Array(count * 2), offsets: new Float32Array(count * 3),
    logScales: new Float32Array(count * 3), rotations: new Float32Array(count * 4), opacities: new Float32Array(count).fill(OPACITY),
    colors: new Float32Array(count * 3),
  };
  chosen.forEach((i, k) => {
    coat.bindings[k] = splats.bindings[i]!;
    coat.barycentrics.set(splats.barycentrics.subarray(i * 2, i * 2 + 2), k * 2);
    coat.offsets.set(splats.offsets.subarray(i * 3, i * 3 + 3), k * 3);
    coat.offsets[k * 3 + 2] = coat.offsets[k * 3 + 2]! - DEPTH_METERS;
    coat.rotations.set(splats.rotations.subarray(i * 4, i * 4 + 4), k * 4);
    const widthMeters = widening * draft.sigmas[i]!;
    coat.logScales.set([Math.log(widthMeters), Math.log(widthMeters), Math.log(SKIN_THICKNESS * widthMeters)], k * 3);
    mixColors(draft, skin, splats.colors, i, widthMeters, coat.colors, k * 3);
  });
  return coat;
}

/** One point set out of two, the first's splats first. */
function joinSplats(first: BoundSplats, second: BoundSplats): BoundSplats {
  const join = <T extends Float32Array | Uint16Array>(a: T, b: T): T => {
    const joined = new (a.constructor as new (length: number) => T)(a.length + b.length);
    joined.set(a);
    joined.set(b, a.length);
    return joined;
  };
  return {
    count: first.count + second.count, header: second.header,
    bindings: join(first.bindings, second.bindings), barycentrics: join(first.barycentrics, second.barycentrics),
    offsets: join(first.offsets, second.offsets), logScales: join(first.logScales, second.logScales),
    rotations: join(first.rotations, second.rotations), opacities: join(first.opacities, second.opacities),
    colors: join(first.colors, second.colors),
  };
}

function indicesOf(draft: SplatDraft, wanted: (region: RegionName) => boolean): Uint32Array {
  const found: number[] = [];
  for (let i = 0; i < draft.count; i += 1) {
    if (draft.layers[i] !== LAYER.shell && wanted(REGION_NAMES[draft.regions[i]!]!)) found.push(i);
  }
  return Uint32Array.from(found);
}

function isClear(draft: SplatDraft, edges: Uint32Array, i: number): boolean {
  for (const j of edges) if (distance2(draft.metric, i, j) < CLEAR_METERS[REGION_NAMES[draft.regions[j]!]!]! ** 2) return false;
  return true;
}

/** The mean colour of the skin around a splat, under a Gaussian as wide as the coat's. */
function mixColors(draft: SplatDraft, skin: Uint32Array, colors: Float32Array, i: number, widthMeters: number, out: Float32Array, at: number): void {
  let sum = 0;
  const mean: [number, number, number] = [0, 0, 0];
  for (const j of skin) {
    const share = distance2(draft.metric, i, j) / widthMeters ** 2;
    if (share > 9) continue;
    const weight = Math.exp(-0.5 * share);
    sum += weight;
    for (let c = 0; c < 3; c += 1) mean[c] = mean[c]! + weight * colors[j * 3 + c]!;
  }
  for (let c = 0; c < 3; c += 1) out[at + c] = mean[c]! / sum;
}

function distance2(metric: Float32Array, i: number, j: number): number {
  return (metric[i * 3]! - metric[j * 3]!) ** 2 + (metric[i * 3 + 1]! - metric[j * 3 + 1]!) ** 2 + (metric[i * 3 + 2]! - metric[j * 3 + 2]!) ** 2;
}
