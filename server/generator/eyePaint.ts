import { smoothStep, type SampledColors } from './colorSampling.ts';
import { landmarkOn, type FittedHead } from './fittedHead.ts';
import { insidePolygon, polygonDistance } from './labelMap.ts';
import { eyeOpenings } from './lidPaint.ts';
import { luma } from './luma.ts';
import { LAYER, type SplatDraft } from './splatDraft.ts';

/** MediaPipe's landmark of each iris' middle; subject's left, then right. */
const IRIS_MIDDLE = [473, 468] as const;
/** Half the angle under which the rig's eyeballs show their iris. */
const IRIS_RADIANS = (22.5 * Math.PI) / 180;
const PUPIL_SHARE = 0.4;
/** The inner corner in an eye's opening, whose first place is the outer one. */
export const OTHER_CORNER = 8;
/** From the lids' edges inwards, in eye widths: where the portrait begins to show the eye, and where it surely does. */
const CLEAR_OF_LIDS = [0.015, 0.065] as const;
const RINGS = 12;
/** The iris between pupil and rim, in iris radii. */
const MIDDLE_OF_IRIS = 0.6;
/** How much brighter than what is usual at its place a splat of an eye may be, share and sum: more is a reflection in the portrait. */
const GLOSS = [0.12, 0.015] as const;
/** How fast a brighter splat loses its own hue: all of it at `1 + 1 / GLARE_SLOPE` times the limit. */
const GLARE_SLOPE = 3;
/** How much of the iris' hue is its ring's: dull reflections of a room turn it grey in places. */
const RING_HUE = 0.6;
/** Real sclera is grey: what light falls on it is the face's. */
const SCLERA_OF_SKIN = 0.62;
/** What the portrait shows of it lies in the corners, in the shade of lids and lashes; its brightest is nearest to what turns into view. */
const SCLERA_QUANTILE = 0.9;

/**
 * Paints the eyeballs in their own angles about the gaze: sclera, iris and pupil as rings learnt from what the portrait
 * shows between the lids, completed all round, so that turning eyes stay eyes. Colours are changed in place.
 */
export function paintEyes(
  head: FittedHead, draft: SplatDraft, seen: SampledColors, landmarks: Float32Array, skinColor: readonly number[], colors: Float32Array,
): void {
  const openings = eyeOpenings(landmarks);
  const eyes = [LAYER.leftEye, LAYER.rightEye].map((layer, eye) => measureEye(head, draft, seen, layer, eye, openings[eye]!));
  // Two eyes of one person: what one hides the other may show.
  const rings = Array.from({ length: RINGS }, (_, ring) => medianColor(seen.colors, eyes.flatMap((eye) => eye.rings[ring]!), 0.4));
  const sclera = eyes.flatMap((eye) => eye.sclera);
  const light = luma(skinColor, 0) * SCLERA_OF_SKIN;
  const white = blend(medianColor(seen.colors, sclera, SCLERA_QUANTILE), [light + 0.3, light + 0.28, light + 0.26], Math.min(1, sclera.length / 50));
  const ringColors = completeRings(rings, white);
  for (const eye of eyes) {
    eye.splats.forEach((i, n) => {
      const model = modelColor(eye.radii[n]!, ringColors, white);
      const trust = eye.clear[n]! * 0.85;
      for (let c = 0; c < 3; c += 1) colors[i * 3 + c] = (1 - trust) * model[c]! + trust * seen.colors[i * 3 + c]!;
      if (eye.radii[n]! < 1) tint(colors, i, model, RING_HUE);
      dim(colors, i, modelColor(Math.max(eye.radii[n]!, MIDDLE_OF_IRIS), ringColors, white));
    });
  }
}

interface MeasuredEye {
  readonly splats: readonly number[];
  /** Angle from the gaze in iris radii, and how surely the portrait shows the splat between the lids, in [0, 1]. */
  readonly radii: Float32Array;
  readonly clear: Float32Array;
  /** Splats clearly seen, by ring of the iris, and on the white. */
  readonly rings: readonly (readonly number[])[];
  readonly sclera: readonly number[];
}

function measureEye(
  head: FittedHead, draft: SplatDraft, seen: SampledColors, layer: number, eye: number, opening: readonly [number, number][],
): MeasuredEye {
  const { rig, neutral } = head;
  const splats: number[] = [];
  for (let i = 0; i < draft.count; i += 1) if (draft.layers[i] === layer) splats.push(i);
  const joint = rig.joints.findIndex(({ name }) => name === (eye === 0 ? 'leftEye' : 'rightEye'));
  const center = neutral.jointPositions.subarray(joint * 3, joint * 3 + 3);
  const direction = (p: readonly number[]): [number, number, number] => {
    const d = [p[0]! - center[0]!, p[1]! - center[1]!, p[2]! - center[2]!];
    const length = Math.hypot(d[0]!, d[1]!, d[2]!);
    return [d[0]! / length, d[1]! / length, d[2]! / length];
  };
  // At rest the gaze runs through the iris' middle as the rig has it.
  const middle = direction(landmarkOn(rig, neutral.positions, IRIS_MIDDLE[eye]!));
  const rings = Array.from({ length: RINGS }, (): number[] => []);
  const sclera: number[] = [];
  const radii = new Float32Array(splats.length);
  const clear = new Float32Array(splats.length);
  splats.forEach((i, n) => {
    const d = direction([draft.metric[i * 3]!, draft.metric[i * 3 + 1]!, draft.metric[i * 3 + 2]!]);
    radii[n] = Math.acos(Math.min(1, Math.max(-1, d[0] * middle[0] + d[1] * middle[1] + d[2] * middle[2]))) / IRIS_RADIANS;
    const x = seen.pixels[i * 3]!, y = seen.pixels[i * 3 + 1]!;
    if (draft.normals[i * 3 + 2]! < 0) return;
    clear[n] = clearOfLids(opening, x, y);
    if (clear[n]! < 0.7) return;
    if (radii[n]! < 1) rings[Math.floor(radii[n]! * RINGS)]!.push(i);
    else if (radii[n]! > 1.15) sclera.push(i);
  });
  return { splats, radii, clear, rings, sclera };
}

/** How surely a pixel shows the eye itself, not its lids or their shade, in [0, 1]. */
function clearOfLids(opening: readonly [number, number][], x: number, y: number): number {
  return smoothStep(CLEAR_OF_LIDS, insideOpening(opening, OTHER_CORNER, x, y));
}

/** How far within an opening's edges a pixel lies, in widths between its first corner and the `other`th; negative outside. */
export function insideOpening(opening: readonly [number, number][], other: number, x: number, y: number): number {
  const width = Math.hypot(opening[0]![0] - opening[other]![0], opening[0]![1] - opening[other]![1]);
  return ((insidePolygon(opening, x, y) ? 1 : -1) * polygonDistance(opening, x, y)) / width;
}

/** Gives a splat a share of a colour's hue, at the brightness it has. In place. */
function tint(colors: Float32Array, i: number, hue: ArrayLike<number>, share: number): void {
  const gain = luma(colors, i * 3) / Math.max(1e-3, luma(hue, 0));
  for (let c = 0; c < 3; c += 1) colors[i * 3 + c] = Math.min(1, (1 - share) * colors[i * 3 + c]! + share * gain * hue[c]!);
}

/** Takes a reflection off a splat: one much brighter than `usual` takes that colour's brightness and hue, the more so the brighter it was. In place. */
function dim(colors: Float32Array, i: number, usual: ArrayLike<number>): void {
  const most = (1 + GLOSS[0]) * luma(usual, 0) + GLOSS[1];
  const own = luma(colors, i * 3);
  if (own <= most) return;
  const glare = Math.min(1, GLARE_SLOPE * (own / most - 1));
  const gain = most / Math.max(1e-3, luma(usual, 0));
  for (let c = 0; c < 3; c += 1) {
    colors[i * 3 + c] = Math.min(1, (1 - glare) * colors[i * 3 + c]! * (most / own) + glare * gain * usual[c]!);
  }
}

function modelColor(radius: number, rings: readonly (readonly number[])[], white: readonly number[]): number[] {
  if (radius >= 1.12) {
    // Towards the sides the sclera lies in the lids' shade and turns warmer.
    const shade = Math.min(1, (radius - 1.12) / 2.5);
    return [white[0]! * (1 - 0.2 * shade), white[1]! * (1 - 0.28 * shade), white[2]! * (1 - 0.3 * shade)];
  }
  const at = Math.min(RINGS - 1, Math.max(0, radius * RINGS - 0.5));
  const low = Math.floor(at), high = Math.min(RINGS - 1, low + 1);
  const inside = rings[low]!.map((value, c) => value + (at - low) * (rings[high]![c]! - value));
  const edge = Math.min(1, Math.max(0, (radius - 0.94) / 0.18));
  return inside.map((value, c) => value * (1 - edge) + white[c]! * edge);
}

/** Fills rings that are not seen from their neighbours, keeps the pupil dark and the rim darker than the iris. */
function completeRings(rings: readonly (number[] | undefined)[], white: readonly number[]): number[][] {
  const known = rings.map((ring, index) => ({ ring, index })).filter(({ ring, index }) => ring !== undefined && index >= PUPIL_SHARE * RINGS);
  const fallback = white.map((value) => value * 0.3);
  return rings.map((_, index) => {
    let iris = fallback;
    let best = Infinity;
    for (const entry of known) {
      if (Math.abs(entry.index - index) < best) { best = Math.abs(entry.index - index); iris = entry.ring!; }
    }
    const radius = (index + 0.5) / RINGS;
    if (radius < PUPIL_SHARE) {
      const soft = Math.min(1, Math.max(0, (radius - 0.28) / 0.12));
      const dark = Math.min(0.35, 0.3 * luma(iris, 0) + 0.02);
      return iris.map((value) => (1 - soft) * dark * 0.6 + soft * value * 0.7);
    }
    return iris.map((value) => value * (radius > 0.9 ? 0.8 : 1));
  });
}

/** Channel-wise quantile: under one half it keeps highlights out of the iris. */
function medianColor(colors: Float32Array, ids: readonly number[], quantile: number): number[] | undefined {
  if (ids.length < 3) return undefined;
  return [0, 1, 2].map((c) => {
    const sorted = ids.map((i) => colors[i * 3 + c]!).sort((a, b) => a - b);
    return sorted[Math.floor(quantile * (sorted.length - 1))]!;
  });
}

function blend(color: number[] | undefined, other: readonly number[], share: number): number[] {
  return other.map((value, c) => (color === undefined ? value : share * color[c]! + (1 - share) * value));
}
