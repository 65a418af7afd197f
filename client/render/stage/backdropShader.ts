export const BACKDROP_VERTEX_SHADER = /* glsl */ `
in vec3 position;
out vec2 place;
void main() {
  place = position.xy;
  gl_Position = vec4(position.xy, 1.0, 1.0);
}`;

/**
 * The rooms, far enough behind everyone to be out of focus, in the sRGB encoding. Coordinates `q` are those of the whole
 * view: (0, 0) its middle, 1 its upper edge, and the aspect its right one; they stay on the wall when the camera turns or zooms.
 */
export const BACKDROP_FRAGMENT_SHADER = /* glsl */ `
precision highp float;
in vec2 place;
out vec4 fragment;
uniform int scene;
uniform vec3 plainColor;
uniform vec2 tangents;
uniform mat3 worldFromCamera;
uniform float planSlope;
uniform float planTangent;
uniform float planAspect;

float noise(vec2 p) { return fract(52.9829189 * fract(dot(p, vec2(0.06711056, 0.00583715)))); }
float random(vec2 cell) { return fract(sin(dot(cell, vec2(127.1, 311.7))) * 43758.5453); }
/** 1 inside a box with round corners, falling to 0 over \`soft\`. */
float box(vec2 p, vec2 halfSize, float corner, float soft) {
  vec2 d = abs(p) - halfSize + corner;
  float distance = length(max(d, 0.0)) + min(max(d.x, d.y), 0.0) - corner;
  return smoothstep(soft, -soft, distance);
}

/** A dim studio: a warm light behind the people, points that thin out. */
vec3 studio(vec2 q, float width) {
  vec2 toLight = vec2(q.x / (0.62 * width), (q.y - 0.16) / 1.15);
  float light = exp(-dot(toLight, toLight) * 1.25);
  vec3 color = mix(vec3(0.040, 0.044, 0.056), vec3(0.262, 0.276, 0.312), light);
  vec2 toGlow = vec2(q.x / (0.42 * width), (q.y + 0.05) / 0.8);
  color += vec3(0.085, 0.055, 0.030) * exp(-dot(toGlow, toGlow) * 1.6);
  vec2 inCell = fract(q * 23.0) - 0.5;
  float dots = smoothstep(0.085, 0.045, length(inCell)) * light * light * smoothstep(-0.25, 0.5, q.y);
  return color + dots * 0.05;
}

/** A loft by day: tall windows to the left, their light across a warm wall. */
vec3 loft(vec2 q, float width) {
  vec3 wall = mix(vec3(0.80, 0.755, 0.70), vec3(0.62, 0.575, 0.535), smoothstep(-0.7 * width, 1.0 * width, q.x + 0.25 * q.y));
  wall *= mix(0.86, 1.03, smoothstep(-1.0, 0.9, q.y));
  // Light that falls in slantwise, in two soft panes.
  vec2 s = vec2(q.x - 0.42 * q.y - 0.30 * width, q.y - 0.05);
  float fall = box(s - vec2(-0.16, 0.0), vec2(0.17, 0.75), 0.03, 0.10) + box(s - vec2(0.27, 0.0), vec2(0.17, 0.75), 0.03, 0.10);
  wall += vec3(0.135, 0.115, 0.075) * fall;
  // Windows, out of focus.
  for (int i = 0; i < 2; i++) {
    vec2 p = q - vec2(-0.80 * width + 0.62 * float(i), 0.40);
    float frame = box(p, vec2(0.25, 0.86), 0.05, 0.03);
    float pane = box(vec2(abs(p.x) - 0.118, p.y), vec2(0.100, 0.82), 0.02, 0.022) * (1.0 - 0.85 * smoothstep(0.035, 0.012, abs(p.y + 0.02)));
    vec3 sky = mix(vec3(0.83, 0.89, 0.90), vec3(0.95, 0.965, 0.975), smoothstep(-0.4, 0.5, p.y));
    // Leaves outside.
    float leaves = smoothstep(0.15, -0.75, p.y + 0.28 * sin(p.x * 5.0 + float(i) * 2.0) + 0.10 * sin(p.x * 17.0 + p.y * 9.0));
    sky = mix(sky, vec3(0.60, 0.69, 0.56), leaves * 0.75);
    wall = mix(wall, vec3(0.55, 0.50, 0.455), frame * 0.8);
    wall = mix(wall, sky, pane);
    wall += vec3(0.10, 0.10, 0.095) * exp(-dot(p, p) * 1.6) * (1.0 - pane);
  }
  // A picture on the wall.
  vec2 art = q - vec2(0.66 * width, 0.34);
  wall = mix(wall, vec3(0.43, 0.37, 0.33), box(art, vec2(0.27, 0.37), 0.015, 0.020));
  wall = mix(wall, vec3(0.87, 0.835, 0.78), box(art, vec2(0.245, 0.345), 0.01, 0.016));
  wall = mix(wall, vec3(0.78, 0.52, 0.38), box(art - vec2(-0.03, 0.07), vec2(0.115), 0.115, 0.020) * 0.85);
  wall = mix(wall, vec3(0.40, 0.46, 0.47), box(art - vec2(0.03, -0.15), vec2(0.17, 0.09), 0.08, 0.020) * 0.8);
  return wall;
}

/** Evening over a town: a wide window, lights out of focus, two lamps. */
vec3 evening(vec2 q, float width) {
  vec3 wall = mix(vec3(0.060, 0.058, 0.082), vec3(0.118, 0.100, 0.115), smoothstep(-1.0, 1.0, q.y));
  vec2 p = q - vec2(0.0, 0.30);
  float window = box(p, vec2(0.86 * width, 0.72), 0.03, 0.03);
  vec3 sky = mix(vec3(0.40, 0.27, 0.30), vec3(0.085, 0.115, 0.235), smoothstep(-0.62, 0.55, p.y));
  // Two ranges of houses.
  float far = smoothstep(0.03, -0.03, p.y + 0.26 - 0.14 * floor(3.0 * random(vec2(floor(q.x * 3.3), 7.0))) / 2.0);
  sky = mix(sky, vec3(0.125, 0.115, 0.185), far * 0.85);
  float near = smoothstep(0.04, -0.04, p.y + 0.48 - 0.20 * random(vec2(floor(q.x * 2.1 + 0.5), 3.0)));
  sky = mix(sky, vec3(0.068, 0.066, 0.115), near * 0.9);
  for (int layer = 0; layer < 2; layer++) {
    float density = layer == 0 ? 5.0 : 8.5;
    vec2 g = (q + vec2(float(layer) * 0.37, 0.11)) * density;
    vec2 cell = floor(g);
    float chance = random(cell + float(layer) * 31.0);
    vec2 middle = 0.5 + 0.34 * (vec2(random(cell + 3.1), random(cell + 9.7)) - 0.5);
    float size = (0.12 + 0.16 * random(cell + 5.5));
    float disc = smoothstep(size, size * 0.72, length(fract(g) - middle));
    vec3 lamp = mix(vec3(1.0, 0.66, 0.34), vec3(0.62, 0.74, 0.96), step(0.72, random(cell + 1.9)));
    sky += lamp * disc * step(0.56, chance) * (0.10 + 0.22 * random(cell + 2.2)) * smoothstep(0.02, -0.22, p.y);
  }
  wall = mix(wall, sky, window);
  // Bars of the window.
  float bars = smoothstep(0.022, 0.008, abs(abs(p.x) - 0.43 * width)) * window;
  wall = mix(wall, vec3(0.055, 0.05, 0.07), bars * 0.9);
  for (int i = 0; i < 2; i++) {
    vec2 l = q - vec2((float(i) - 0.5) * 1.24 * width, 0.66);
    wall = mix(wall, vec3(0.04, 0.035, 0.045), smoothstep(0.012, 0.004, abs(l.x)) * step(0.0, l.y) * 0.9);
    wall += vec3(0.52, 0.31, 0.13) * exp(-dot(l, l) * 7.0) + vec3(0.12, 0.07, 0.03) * exp(-dot(l, l) * 1.3);
    wall = mix(wall, vec3(1.0, 0.86, 0.64), box(l, vec2(0.070, 0.070), 0.07, 0.018));
  }
  return wall;
}

void main() {
  vec3 direction = worldFromCamera * vec3(place * tangents, -1.0);
  vec2 q = (direction.xy / max(1e-3, -direction.z) - vec2(0.0, planSlope)) / planTangent;
  float width = max(planAspect, 0.75);
  vec3 color = plainColor;
  if (scene == 0) color = studio(q, width);
  else if (scene == 1) color = loft(q, width);
  else if (scene == 2) color = evening(q, width);
  else color *= 1.0 - 0.10 * smoothstep(0.3, 1.5, length(vec2(q.x / width, q.y * 0.8)));
  if (scene < 3) color *= mix(0.74, 1.0, smoothstep(1.75, 0.5, length(vec2(q.x / width, q.y * 0.9))));
  fragment = vec4(color + (noise(gl_FragCoord.xy) - 0.5) / 255.0, 1.0);
}`;
