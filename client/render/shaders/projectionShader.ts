import { LOW_PASS_PIXELS2, MIN_ALPHA, NEAR_METERS } from '../../../shared/splat/projection.ts';
import { FLAT_MOST_METERS, THIN_FULLNESS, WIDE_FULLNESS } from '../../../shared/splat/prefixGrowth.ts';
import { TEXEL_GLSL, TEXTURE_WIDTH } from './texels.ts';

/** Offsets are stored as signed 16-bit fractions of this, metres. */
export const OFFSET_RANGE_METERS = 2;

/** Projected centres are kept this far out, in half views; a splat whose centre is further is not drawn. */
const CENTER_RANGE = 2;
/** Standard deviations on the screen are kept as logarithms from 2^-1 to 2^11 pixels. */
const SIGMA_OCTAVES = 12;

/** The cornea's curvature over that of the eyeball's mesh there, and cosines of the angles from the gaze between which its glint fades: it keeps clear of the white and, under a lowered gaze, of the lid. */
const CORNEA_CURVATURE = 1.6;
const CORNEA_COSINES = [Math.cos((18 * Math.PI) / 180), Math.cos((10 * Math.PI) / 180)] as const;

/**
 * Projects one splat a fragment, once for all corners of what is drawn: its centre and covariance from its bound face (as
 * shared/splat/covariance.ts), seen by the camera as shared/splat/projection.ts has it. Sixteen bytes a splat:
 *
 * | integer | bits |
 * |---|---|
 * | 0 | x (21), lower bits of y (11) |
 * | 1 | upper bits of y (10), depth (22), of normalised device coordinates |
 * | 2 | logarithms of the standard deviations along the long axis (11) and across (11), direction of the long axis (10) |
 * | 3 | red, green, blue, opacity (8); opacity 0: not to be drawn |
 */
export const PROJECTION_SHADER = /* glsl */ `
precision highp float;
precision highp int;
precision highp sampler2D;
precision highp usampler2D;
${TEXEL_GLSL}
uniform mat4 viewFromRig;
uniform mat4 clipFromView;
uniform mat3 worldFromRig;
uniform vec2 viewportPixels;
uniform usampler2D splatData;
uniform sampler2D posedVertices;
uniform sampler2D vertexNormals;
uniform sampler2D faceFrames;
uniform ivec2 run;                // first texel of this avatar's splats, and how many
uniform float prefixGrowth;       // see shared/splat/prefixGrowth.ts
uniform vec2 fadeMeters;          // rig-space heights: nothing below the first, all above the second
uniform vec3 lightAmbient;
uniform vec3 lightKey;
uniform vec3 lightDirection;      // in the world, towards the light
uniform ivec3 eyeFaces;           // the eyeballs' first face, the first of the second eye, the last
uniform ivec2 eyePupils;          // the vertex in the middle of each pupil
uniform float eyeGlint;
out uvec4 projected;

vec2 signed16(uint bits) { return vec2(ivec2(int(bits << 16), int(bits)) >> 16) * (${OFFSET_RANGE_METERS.toFixed(1)} / 32767.0); }

float compensateOpacity(float opacity, float areaRatio) {
  float depth = areaRatio * opacity * (1.0 + 0.45 * opacity);
  return 2.0 * depth / (1.0 + sqrt(1.0 + 1.8 * depth));
}

/** A covariance's factor, grown as far as a prefix is: the thinnest axis by less than the others, or not at all. */
mat3 grown(mat3 factor, uint packed) {
  vec2 at = vec2(ivec2(int(packed << 20), int(packed << 8)) >> 20) / 2047.0;
  vec3 thin = normalize(vec3(at, 1.0 - abs(at.x) - abs(at.y)));
  float fullness = float(packed >> 24) / 255.0;
  float trace = dot(factor[0], factor[0]) + dot(factor[1], factor[1]) + dot(factor[2], factor[2]);
  float sheet = min(prefixGrowth, max(1.0, ${(FLAT_MOST_METERS * 1000).toFixed(1)} * inversesqrt(0.5 * trace)));
  float wide = mix(sheet, prefixGrowth, clamp((fullness - ${WIDE_FULLNESS[0]}) / ${(WIDE_FULLNESS[1] - WIDE_FULLNESS[0]).toFixed(4)}, 0.0, 1.0));
  float across = mix(1.0, prefixGrowth, clamp((fullness - ${THIN_FULLNESS.toFixed(4)}) / ${(1 - THIN_FULLNESS).toFixed(4)}, 0.0, 1.0));
  return wide * factor + (across - wide) * outerProduct(thin, thin * factor);
}

void main() {
  int splat = int(gl_FragCoord.y) * ${TEXTURE_WIDTH} + int(gl_FragCoord.x) - run.x;
  if (splat < 0 || splat >= run.y) discard;
  projected = uvec4(0u);
  uvec4 place = texelFetch(splatData, texel(2 * splat), 0);
  uvec4 shape = texelFetch(splatData, texel(2 * splat + 1), 0);

  int face = int(place.x & 0xffffu);
  vec4 c0 = texelFetch(faceFrames, texel(face * 3), 0);
  vec4 c1 = texelFetch(faceFrames, texel(face * 3 + 1), 0);
  vec4 c2 = texelFetch(faceFrames, texel(face * 3 + 2), 0);
  ivec2 v0 = texel(int(c0.w)), v1 = texel(int(c1.w)), v2 = texel(int(c2.w));
  vec2 uv = unpackUnorm2x16(place.z);
  float w = 1.0 - uv.x - uv.y;
  vec3 normal = w * texelFetch(vertexNormals, v0, 0).xyz + uv.x * texelFetch(vertexNormals, v1, 0).xyz + uv.y * texelFetch(vertexNormals, v2, 0).xyz;
  normal /= max(length(normal), 1e-18);
  vec3 tangent = normalize(c0.xyz);
  vec2 offsetXy = signed16(place.y);
  float offsetZ = signed16(place.x).y;
  vec3 center = w * texelFetch(posedVertices, v0, 0).xyz + uv.x * texelFetch(posedVertices, v1, 0).xyz + uv.y * texelFetch(posedVertices, v2, 0).xyz
    + tangent * offsetXy.x + cross(c2.xyz, tangent) * offsetXy.y + normal * offsetZ;

  vec3 view = (viewFromRig * vec4(center, 1.0)).xyz;
  float depth = -view.z;
  if (depth <= ${NEAR_METERS}) return;
  vec4 clip = clipFromView * vec4(view, 1.0);
  vec3 device = clip.xyz / clip.w;
  if (max(abs(device.x), abs(device.y)) > ${CENTER_RANGE.toFixed(1)} || abs(device.z) > 1.0) return;

  // Cholesky factor of the covariance in the face's frame, millimetres; its columns, deformed and turned to the camera.
  vec2 l0 = unpackHalf2x16(shape.x), l1 = unpackHalf2x16(shape.y), l2 = unpackHalf2x16(shape.z);
  mat3 toView = mat3(viewFromRig) * mat3(c0.xyz, c1.xyz, c2.xyz) * 0.001;
  mat3 factor = toView * grown(mat3(l0.x, l0.y, l1.x, 0.0, l1.y, l2.x, 0.0, 0.0, l2.y), shape.w);

  vec2 focal = 0.5 * viewportPixels * vec2(clipFromView[0][0], clipFromView[1][1]);
  vec2 center01 = vec2(clipFromView[2][0], clipFromView[2][1]);
  vec2 halfSlope = 1.0 / vec2(clipFromView[0][0], clipFromView[1][1]);
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

  color.rgb = min(color.rgb * (lightAmbient + lightKey * (0.5 + 0.5 * dot(normalize(worldFromRig * normal), lightDirection))), 1.0);
  if (face >= eyeFaces.x && face <= eyeFaces.z) {
    // A window above, over the viewer's shoulder, on the cornea, which is more curved than the eyeball: its glint
    // goes along with the gaze, and there is none on the white. Eyeballs have a splat every 1.5 mm: only what is wholly
    // white over some six degrees is seen as a reflection.
    vec3 gaze = texelFetch(vertexNormals, texel(face < eyeFaces.y ? eyePupils.x : eyePupils.y), 0).xyz;
    vec3 cornea = normalize(mix(gaze, normal, ${CORNEA_CURVATURE.toFixed(1)}));
    float wet = smoothstep(${CORNEA_COSINES[0].toFixed(4)}, ${CORNEA_COSINES[1].toFixed(4)}, dot(normal, gaze));
    vec3 halfway = normalize(normalize(vec3(-0.35, 0.50, 0.80)) + normalize(-view));
    float glint = wet * min(1.0, 3.0 * exp(-${(160 / CORNEA_CURVATURE ** 2).toFixed(1)} * (1.0 - dot(normalize(mat3(viewFromRig) * cornea), halfway))));
    color.rgb = mix(color.rgb, vec3(1.0), eyeGlint * glint);
  }

  float mean = 0.5 * (xx + yy);
  float radius = length(vec2(0.5 * (xx - yy), rawXy));
  float large = mean + radius;
  float small = max(determinant / large, 1e-6);
  float angle = 0.5 * atan(2.0 * rawXy, xx - yy);
  uvec2 at = uvec2((device.xy / ${(2 * CENTER_RANGE).toFixed(1)} + 0.5) * 2097151.0 + 0.5);
  uint farness = uint((device.z * 0.5 + 0.5) * 4194303.0);
  uvec2 sigmas = uvec2(clamp((0.5 * log2(vec2(large, small)) + 1.0) * (2047.0 / ${SIGMA_OCTAVES.toFixed(1)}), 0.0, 2047.0) + 0.5);
  uint direction = uint(int(floor(angle * (1024.0 / 3.14159265) + 0.5)) & 1023);
  uvec4 bytes = uvec4(vec4(color.rgb, opacity) * 255.0 + 0.5);
  projected = uvec4(
    at.x | (at.y << 21), (at.y >> 11) | (farness << 10), sigmas.x | (sigmas.y << 11) | (direction << 22),
    bytes.r | (bytes.g << 8) | (bytes.b << 16) | (bytes.a << 24)
  );
}
`;

/** GLSL: a splat as \`PROJECTION_SHADER\` has packed it. */
export const UNPACK_GLSL = /* glsl */ `
vec3 deviceOf(uvec4 packed) {
  uvec3 bits = uvec3(packed.x & 2097151u, (packed.x >> 21) | ((packed.y & 1023u) << 11), packed.y >> 10);
  return vec3((vec2(bits.xy) / 2097151.0 - 0.5) * ${(2 * CENTER_RANGE).toFixed(1)}, float(bits.z) * (2.0 / 4194303.0) - 1.0);
}
vec2 sigmasOf(uvec4 packed) {
  return exp2(vec2(packed.z & 2047u, (packed.z >> 11) & 2047u) * (${SIGMA_OCTAVES.toFixed(1)} / 2047.0) - 1.0);
}
vec2 axisOf(uvec4 packed) {
  float angle = float(packed.z >> 22) * (3.14159265 / 1024.0);
  return vec2(cos(angle), sin(angle));
}
vec4 colorOf(uvec4 packed) { return vec4((uvec4(packed.w) >> uvec4(0u, 8u, 16u, 24u)) & 255u) / 255.0; }
`;
