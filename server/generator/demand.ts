import { REGION_NAMES, type RegionName } from '../../shared/rig/rig.ts';
import type { AnalysedPortrait } from '../perception/analysedPortrait.ts';
import type { Covering } from './covering.ts';
import { isVisible, rasteriseDepth } from './depthBuffer.ts';
import { DetailMap } from './detailMap.ts';
import { distanceAt, type DistanceField } from './distanceField.ts';
import type { FittedHead } from './fittedHead.ts';
import { LABEL, labelAt, type LabelMap } from './labelMap.ts';
import { PointGrid } from '../../shared/math/pointGrid.ts';

/** What a portrait says: everything that demand is derived from. */
export interface DemandContext {
  readonly head: FittedHead;
  readonly covering: Covering;
  readonly portrait: AnalysedPortrait;
  readonly labels: LabelMap;
  readonly matte: DistanceField;
}

/** Places on the fitted surface. */
export interface DemandPoints {
  readonly count: number;
  /** Rig face of each, [count]. */
  readonly faces: ArrayLike<number>;
  /** In the portrait's pose, on hair and clothes as they are pushed out, rig space, metres, [count, 3]; unit normals there. */
  readonly centers: Float32Array;
  readonly normals: Float32Array;
  /** As in `SplatDraft.metric`, [count, 3]: symmetric about x = 0, so that a face's other side can be looked up. */
  readonly metric: Float32Array;
  /** Share of the surface that each stands for, square metres, measured like `metric`; 0 where nothing is drawn, [count]. */
  readonly areas: Float32Array;
}

/** How much there is to see at each point. */
export interface SurfaceDetail {
  /** RMS of the colour's gradient, in [0, 1] of a channel's range a millimetre across the line of sight, [count]. */
  readonly gradients: Float32Array;
  /** Area in the picture over area on the surface, [count]; 0 where the portrait does not see the point. */
  readonly facings: Float32Array;
  /** How surely the portrait sees it, in [0, 1], [count]. */
  readonly trust: Float32Array;
}

/** Densities in splats a square centimetre at one side of which a region stays, whatever the picture shows. */
interface RegionDemand { readonly floor: number; readonly cap: number; readonly weight: number; readonly hidden: number }

/** A density that animation or the inside of a mouth asks for, not the picture. */
const fixed = (density: number): RegionDemand => ({ floor: density, cap: density, weight: 1, hidden: density });

/**
 * Floors keep turned heads closed and lids, lips and eyes fit to move; `hidden` is the floor of what the portrait
 * does not see.
 */
const DEMAND: Record<RegionName, RegionDemand> = {
  face: { floor: 14, cap: 130, weight: 1, hidden: 8 }, nose: { floor: 22, cap: 130, weight: 1.1, hidden: 14 },
  nostrils: { floor: 60, cap: 130, weight: 1, hidden: 60 },
  upperLip: { floor: 60, cap: 150, weight: 1.2, hidden: 60 }, lowerLip: { floor: 60, cap: 150, weight: 1.2, hidden: 60 },
  leftBrow: { floor: 50, cap: 150, weight: 1.1, hidden: 30 }, rightBrow: { floor: 50, cap: 150, weight: 1.1, hidden: 30 },
  leftUpperLid: { floor: 44, cap: 140, weight: 1.2, hidden: 40 }, leftLowerLid: { floor: 40, cap: 140, weight: 1.2, hidden: 36 },
  rightUpperLid: { floor: 44, cap: 140, weight: 1.2, hidden: 40 }, rightLowerLid: { floor: 40, cap: 140, weight: 1.2, hidden: 36 },
  leftEyeball: fixed(90), rightEyeball: fixed(90),
  leftEar: { floor: 6, cap: 30, weight: 0.35, hidden: 5 }, rightEar: { floor: 6, cap: 30, weight: 0.35, hidden: 5 },
  scalp: fixed(0.9), neck: { floor: 3.5, cap: 30, weight: 0.35, hidden: 3 }, bust: { floor: 1.2, cap: 14, weight: 0.15, hidden: 1 },
  mouthCavity: fixed(4.2), upperTeeth: { floor: 18, cap: 30, weight: 0.3, hidden: 18 }, lowerTeeth: { floor: 10, cap: 30, weight: 0.2, hidden: 10 },
  tongue: fixed(7), shell: { floor: 1.7, cap: 30, weight: 0.5, hidden: 1.2 },
};

/** Splats a square centimetre of picture at the usual gradient, a millimetre, and how they grow with it. */
const USUAL_DENSITY = 45;
const USUAL_GRADIENT = 0.05;
const EXPONENT = 0.5;
/** Splats of a head: its detail's demand, drawn nearer to the usual. */
const FEWEST_SPLATS = 30_000;
const MOST_SPLATS = 64_000;
const USUAL_SPLATS = 50_000;
const USUAL_ASKED = 38_500;
const BUDGET_EXPONENT = 0.8;
/** Foreshortened surfaces show themselves when the head turns: they count as if turned at least this far to the viewer. */
const LEAST_FACING = 0.35;
/** Share of the demand of a seen surface that one gets which the portrait does not see. */
const HIDDEN_SHARE = 0.4;
const SURE = 0.5;
const MIRROR_REACH_METERS = 0.008;
const DEPTH_TOLERANCE_METERS = 0.004;
const FACING = [0.1, 0.35] as const;
const SQUARE_CENTIMETERS = 1e4;
const SURFACE = { skin: 0, hair: 1, clothes: 2 } as const;

/**
 * How many splats a square metre of its surface (measured as in `SplatDraft.metric`) each point of a portrait deserves,
 * [count]: as many as the picture has gradient where it is seen, and what surfaces like it show where it is not.
 */
export function portraitDemand(points: DemandPoints, context: DemandContext): Float32Array {
  return demandOfDetail(points, completeDetail(points, observeDetail(points, context), context), context);
}

/**
 * Densities for given detail, splats a square metre, [count]; their sum over the areas is between `FEWEST_SPLATS` and
 * `MOST_SPLATS`. Where the truth behind a portrait is known, hidden points take their gradients from it:
 * `demandOfDetail(points, withTrueGradients(observeDetail(…), truth), context)`.
 *
 * Splats at distance s err by about g·s, squared and per area g²s², and with Σ 1/s² given the sum over a picture is
 * least where 1/s² ∝ g. Structural similarity, which divides by the local contrast, asks for an even density instead;
 * the exponent between is what served all figures of the evaluation at an equal number of splats.
 * @param total as many splats as this in place of what the detail asks for
 */
export function demandOfDetail(
  points: DemandPoints, detail: SurfaceDetail, { head: { rig } }: Pick<DemandContext, 'head'>, total?: number,
): Float32Array {
  const { count, areas } = points;
  const asked = new Float32Array(count);
  const low = new Float32Array(count);
  const high = new Float32Array(count);
  for (let i = 0; i < count; i += 1) {
    const { floor, cap, weight, hidden } = DEMAND[REGION_NAMES[rig.faceRegions[points.faces[i]!]!]!];
    const seen = detail.trust[i]!;
    const share = seen * Math.max(LEAST_FACING, detail.facings[i]!) + (1 - seen) * HIDDEN_SHARE;
    asked[i] = SQUARE_CENTIMETERS * weight * share * USUAL_DENSITY * (detail.gradients[i]! / USUAL_GRADIENT) ** EXPONENT;
    low[i] = SQUARE_CENTIMETERS * (seen * floor + (1 - seen) * hidden);
    high[i] = SQUARE_CENTIMETERS * cap;
  }
  const sumAt = (gain: number): number => {
    let sum = 0;
    for (let i = 0; i < count; i += 1) sum += areas[i]! * Math.min(high[i]!, Math.max(low[i]!, gain * asked[i]!));
    return sum;
  };
  const wanted = total ?? budgetOf(sumAt(1));
  // Floors and caps hold whatever the total: only what lies between them is scaled.
  let [least, most] = [1e-3, 1e3];
  for (let round = 0; round < 40; round += 1) {
    const middle = Math.sqrt(least * most);
    if (sumAt(middle) < wanted) least = middle;
    else most = middle;
  }
  return asked.map((value, i) => Math.min(high[i]!, Math.max(low[i]!, most * value)));
}

/** Splats of a head whose detail asks for so many: the more there is to see the more, within what devices draw. */
function budgetOf(asked: number): number {
  return Math.min(MOST_SPLATS, Math.max(FEWEST_SPLATS, USUAL_SPLATS * (asked / USUAL_ASKED) ** BUDGET_EXPONENT));
}

/** Detail with the gradients of the true surface, colour a millimetre, where the portrait does not see it, [count]. */
export function withTrueGradients(detail: SurfaceDetail, truth: Float32Array): SurfaceDetail {
  return {
    ...detail,
    gradients: detail.gradients.map((value, i) => {
      const seen = Math.min(1, detail.trust[i]! / SURE);
      return seen * value + (1 - seen) * truth[i]!;
    }),
  };
}

/** What the portrait itself shows at each point; gradients of points that it does not see mean nothing. */
export function observeDetail(points: DemandPoints, { head, covering, portrait, labels, matte }: DemandContext): SurfaceDetail {
  const { rig, view } = head;
  const { width, height } = portrait.image;
  const drawn = (face: number): boolean => {
    if (REGION_NAMES[rig.faceRegions[face]!] !== 'shell') return true;
    const hair = (corner: number): number => covering.hair[rig.faces[face * 3 + corner]!]!;
    return hair(0) + hair(1) + hair(2) > 1.5;
  };
  const buffer = rasteriseDepth(view.project(covering.surface), rig.faces, drawn, width, height, Math.min(1, 512 / Math.max(width, height)));
  const map = new DetailMap(portrait.image, matte, view.camera.focalPixels / middleDepth(head));
  const pixels = view.project(points.centers);
  const gradients = new Float32Array(points.count);
  const facings = new Float32Array(points.count);
  const trust = new Float32Array(points.count);
  for (let i = 0; i < points.count; i += 1) {
    const x = pixels[i * 3]!, y = pixels[i * 3 + 1]!, depth = pixels[i * 3 + 2]!;
    const at = i * 3;
    const facing = view.facing(points.centers[at]!, points.centers[at + 1]!, points.centers[at + 2]!,
      points.normals[at]!, points.normals[at + 1]!, points.normals[at + 2]!);
    if (facing <= 0 || x < 1 || y < 1 || x > width - 2 || y > height - 2) continue;
    if (!isVisible(buffer, x, y, depth, DEPTH_TOLERANCE_METERS)) continue;
    const inside = distanceAt(matte, x, y);
    facings[i] = facing;
    trust[i] = Math.min(1, Math.max(0, (facing - FACING[0]) / (FACING[1] - FACING[0]))) * Math.min(1, Math.max(0, (inside + 2) / 3));
    if (REGION_NAMES[rig.faceRegions[points.faces[i]!]!] === 'shell' && labelAt(labels, x, y) === LABEL.clothes) trust[i] = 0;
    gradients[i] = map.gradientAt(x, y) * (view.camera.focalPixels / depth) * 1e-3;
  }
  return { gradients, facings, trust };
}

/** Fills in what is not seen: from the other side of the face, else with the median of hair, clothes or skin as seen. */
export function completeDetail(points: DemandPoints, detail: SurfaceDetail, { head: { rig } }: Pick<DemandContext, 'head'>): SurfaceDetail {
  const { count, metric } = points;
  const grids = [0, 1, 2].map(() => new PointGrid(MIRROR_REACH_METERS, count));
  const ids: number[][] = [[], [], []];
  const surfaces = Uint8Array.from({ length: count }, (_, i) => surfaceOf(REGION_NAMES[rig.faceRegions[points.faces[i]!]!]!));
  for (let i = 0; i < count; i += 1) {
    if (detail.trust[i]! < SURE) continue;
    grids[surfaces[i]!]!.add(metric[i * 3]!, metric[i * 3 + 1]!, metric[i * 3 + 2]!);
    ids[surfaces[i]!]!.push(i);
  }
  const medians = ids.map((own) => {
    const sorted = Float32Array.from(own, (i) => detail.gradients[i]!).sort();
    return sorted.length === 0 ? 0 : sorted[sorted.length >> 1]!;
  });
  const nearest = new Int32Array(1);
  const distance2 = new Float64Array(1);
  const gradients = detail.gradients.map((value, i) => {
    const seen = Math.min(1, detail.trust[i]! / SURE);
    if (seen === 1) return value;
    const surface = surfaces[i]!;
    const found = grids[surface]!.nearest(-metric[i * 3]!, metric[i * 3 + 1]!, metric[i * 3 + 2]!, MIRROR_REACH_METERS, nearest, distance2);
    const other = found === 1 ? detail.gradients[ids[surface]![nearest[0]!]!]! : medians[surface]!;
    return seen * value + (1 - seen) * other;
  });
  return { ...detail, gradients };
}

function surfaceOf(region: RegionName): number {
  return region === 'shell' ? SURFACE.hair : region === 'bust' ? SURFACE.clothes : SURFACE.skin;
}

/** Metres from the camera's plane to the middle between the eyes. */
function middleDepth({ view }: FittedHead): number {
  return Math.max(0.05, view.project(new Float32Array(3))[2]!);
}
