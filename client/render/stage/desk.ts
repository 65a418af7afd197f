import { BufferGeometry, DoubleSide, Float32BufferAttribute, GLSL3, Mesh, NormalBlending, RawShaderMaterial, Vector3, Vector4 } from 'three';
import { arcPoint, type DeskPlan } from './seating.ts';
import type { SceneLook } from './stageScenes.ts';

/** People whose shadows a desk can hold. */
const MOST_SHADOWS = 24;
const SEGMENTS = 192;

const VERTEX_SHADER = /* glsl */ `
uniform mat4 modelViewMatrix, projectionMatrix;
in vec3 position;
in vec3 inset;          // metres from the back edge, from the front edge (negative: below it), along the arc
out vec3 world;
out vec3 edges;
void main() {
  world = position;
  edges = inset;
  gl_Position = projectionMatrix * modelViewMatrix * vec4(position, 1.0);
}`;

const FRAGMENT_SHADER = /* glsl */ `
precision highp float;
in vec3 world;
in vec3 edges;
out vec4 fragment;
uniform vec3 topColor, frontColor, glowColor;
uniform vec4 people[${MOST_SHADOWS}];     // x, height, z of who sits here or before it; w: 1 at this desk, 0 before it
uniform int peopleCount;
uniform float halfWidth;

float grain(vec2 p) {
  vec2 cell = floor(p);
  vec2 f = fract(p);
  f = f * f * (3.0 - 2.0 * f);
  vec4 r = fract(sin(vec4(dot(cell, vec2(12.9898, 78.233)), dot(cell + vec2(1, 0), vec2(12.9898, 78.233)),
    dot(cell + vec2(0, 1), vec2(12.9898, 78.233)), dot(cell + vec2(1, 1), vec2(12.9898, 78.233)))) * 43758.5453);
  return mix(mix(r.x, r.y, f.x), mix(r.z, r.w, f.x), f.y);
}

void main() {
  bool top = edges.y >= 0.0;
  float light = exp(-pow(world.x / (0.8 * halfWidth), 2.0));
  vec3 color;
  if (top) {
    float lines = grain(vec2(edges.z * 3.0, edges.x * 46.0)) - 0.5 + 0.5 * (grain(vec2(edges.z * 9.0, edges.x * 130.0)) - 0.5);
    color = topColor * (1.0 + 0.13 * lines);
    // What is behind shines on the far part; the near one, under the controls, is calm.
    color += glowColor * light * (0.35 * exp(-edges.x * 9.0) + exp(-edges.x * 1.7));
    color *= mix(1.0, 0.55, smoothstep(0.15, 1.1, edges.x));
    // The edge towards the viewer catches light.
    color += glowColor * 0.3 * smoothstep(0.03, 0.0, edges.y);
  } else {
    float down = -edges.y;
    float slats = smoothstep(0.06, 0.10, abs(fract(edges.z * 9.0) - 0.5));
    color = frontColor * (0.86 + 0.14 * slats) * mix(1.18, 0.72, smoothstep(0.0, 0.45, down));
    color += glowColor * 0.25 * light * exp(-down * 6.0);
  }
  float shade = 1.0;
  for (int i = 0; i < ${MOST_SHADOWS}; i++) {
    if (i >= peopleCount) break;
    vec3 d = world - people[i].xyz;
    if (top && people[i].w > 0.5) {
      // Where body and desk nearly meet it is darkest; beyond, the shadow of head and shoulders.
      shade *= 1.0 - 0.62 * exp(-pow(d.x / 0.20, 2.0) - pow(edges.x / 0.055, 2.0));
      shade *= 1.0 - 0.30 * exp(-pow(d.x / 0.25, 2.0) - pow(edges.x / 0.26, 2.0));
    } else if (!top && people[i].w < 0.5) {
      shade *= 1.0 - 0.34 * exp(-pow(d.x / 0.24, 2.0) - pow((d.y + 0.05) / 0.34, 2.0));
    }
  }
  color *= shade;
  // The far edge and the floor end softly: nothing here is multisampled.
  float alpha = top ? clamp(edges.x / max(fwidth(edges.x), 1e-6), 0.0, 1.0) : 1.0;
  fragment = vec4(color * alpha, alpha);
}`;

/** The table or desk of one row: opaque, so that who sits behind it ends at its edge; it holds the shadows of who sits there. */
export class Desk extends Mesh<BufferGeometry, RawShaderMaterial> {
  readonly plan: DeskPlan;
  readonly #people: Vector4[];

  constructor(plan: DeskPlan, look: NonNullable<SceneLook['desk']>) {
    const people = Array.from({ length: MOST_SHADOWS }, () => new Vector4());
    super(deskGeometry(plan), new RawShaderMaterial({
      glslVersion: GLSL3, vertexShader: VERTEX_SHADER, fragmentShader: FRAGMENT_SHADER,
      transparent: true, premultipliedAlpha: true, blending: NormalBlending, depthTest: true, depthWrite: true, side: DoubleSide,
      uniforms: {
        topColor: { value: new Vector3(...look.top) }, frontColor: { value: new Vector3(...look.front) }, glowColor: { value: new Vector3(...look.glow) },
        people: { value: people }, peopleCount: { value: 0 }, halfWidth: { value: Math.max(0.9, plan.backRadius * 0.42) },
      },
    }));
    this.plan = plan;
    this.#people = people;
    this.frustumCulled = false;
    // Rows behind first.
    this.renderOrder = -5 - plan.row * 0.01;
  }

  /** Takes over who casts shadows here: those of this row on its top, those of the row before on its front. */
  setPeople(places: Iterable<{ readonly x: number; readonly y: number; readonly z: number; readonly row: number }>): void {
    let count = 0;
    for (const { x, y, z, row } of places) {
      if (count >= MOST_SHADOWS || (row !== this.plan.row && row !== this.plan.row - 1)) continue;
      this.#people[count++]!.set(x, y, z, row === this.plan.row ? 1 : 0);
    }
    this.material.uniforms.peopleCount!.value = count;
    this.material.uniformsNeedUpdate = true;
  }

  override dispose(): void {
    this.geometry.dispose();
    this.material.dispose();
  }
}

/** Bands along the arc: the top from the back edge to the front edge, and the front downwards from there. */
function deskGeometry({ arc, backRadius, frontRadius, halfAngle, height, frontHeight }: DeskPlan): BufferGeometry {
  const positions: number[] = [];
  const insets: number[] = [];
  const indices: number[] = [];
  const depth = backRadius - frontRadius;
  for (let segment = 0; segment <= SEGMENTS; segment++) {
    const angle = ((segment / SEGMENTS) * 2 - 1) * halfAngle;
    const along = angle * backRadius;
    const [backX, backZ] = arcPoint(arc, backRadius, angle);
    const [frontX, frontZ] = arcPoint(arc, frontRadius, angle);
    positions.push(backX, height, backZ, frontX, height, frontZ, frontX, height, frontZ, frontX, height - frontHeight, frontZ);
    insets.push(0, depth, along, depth, 0, along, depth, -1e-6, along, depth, -frontHeight, along);
    if (segment === SEGMENTS) break;
    const a = segment * 4;
    const b = a + 4;
    indices.push(a, a + 1, b, b, a + 1, b + 1, a + 2, a + 3, b + 2, b + 2, a + 3, b + 3);
  }
  const geometry = new BufferGeometry();
  geometry.setAttribute('position', new Float32BufferAttribute(positions, 3));
  geometry.setAttribute('inset', new Float32BufferAttribute(insets, 3));
  geometry.setIndex(indices);
  return geometry;
}
