import { MAX_STRETCH } from '../../../shared/splat/splatFrame.ts';
import { BLENDSHAPE_COUNT } from '../../../shared/rig/blendshapes.ts';
import { TEXEL_GLSL, TEXTURE_WIDTH } from './texels.ts';

/** Joints the shaders have room for. */
export const MAX_JOINTS = 8;

/** Draws the triangle that covers the target; each fragment is one item of a data texture. */
export const FULL_TARGET_VERTEX_SHADER = /* glsl */ `
precision highp float;
in vec3 position;
void main() { gl_Position = vec4(position.xy, 0.0, 1.0); }
`;

const HEAD = /* glsl */ `
precision highp float;
precision highp int;
precision highp sampler2D;
${TEXEL_GLSL}
int item() { return int(gl_FragCoord.y) * ${TEXTURE_WIDTH} + int(gl_FragCoord.x); }
`;

/** Vertices of the posed rig: blendshapes, then linear blend skinning, as \`poseVertices\` in shared/rig/skinning.ts. */
export const POSED_VERTICES_SHADER = /* glsl */ `${HEAD}
uniform sampler2D neutral;
uniform sampler2D vertexTables;   // first delta, deltas, first ring entry, ring entries
uniform sampler2D deltas;         // displacement, blendshape
uniform sampler2D jointIndices;
uniform sampler2D jointWeights;
uniform float blendshapeWeights[${BLENDSHAPE_COUNT}];
uniform vec4 jointRows[${MAX_JOINTS * 3}];
uniform int vertexCount;
out vec4 posed;
void main() {
  int vertex = item();
  posed = vec4(0.0);
  if (vertex >= vertexCount) return;
  vec3 p = texelFetch(neutral, texel(vertex), 0).xyz;
  vec4 table = texelFetch(vertexTables, texel(vertex), 0);
  int begin = int(table.x);
  int end = begin + int(table.y);
  for (int k = begin; k < end; k++) {
    vec4 delta = texelFetch(deltas, texel(k), 0);
    p += blendshapeWeights[int(delta.w)] * delta.xyz;
  }
  vec4 indices = texelFetch(jointIndices, texel(vertex), 0);
  vec4 weights = texelFetch(jointWeights, texel(vertex), 0);
  vec4 from = vec4(p, 1.0);
  for (int k = 0; k < 4; k++) {
    int row = int(indices[k]) * 3;
    posed.xyz += weights[k] * vec3(dot(jointRows[row], from), dot(jointRows[row + 1], from), dot(jointRows[row + 2], from));
  }
}
`;

/** Unit vertex normals, area-weighted over the faces around each vertex (seams welded), as \`FaceFrames.vertexNormals\`. */
export const VERTEX_NORMALS_SHADER = /* glsl */ `${HEAD}
uniform sampler2D posedVertices;
uniform sampler2D vertexTables;
uniform sampler2D rings;          // the other two vertices of two faces around the vertex; -1 where there is no second
uniform int vertexCount;
out vec4 normal;
vec3 at(float vertex) { return texelFetch(posedVertices, texel(int(vertex)), 0).xyz; }
void main() {
  int vertex = item();
  normal = vec4(0.0);
  if (vertex >= vertexCount) return;
  vec3 p = at(float(vertex));
  vec4 table = texelFetch(vertexTables, texel(vertex), 0);
  int begin = int(table.z);
  int end = begin + int(table.w);
  vec3 sum = vec3(0.0);
  for (int k = begin; k < end; k++) {
    vec4 ring = texelFetch(rings, texel(k), 0);
    sum += cross(at(ring.x) - p, at(ring.y) - p);
    if (ring.z >= 0.0) sum += cross(at(ring.z) - p, at(ring.w) - p);
  }
  normal.xyz = sum / max(length(sum), 1e-18);
}
`;

/**
 * Three texels a face: the columns of [t b n]·G (see shared/splat/splatFrame.ts), each with the index of one of the
 * face's vertices in w.
 */
export const FACE_FRAMES_SHADER = /* glsl */ `${HEAD}
uniform sampler2D posedVertices;
uniform sampler2D faceVertices;   // vertex indices
uniform sampler2D restInverses;   // inverse of the neutral edge matrix; 0 where the face is degenerate
uniform int faceCount;
out vec4 column;
vec3 limitStretch(vec3 g) {
  float xx = g.x * g.x + g.y * g.y, xy = g.y * g.z, yy = g.z * g.z;
  float mean = 0.5 * (xx + yy);
  float radius = sqrt(0.25 * (xx - yy) * (xx - yy) + xy * xy);
  const float limit = ${(MAX_STRETCH * MAX_STRETCH).toFixed(1)};
  if (mean + radius <= limit) return g;
  float low = mean - radius;
  float smallest = clamp(low, 0.0, limit);
  float share = radius > 5e-13 ? (limit - smallest) / (2.0 * radius) : 0.0;
  float cyy = smallest + share * (yy - low);
  float h22 = sqrt(max(cyy, 1e-12));
  float h12 = share * xy / h22;
  return vec3(sqrt(max(smallest + share * (xx - low) - h12 * h12, 1e-12)), h12, h22);
}
void main() {
  int index = item();
  int face = index / 3;
  int part = index - face * 3;
  column = vec4(0.0);
  if (face >= faceCount) return;
  vec3 corners = texelFetch(faceVertices, texel(face), 0).xyz;
  vec3 p = texelFetch(posedVertices, texel(int(corners.x)), 0).xyz;
  vec3 e1 = texelFetch(posedVertices, texel(int(corners.y)), 0).xyz - p;
  vec3 e2 = texelFetch(posedVertices, texel(int(corners.z)), 0).xyz - p;
  vec3 n = cross(e1, e2);
  float a = length(e1);
  float area2 = length(n);
  vec3 t = e1 / max(a, 1e-12);
  n /= max(area2, 1e-18);
  vec3 b = cross(n, t);
  vec3 inverse = texelFetch(restInverses, texel(face), 0).xyz;
  vec3 g = vec3(1.0, 0.0, 1.0);
  if (inverse.x != 0.0) {
    float d = area2 / max(a, 1e-12);
    g = limitStretch(vec3(a * inverse.x, a * inverse.y + dot(e2, t) * inverse.z, d * inverse.z));
  }
  column = part == 0 ? vec4(t * g.x, corners.x) : part == 1 ? vec4(t * g.y + b * g.z, corners.y) : vec4(n, corners.z);
}
`;
