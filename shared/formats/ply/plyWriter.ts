import { strToU8 } from 'fflate';
import { SH_C0, identitySteps } from '../bindingRules.ts';
import type { RestSplats, SplatBinding } from '../restSplats.ts';

/** Properties of 3D Gaussian splatting's PLY without view-dependent colour, in the usual order. */
export const SPLAT_PROPERTIES = [
  'x', 'y', 'z', 'nx', 'ny', 'nz', 'f_dc_0', 'f_dc_1', 'f_dc_2', 'opacity', 'scale_0', 'scale_1', 'scale_2', 'rot_0', 'rot_1', 'rot_2', 'rot_3',
] as const;
/** Ours, after them: rig face and barycentric weights. Floats too, since some readers expect nothing else. */
export const BINDING_PROPERTIES = ['stipple_face', 'stipple_u', 'stipple_v'] as const;
/** Opacity 0 and 1 have no logit; they are stored as if this far from it. */
export const OPACITY_MARGIN = 1e-6;
const IDENTITY_PER_LINE = 16;

/**
 * Writes splats as 3D Gaussian splatting's binary PLY: logarithms of scale, logits of opacity, quaternions wxyz, colour as the
 * degree-0 coefficient. Such files have y down and z forwards, so y and z are negated; a reader that turns PLY upright shows the
 * head upright. The binding goes into three more properties and comments, which readers of plain PLY pass over.
 */
export function writePly(splats: RestSplats, binding: SplatBinding): Uint8Array {
  const header = strToU8(plyHeader(splats.count, binding));
  const stride = (SPLAT_PROPERTIES.length + BINDING_PROPERTIES.length) * 4;
  const file = new Uint8Array(header.length + splats.count * stride);
  file.set(header);
  const view = new DataView(file.buffer, header.length);
  const { centers, logScales, rotations, opacities, colors } = splats;
  for (let s = 0, at = 0; s < splats.count; s++) {
    const put = (value: number): void => {
      view.setFloat32(at, value, true);
      at += 4;
    };
    put(centers[s * 3]);
    put(-centers[s * 3 + 1]);
    put(-centers[s * 3 + 2]);
    for (let axis = 0; axis < 3; axis++) put(0);
    for (let k = 0; k < 3; k++) put((colors[s * 3 + k] - 0.5) / SH_C0);
    const opacity = Math.min(1 - OPACITY_MARGIN, Math.max(OPACITY_MARGIN, opacities[s]));
    put(Math.log(opacity / (1 - opacity)));
    for (let k = 0; k < 3; k++) put(logScales[s * 3 + k]);
    put(rotations[s * 4 + 3]);
    put(rotations[s * 4]);
    put(-rotations[s * 4 + 1]);
    put(-rotations[s * 4 + 2]);
    put(binding.bindings[s]);
    put(binding.barycentrics[s * 2]);
    put(binding.barycentrics[s * 2 + 1]);
  }
  return file;
}

function plyHeader(count: number, { header }: SplatBinding): string {
  const identity = [...identitySteps(header)];
  const comments = [`stipple.rig ${header.rigHash} ${header.rigId}`, `stipple.generator ${header.generator}`];
  for (let at = 0; at < identity.length; at += IDENTITY_PER_LINE) comments.push(`stipple.identity ${identity.slice(at, at + IDENTITY_PER_LINE).join(' ')}`);
  return [
    'ply', 'format binary_little_endian 1.0', ...comments.map((comment) => `comment ${comment}`), `element vertex ${count}`,
    ...[...SPLAT_PROPERTIES, ...BINDING_PROPERTIES].map((name) => `property float ${name}`), 'end_header', '',
  ].join('\n');
}
