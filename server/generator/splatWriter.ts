import type { AvatarHeader, BoundSplats } from '../../shared/splat/boundSplats.ts';
import { REGION_NAMES } from '../../shared/rig/rig.ts';
import { FACE_FRAME_STRIDE, offsetOfPoint } from '../../shared/splat/splatFrame.ts';
import type { FittedHead } from './fittedHead.ts';
import { LAYER, type SplatDraft } from './splatDraft.ts';

/** Thickness of a splat over its extent along the surface. */
const SKIN_THICKNESS = 0.22;
const COVER_THICKNESS = 0.45;
/** Splats tilted against their face by less than this lie in its plane, which costs nothing to send; cosine. */
const FLAT_COSINE = Math.cos((14 * Math.PI) / 180);
const OPACITY = 0.97;

/** Turns a draft and its colours into bound splats, in the draft's order. */
export function writeSplats(head: FittedHead, draft: SplatDraft, colors: Float32Array, header: AvatarHeader): BoundSplats {
  const { count } = draft;
  const offsets = new Float32Array(count * 3);
  const logScales = new Float32Array(count * 3);
  const rotations = new Float32Array(count * 4);
  for (let i = 0; i < count; i += 1) {
    const cover = isCover(draft, i);
    rotations[i * 4 + 3] = 1;
    if (cover) {
      offsetOfPoint(head.frames, draft.faces[i]!, draft.barycentrics[i * 2]!, draft.barycentrics[i * 2 + 1]!,
        draft.centers[i * 3]!, draft.centers[i * 3 + 1]!, draft.centers[i * 3 + 2]!, offsets, i * 3);
      tilt(head, draft, i, rotations);
    }
    const sigma = Math.log(draft.sigmas[i]!);
    logScales[i * 3] = sigma;
    logScales[i * 3 + 1] = sigma;
    logScales[i * 3 + 2] = sigma + Math.log(cover ? COVER_THICKNESS : SKIN_THICKNESS);
  }
  return {
    count, header, bindings: Uint16Array.from(draft.faces), barycentrics: draft.barycentrics, offsets, logScales, rotations,
    opacities: new Float32Array(count).fill(OPACITY), colors,
  };
}

/** Whether a splat lies on a surface that was pushed off the rig. */
export function isCover(draft: SplatDraft, i: number): boolean {
  if (draft.layers[i] === LAYER.shell) return true;
  const region = REGION_NAMES[draft.regions[i]!];
  return region === 'bust' || region === 'neck';
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
