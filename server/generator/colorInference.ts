import type { SeededRandom } from '../../shared/math/seededRandom.ts';
import { REGION_NAMES } from '../../shared/rig/rig.ts';
import { hasBareShoulders } from './bareShoulders.ts';
import type { SampledColors } from './colorSampling.ts';
import type { Covering } from './covering.ts';
import { LABEL, type LabelMap } from './labelMap.ts';
import { PointGrid } from '../../shared/math/pointGrid.ts';
import { LAYER, type SplatDraft } from './splatDraft.ts';
import { diffuse, flood } from './surfaceDiffusion.ts';

const MIRROR_REACH_METERS = 0.006;
const MIRROR_TRUST = 0.45;
const SWEEPS = 60;
/** Neighbours away from seen hair at which the head's median colour has taken over. */
const FAR_RINGS = 14;
/** Strength of the grain that hidden hair borrows from seen hair. */
const GRAIN = 0.75;
/** Seen hair that hidden hair is made of: how surely it is seen, how many splats of it there must be. */
const SOURCE_TRUST = 0.35;
const FEWEST_SOURCES = 150;
/** Height over the eyes above which a bare head is crown, metres. */
const CROWN_METERS = 0.062;
const GRAIN_LIMIT = 0.12;
const PATCH_METERS = 0.022;

/** Colours for every splat of skin, hair and clothes: as seen, else from the other side of the face, else from around. */
export function inferColors(
  draft: SplatDraft, seen: SampledColors, covering: Covering, labels: LabelMap, random: SeededRandom,
): Float32Array {
  const skin = inferSkin(draft, seen, labels);
  const hair = inferHair(draft, seen, covering, labels, random);
  const colors = new Float32Array(draft.count * 3);
  for (let i = 0; i < draft.count; i += 1) {
    const from = draft.layers[i] === LAYER.shell ? hair : skin;
    for (let c = 0; c < 3; c += 1) colors[i * 3 + c] = from[i * 3 + c]!;
  }
  paintScalp(draft, colors);
  return colors;
}

function inferSkin(draft: SplatDraft, seen: SampledColors, labels: LabelMap): Float32Array {
  const confidence = Float32Array.from(seen.confidence);
  const values = Float32Array.from(seen.colors);
  const grid = new PointGrid(MIRROR_REACH_METERS, draft.count);
  const ids: number[] = [];
  for (let i = 0; i < draft.count; i += 1) {
    if (draft.layers[i] !== LAYER.skin || seen.confidence[i]! < 0.5) continue;
    grid.add(draft.metric[i * 3]!, draft.metric[i * 3 + 1]!, draft.metric[i * 3 + 2]!);
    ids.push(i);
  }
  const bare = hasBareShoulders(draft, seen, labels);
  const nearest = new Int32Array(1);
  const distance2 = new Float64Array(1);
  for (let i = 0; i < draft.count; i += 1) {
    if (draft.layers[i] !== LAYER.skin) { confidence[i] = 1; continue; }
    if (confidence[i]! > 0.3) continue;
    const found = grid.nearest(-draft.metric[i * 3]!, draft.metric[i * 3 + 1]!, draft.metric[i * 3 + 2]!, MIRROR_REACH_METERS, nearest, distance2);
    if (found === 1) {
      const j = ids[nearest[0]!]!;
      for (let c = 0; c < 3; c += 1) values[i * 3 + c] = seen.colors[j * 3 + c]!;
      confidence[i] = Math.max(confidence[i]!, MIRROR_TRUST * seen.confidence[j]!);
    } else if (confidence[i]! < 0.1 && REGION_NAMES[draft.regions[i]!] === 'bust' && !bare) {
      // Behind, clothes go on; the neck's skin must not run down the back of who wears any.
      values.set(labels.clothesColor, i * 3);
      confidence[i] = 0.3;
    }
  }
  flood(draft, values, confidence, 3, 0.3);
  for (let i = 0; i < draft.count; i += 1) {
    // An ear's folds are seen by scraps: what they leave takes the face's skin rather than a fold's shadow.
    if (!REGION_NAMES[draft.regions[i]!]!.endsWith('Ear') || confidence[i]! >= 0.3) continue;
    for (let c = 0; c < 3; c += 1) values[i * 3 + c] = 0.35 * values[i * 3 + c]! + 0.6 * labels.skinColor[c]!;
    confidence[i] = 0.2;
  }
  return diffuse(draft, values, confidence, 3, SWEEPS);
}

function inferHair(
  draft: SplatDraft, seen: SampledColors, covering: Covering, labels: LabelMap, random: SeededRandom,
): Float32Array {
  const confidence = new Float32Array(draft.count).fill(1);
  const values = Float32Array.from(seen.colors);
  const ofHair = (i: number): boolean => draft.layers[i] === LAYER.shell && seen.confidence[i]! > SOURCE_TRUST && seen.labels[i] === LABEL.hair;
  let hairSources = 0;
  for (let i = 0; i < draft.count; i += 1) if (ofHair(i)) hairSources += 1;
  // A head that shows no hair is filled from its own bare crown, never from the forehead's highlights or an ear.
  const bare = hairSources < FEWEST_SOURCES;
  const isSource = (i: number): boolean => (bare
    ? draft.layers[i] === LAYER.shell && seen.confidence[i]! > SOURCE_TRUST && draft.metric[i * 3 + 1]! > CROWN_METERS : ofHair(i));
  const sources: number[] = [];
  const fallback = covering.baldness > 0.5 ? labels.skinColor : labels.hairColor;
  for (let i = 0; i < draft.count; i += 1) {
    if (draft.layers[i] !== LAYER.shell) continue;
    confidence[i] = seen.confidence[i]!;
    if (confidence[i]! < 0.15) values.set(fallback, i * 3);
    if (isSource(i)) sources.push(i);
  }
  // What is seen of skin at the hairline is shown there but must not spread behind the head.
  const known = confidence.map((value, i) => (draft.layers[i] === LAYER.shell && !isSource(i) ? 0 : value));
  const rings = flood(draft, values, known, 3, 0.3);
  // Far from what is seen the head's own median takes over from whatever stood at the rim.
  // A shaven or bare head shows its lit crown in front; its back lies in less light.
  const likeSkin = Math.hypot(...labels.hairColor.map((value, c) => value - labels.skinColor[c]!)) < 0.22;
  const quantile = likeSkin ? 0.28 : 0.5;
  const median = [0, 1, 2].map((c) =>
    sources.map((i) => seen.colors[i * 3 + c]!).sort((a, b) => a - b)[Math.floor(quantile * sources.length)] ?? 0.3);
  for (let i = 0; i < draft.count; i += 1) {
    if (draft.layers[i] !== LAYER.shell || known[i]! >= 0.3) continue;
    const share = (likeSkin ? 0.35 : 0.6) * Math.min(1, rings[i]! / FAR_RINGS);
    const shade = likeSkin ? 1 - 0.14 * Math.min(1, rings[i]! / FAR_RINGS) : 1;
    for (let c = 0; c < 3; c += 1) values[i * 3 + c] = shade * ((1 - share) * values[i * 3 + c]! + share * median[c]!);
    known[i] = 0.15 * Math.min(1, rings[i]! / FAR_RINGS);
  }
  const base = diffuse(draft, values, known, 3, SWEEPS, 0.05);
  if (sources.length < 50) return base;
  const smooth = diffuse(draft, base, new Float32Array(draft.count).fill(0.12), 3, 12, 0.05);
  const out = new Float32Array(draft.count * 3);
  const grain = grainOfHidden(draft, seen, sources, smooth, random);
  for (let i = 0; i < draft.count; i += 1) {
    if (draft.layers[i] !== LAYER.shell) continue;
    const trust = Math.min(1, confidence[i]! * 1.6);
    for (let c = 0; c < 3; c += 1) {
      const inferred = smooth[i * 3 + c]! + GRAIN * grain[i * 3 + c]!;
      out[i * 3 + c] = Math.min(1, Math.max(0, trust * seen.colors[i * 3 + c]! + (1 - trust) * inferred));
    }
  }
  return out;
}

/** Fine variation for splats that are not seen: patches of seen hair laid over them cell by cell, their mean removed. */
function grainOfHidden(
  draft: SplatDraft, seen: SampledColors, sources: readonly number[], smooth: Float32Array, random: SeededRandom,
): Float32Array {
  const grid = new PointGrid(PATCH_METERS / 4, sources.length);
  for (const i of sources) grid.add(draft.centers[i * 3]!, draft.centers[i * 3 + 1]!, draft.centers[i * 3 + 2]!);
  const anchors = new Map<string, number>();
  const grain = new Float32Array(draft.count * 3);
  const nearest = new Int32Array(1);
  const distance2 = new Float64Array(1);
  for (let i = 0; i < draft.count; i += 1) {
    if (draft.layers[i] !== LAYER.shell || seen.confidence[i]! > 0.62) continue;
    const cell = [0, 1, 2].map((axis) => Math.floor(draft.centers[i * 3 + axis]! / PATCH_METERS));
    const key = cell.join();
    let anchor = anchors.get(key);
    if (anchor === undefined) {
      anchor = sources[random.integer(sources.length)]!;
      anchors.set(key, anchor);
    }
    const at = (axis: number): number =>
      draft.centers[anchor * 3 + axis]! + (axis === 2 ? 0 : draft.centers[i * 3 + axis]! - (cell[axis]! + 0.5) * PATCH_METERS);
    if (grid.nearest(at(0), at(1), at(2), PATCH_METERS, nearest, distance2) === 0) continue;
    const j = sources[nearest[0]!]!;
    for (let c = 0; c < 3; c += 1) {
      grain[i * 3 + c] = Math.min(GRAIN_LIMIT, Math.max(-GRAIN_LIMIT, seen.colors[j * 3 + c]! - smooth[j * 3 + c]!));
    }
  }
  return grain;
}

/** The scalp under the hair takes the hair's colour, so that a gap shows more hair and not skin. */
function paintScalp(draft: SplatDraft, colors: Float32Array): void {
  const grid = new PointGrid(0.02, draft.count);
  const ids: number[] = [];
  for (let i = 0; i < draft.count; i += 1) {
    if (draft.layers[i] !== LAYER.shell) continue;
    grid.add(draft.metric[i * 3]!, draft.metric[i * 3 + 1]!, draft.metric[i * 3 + 2]!);
    ids.push(i);
  }
  const nearest = new Int32Array(1);
  const distance2 = new Float64Array(1);
  for (let i = 0; i < draft.count; i += 1) {
    if (REGION_NAMES[draft.regions[i]!] !== 'scalp') continue;
    for (const radius of [0.02, 0.06]) {
      if (grid.nearest(draft.metric[i * 3]!, draft.metric[i * 3 + 1]!, draft.metric[i * 3 + 2]!, radius, nearest, distance2) === 0) continue;
      const j = ids[nearest[0]!]!;
      for (let c = 0; c < 3; c += 1) colors[i * 3 + c] = colors[j * 3 + c]! * 0.9;
      break;
    }
  }
}
