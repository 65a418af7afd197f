import { LOW_PASS_PIXELS2, MAX_ALPHA, MIN_ALPHA, NEAR_METERS } from '../../../shared/splat/projection.ts';
import { TEXEL_GLSL } from './texels.ts';

/** Quads drawn by one instance: enough vertices that a GPU's (or a software renderer's) per-instance cost vanishes. */
export const QUADS_PER_INSTANCE = 128;

/** Offsets are stored as signed 16-bit fractions of this, metres. */
export const OFFSET_RANGE_METERS = 2;

/**
 * Places one splat: its centre and covariance from its bound face (as shared/splat/covariance.ts), projected as
 * shared/splat/projection.ts does it, then the corner of the quad that holds what is above \`MIN_ALPHA\`.
 */
export const SPLAT_VERTEX_SHADER = /* glsl */ `
precision highp float;
precision highp int;
precision highp sampler2D;
precision highp usampler2D;
${TEXEL_GLSL}
uniform mat4 modelViewMatrix;
uniform mat4 projectionMatrix;
uniform vec2 viewportPixels;
uniform usampler2D splatOrder;
uniform usampler2D splatData;
uniform sampler2D posedVertices;
uniform sampler2D vertexNormals;
uniform sampler2D faceFrames;
uniform int drawnCount;
uniform float prefixScale;
uniform vec2 fadeMeters;          // rig-space heights: nothing below the first, all above the second
in vec3 position;                 // corner, quad
flat out vec4 splatColor;
out vec2 sigmas;

vec2 signed16(uint bits) { return vec2(ivec2(int(bits << 16), int(bits)) >> 16) * (${OFFSET_RANGE_METERS.toFixed(1)} / 32767.0); }

float compensateOpacity(float opacity, float areaRatio) {
  float depth = areaRatio * opacity * (1.0 + 0.45 * opacity);
  return 2.0 * depth / (1.0 + sqrt(1.0 + 1.8 * depth));
}

void main() {
  gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
  splatColor = vec4(0.0);
  sigmas = vec2(0.0);
  int rank = gl_InstanceID * ${QUADS_PER_INSTANCE} + int(position.z);
  if (rank >= drawnCount) return;
  int splat = int(texelFetch(splatOrder, texel(rank), 0).x);
  uvec4 place = texelFetch(splatData, texel(2 * splat), 0);
  uvec4 shape = texelFetch(splatData, texel(2 * splat + 1), 0);

  int face = int(place.x & 0xffffu) * 3;
  vec4 c0 = texelFetch(faceFrames, texel(face), 0);
  vec4 c1 = texelFetch(faceFrames, texel(face + 1), 0);
  vec4 c2 = texelFetch(faceFrames, texel(face + 2), 0);
  ivec2 v0 = texel(int(c0.w)), v1 = texel(int(c1.w)), v2 = texel(int(c2.w));
  vec2 uv = unpackUnorm2x16(place.z);
  float w = 1.0 - uv.x - uv.y;
  vec3 normal = w * texelFetch(vertexNormals, v0, 0).xyz + uv.x * texelFetch(vertexNormals, v1, 0).xyz + uv.y * texelFetch(vertexNormals, v2, 0).xyz;
  vec3 tangent = normalize(c0.xyz);
  vec2 offsetXy = signed16(place.y);
  float offsetZ = signed16(place.x).y;
  vec3 center = w * texelFetch(posedVertices, v0, 0).xyz + uv.x * texelFetch(posedVertices, v1, 0).xyz + uv.y * texelFetch(posedVertices, v2, 0).xyz
    + tangent * offsetXy.x + cross(c2.xyz, tangent) * offsetXy.y + normal * (offsetZ / max(length(normal), 1e-18));

  vec3 view = (modelViewMatrix * vec4(center, 1.0)).xyz;
  float depth = -view.z;
  if (depth <= ${NEAR_METERS}) return;

  // Cholesky factor of the covariance in the face's frame, millimetres; its columns, deformed and turned to the camera.
  vec2 l0 = unpackHalf2x16(shape.x), l1 = unpackHalf2x16(shape.y), l2 = unpackHalf2x16(shape.z);
  mat3 toView = mat3(modelViewMatrix) * mat3(c0.xyz, c1.xyz, c2.xyz) * (0.001 * prefixScale);
  mat3 factor = toView * mat3(l0.x, l0.y, l1.x, 0.0, l1.y, l2.x, 0.0, 0.0, l2.y);

  vec2 focal = 0.5 * viewportPixels * vec2(projectionMatrix[0][0], projectionMatrix[1][1]);
  vec2 center01 = vec2(projectionMatrix[2][0], projectionMatrix[2][1]);
  vec2 halfSlope = 1.0 / vec2(projectionMatrix[0][0], projectionMatrix[1][1]);
  vec2 slope = clamp(view.xy / depth, (center01 - 1.3) * halfSlope, (center01 + 1.3) * halfSlope);
  // Rows of the Jacobian are focal/depth · (1, 0, slope.x) and (0, 1, slope.y).
  vec2 f0 = focal / depth * (factor[0].xy + slope * factor[0].z);
  vec2 f1 = focal / depth * (factor[1].xy + slope * factor[1].z);
  vec2 f2 = focal / depth * (factor[2].xy + slope * factor[2].z);
  float rawXx = f0.x * f0.x + f1.x * f1.x + f2.x * f2.x;
  float rawXy = f0.x * f0.y + f1.x * f1.y + f2.x * f2.y;
  float rawYy = f0.y * f0.y + f1.y * f1.y + f2.y * f2.y;
  float xx = rawXx + ${LOW_PASS_PIXELS2}, yy = rawYy + ${LOW_PASS_PIXELS2};
  float determinant = xx * yy - rawXy * rawXy;
  float rawDeterminant = max(rawXx * rawYy - rawXy * rawXy, 0.0);
  vec4 color = vec4((uvec4(place.w) >> uvec4(0u, 8u, 16u, 24u)) & 255u) / 255.0;
  float opacity = compensateOpacity(color.a * smoothstep(fadeMeters.x, fadeMeters.y, center.y), sqrt(rawDeterminant / determinant));
  if (opacity <= ${MIN_ALPHA}) return;

  float mean = 0.5 * (xx + yy);
  float radius = length(vec2(0.5 * (xx - yy), rawXy));
  float large = mean + radius;
  float small = max(determinant / large, 1e-6);
  vec2 axis = xx >= yy ? vec2(large - yy, rawXy) : vec2(rawXy, large - xx);
  float axisLength = length(axis);
  axis = axisLength > 1e-9 ? axis / axisLength : vec2(1.0, 0.0);
  float reach = sqrt(2.0 * log(opacity * ${(1 / MIN_ALPHA).toFixed(1)}));
  sigmas = position.xy * reach;
  vec2 pixels = axis * (sigmas.x * sqrt(large)) + vec2(-axis.y, axis.x) * (sigmas.y * sqrt(small));
  vec4 clip = projectionMatrix * vec4(view, 1.0);
  gl_Position = clip + vec4(pixels * 2.0 / viewportPixels * clip.w, 0.0, 0.0);
  splatColor = vec4(color.rgb, opacity);
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
