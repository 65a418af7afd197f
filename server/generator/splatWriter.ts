import type { AvatarHeader, BoundSplats } from '../../shared/splat/boundSplats.ts';
import { REGION_NAMES } from '../../shared/rig/rig.ts';
import { FACE_FRAME_STRIDE, offsetOfPoint } from '../../shared/splat/splatFrame.ts';
import { smoothStep } from './colorSampling.ts';
import { isLid, type FittedHead } from './fittedHead.ts';
import { LAYER, type SplatDraft } from './splatDraft.ts';

/** Thickness of a splat over its extent along the surface. */
export const SKIN_THICKNESS = 0.22;
const COVER_THICKNESS = 0.45;
/** Splats tilted against their face by less than this lie in its plane, which costs nothing to send; cosine. */
const FLAT_COSINE = Math.cos((14 * Math.PI) / 180);
const OPACITY = 0.97;
/**
 * Hair that the portrait sees at a slant, or not at all, is drawn so much wider than their distances ask for: from aside
 * their rims fray. Cosines of the angle between which it sets in.
 */
const RIM_MARGIN = 0.4;
const RIM_COSINES = [0.05, -0.15] as const;
const LONGEST_OFFSET_METERS = 0.4;
/** Widening of a splat that lies this far aside of its face, and further. */
const MOST_CRACK_MARGIN = 0.6;
const FAR_ASIDE_METERS = 0.015;

/** Turns a draft and its colours into bound splats, in the draft's order. */
export function writeSplats(head: FittedHead, draft: SplatDraft, colors: Float32Array, header: AvatarHeader): BoundSplats {
  const { count } = draft;
  const offsets = new Float32Array(count * 3);
  const logScales = new Float32Array(count * 3);
  const rotations = new Float32Array(count * 4);
  const opacities = new Float32Array(count).fill(OPACITY);
  for (let i = 0; i < count; i += 1) {
    const cover = isCover(draft, i);
    rotations[i * 4 + 3] = 1;
    if (cover || draft.moved[i] === 1) {
      offsetOfPoint(head.frames, draft.faces[i]!, draft.barycentrics[i * 2]!, draft.barycentrics[i * 2 + 1]!,
        draft.centers[i * 3]!, draft.centers[i * 3 + 1]!, draft.centers[i * 3 + 2]!, offsets, i * 3);
      // On a sliver whose smooth normal lies in its plane an offset cannot be told; such a splat is not drawn.
      if (!(Math.hypot(offsets[i * 3]!, offsets[i * 3 + 1]!, offsets[i * 3 + 2]!) < LONGEST_OFFSET_METERS)) {
        offsets.fill(0, i * 3, i * 3 + 3);
        opacities[i] = 0;
      }
      if (cover) tilt(head, draft, i, rotations);
    } else offsets[i * 3 + 2] = draft.lifts[i]!;
    const ofNeck = REGION_NAMES[draft.regions[i]!] === 'neck';
    const sigma = Math.log(draft.sigmas[i]!) + (draft.layers[i] === LAYER.shell ? Math.log(1 + rimMargin(head, draft, i)) : 0) + (ofNeck ? Math.log(1 + crackMargin(offsets, i)) : 0);
    logScales[i * 3] = sigma;
    logScales[i * 3 + 1] = sigma;
    logScales[i * 3 + 2] = sigma + Math.log(cover ? COVER_THICKNESS : SKIN_THICKNESS);
    if (isLid(REGION_NAMES[draft.regions[i]!]!)) fold(head, draft, i, logScales, rotations);
  }
  return {
    count, header, bindings: Uint16Array.from(draft.faces), barycentrics: draft.barycentrics, offsets, logScales, rotations,
    opacities, colors,
  };
}

/**
 * How much wider a splat of the neck is drawn that lies aside of its face. Neighbours on other faces turn with those
 * when the neck twists, and the further they lie from their faces, the further apart they move.
 */
function crackMargin(offsets: Float32Array, i: number): number {
  const asideMeters = Math.hypot(offsets[i * 3]!, offsets[i * 3 + 1]!);
  return MOST_CRACK_MARGIN * Math.min(1, asideMeters / FAR_ASIDE_METERS);
}

function rimMargin({ view }: FittedHead, { centers, normals }: SplatDraft, i: number): number {
  const at = i * 3;
  return RIM_MARGIN * smoothStep(RIM_COSINES, view.facing(centers[at]!, centers[at + 1]!, centers[at + 2]!, normals[at]!, normals[at + 1]!, normals[at + 2]!));
}

/** Whether a splat lies on a surface that was pushed off the rig. */
export function isCover(draft: SplatDraft, i: number): boolean {
  if (draft.layers[i] === LAYER.shell) return true;
  const region = REGION_NAMES[draft.regions[i]!];
  return region === 'bust' || region === 'neck';
}

/**
 * Scales and rotation on the neutral, folded lid of a splat that is round on the closed one: Σ = σ² G⁻¹ G⁻ᵀ, with G the
 * face's deformation from neutral to closed.
 */
function fold(head: FittedHead, draft: SplatDraft, i: number, logScales: Float32Array, rotations: Float32Array): void {
  const f = head.closedEyes.frames;
  const o = draft.faces[i]! * FACE_FRAME_STRIDE;
  const a = 1 / Math.max(f[o + 9]!, 0.2), c = 1 / Math.max(f[o + 11]!, 0.2);
  const b = -f[o + 10]! * a * c;
  const xx = a * a + b * b, xy = b * c, yy = c * c;
  const mean = (xx + yy) / 2, radius = Math.hypot((xx - yy) / 2, xy);
  const angle = 0.5 * Math.atan2(2 * xy, xx - yy);
  const limit = (value: number): number => Math.min(2, Math.max(0.3, Math.sqrt(Math.max(value, 0))));
  logScales[i * 3] = logScales[i * 3]! + Math.log(limit(mean + radius));
  logScales[i * 3 + 1] = logScales[i * 3 + 1]! + Math.log(limit(mean - radius));
  rotations[i * 4 + 2] = Math.sin(angle / 2);
  rotations[i * 4 + 3] = Math.cos(angle / 2);
}

/** The least rotation, in the face's frame, that lays a splat along the pushed surface. */
function tilt(head: FittedHead, draft: SplatDraft, i: number, rotations: Float32Array): void {
  const f = head.frames.frames;
  const o = draft.faces[i]! * FACE_FRAME_STRIDE;
  const dot = (at: number): number => f[at]! * draft.normals[i * 3]! + f[at + 1]! * draft.normals[i * 3 + 1]! + f[at + 2]! * draft.normals[i * 3 + 2]!;
  const x = dot(o), y = dot(o + 3), z = dot(o + 6);
  if (z > FLAT_COSINE || z < -0.9) return;
  const length = Math.hypot(-y, x, 1 + z);
  rotations[i * 4] = -y / length;
  rotations[i * 4 + 1] = x / length;
  rotations[i * 4 + 2] = 0;
  rotations[i * 4 + 3] = (1 + z) / length;
}

/** Splats [begin, end) as views on the same memory. */
export function sliceSplats(splats: BoundSplats, begin: number, end: number): BoundSplats {
  return {
    count: end - begin, header: splats.header,
    bindings: splats.bindings.subarray(begin, end), barycentrics: splats.barycentrics.subarray(begin * 2, end * 2),
    offsets: splats.offsets.subarray(begin * 3, end * 3), logScales: splats.logScales.subarray(begin * 3, end * 3),
    rotations: splats.rotations.subarray(begin * 4, end * 4), opacities: splats.opacities.subarray(begin, end),
    colors: splats.colors.subarray(begin * 3, end * 3),
  };
}
