import { MAX_ALPHA, MIN_ALPHA } from '../../../shared/splat/projection.ts';
import { UNPACK_GLSL } from './projectionShader.ts';
import { TEXEL_GLSL } from './texels.ts';

/** Splats drawn by one instance: enough vertices that a GPU's (or a software renderer's) per-instance cost vanishes. */
export const SPLATS_PER_INSTANCE = 128;

/** The corner of the triangle that holds what of a projected splat is above `MIN_ALPHA`. */
export const SPLAT_VERTEX_SHADER = /* glsl */ `
precision highp float;
precision highp int;
precision highp usampler2D;
${TEXEL_GLSL}
${UNPACK_GLSL}
uniform vec2 viewportPixels;
uniform usampler2D splatOrder;
uniform usampler2D projectedSplats;
uniform int drawnCount;
in vec3 position;                 // corner, triangle
flat out vec4 splatColor;
out vec2 sigmas;

void main() {
  gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
  splatColor = vec4(0.0);
  sigmas = vec2(0.0);
  int rank = gl_InstanceID * ${SPLATS_PER_INSTANCE} + int(position.z);
  if (rank >= drawnCount) return;
  uvec4 packed = texelFetch(projectedSplats, texel(int(texelFetch(splatOrder, texel(rank), 0).x)), 0);
  splatColor = colorOf(packed);
  if (splatColor.a <= ${MIN_ALPHA}) return;
  vec3 device = deviceOf(packed);
  vec2 axis = axisOf(packed);
  sigmas = position.xy * sqrt(2.0 * log(splatColor.a * ${(1 / MIN_ALPHA).toFixed(1)}));
  vec2 along = sigmas * sigmasOf(packed);
  vec2 pixels = axis * along.x + vec2(-axis.y, axis.x) * along.y;
  gl_Position = vec4(device.xy + pixels * 2.0 / viewportPixels, device.z, 1.0);
}
`;

/** Premultiplied, in the sRGB encoding: the target is written as it is. */
export const SPLAT_FRAGMENT_SHADER = /* glsl */ `
precision highp float;
flat in vec4 splatColor;
in vec2 sigmas;
out vec4 fragment;
void main() {
  float alpha = min(${MAX_ALPHA}, splatColor.a * exp(-0.5 * dot(sigmas, sigmas)));
  if (alpha < ${MIN_ALPHA}) discard;
  fragment = vec4(splatColor.rgb * alpha, alpha);
}
`;
