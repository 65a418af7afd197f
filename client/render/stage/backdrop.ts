import { BufferGeometry, Float32BufferAttribute, GLSL3, Mesh, RawShaderMaterial, Vector2 } from 'three';

const VERTEX_SHADER = /* glsl */ `
in vec3 position;
out vec2 place;
void main() {
  place = position.xy * 0.5 + 0.5;
  gl_Position = vec4(position.xy, 1.0, 1.0);
}`;

/** A dim studio: a warm light behind the people, a cool floor, points that thin out. Written in the sRGB encoding. */
const FRAGMENT_SHADER = /* glsl */ `
precision highp float;
in vec2 place;
out vec4 fragment;
uniform vec2 sizePixels;
uniform float horizon;

float noise(vec2 p) { return fract(52.9829189 * fract(dot(p, vec2(0.06711056, 0.00583715)))); }

void main() {
  float aspect = sizePixels.x / sizePixels.y;
  vec2 p = vec2((place.x - 0.5) * aspect, place.y);
  float width = max(aspect, 0.9);
  // Light on the wall, low and wide; the corners fall off.
  vec2 toLight = vec2(p.x / (0.62 * width), (p.y - 0.60) / 0.62);
  float light = exp(-dot(toLight, toLight) * 1.25);
  vec3 color = mix(vec3(0.040, 0.044, 0.056), vec3(0.262, 0.276, 0.312), light);
  vec2 toGlow = vec2(p.x / (0.40 * width), (p.y - 0.50) / 0.40);
  color += vec3(0.075, 0.048, 0.026) * exp(-dot(toGlow, toGlow) * 1.6);
  // Points on the wall, denser towards the light.
  vec2 cell = vec2(place.x * sizePixels.x, place.y * sizePixels.y) / (sizePixels.y / 46.0);
  vec2 inCell = fract(cell) - 0.5;
  float dotMask = smoothstep(0.075, 0.04, length(inCell)) * light * light * smoothstep(horizon + 0.02, horizon + 0.4, place.y);
  color += dotMask * 0.05;
  // The floor: darker than the wall, with a pool of light.
  float floorMask = smoothstep(horizon + 0.05, horizon - 0.05, place.y);
  vec2 toPool = vec2(p.x / (0.62 * width), (p.y - horizon + 0.07) / 0.2);
  vec3 ground = vec3(0.045, 0.049, 0.060) + vec3(0.150, 0.142, 0.140) * exp(-dot(toPool, toPool) * 1.2);
  color = mix(color, ground, floorMask * 0.92);
  // The lower edge holds the controls: calm and dark.
  color = mix(color, vec3(0.043, 0.047, 0.058), smoothstep(0.2, 0.0, place.y) * 0.8);
  float vignette = smoothstep(1.25, 0.35, length(vec2(p.x / width, (p.y - 0.5)) * 1.15));
  color *= mix(0.72, 1.0, vignette);
  fragment = vec4(color + (noise(gl_FragCoord.xy) - 0.5) / 255.0, 1.0);
}`;

/** What is behind everyone: one triangle that covers the view, drawn first. */
export class Backdrop extends Mesh<BufferGeometry, RawShaderMaterial> {
  constructor() {
    const geometry = new BufferGeometry();
    geometry.setAttribute('position', new Float32BufferAttribute([-1, -1, 0, 3, -1, 0, -1, 3, 0], 3));
    super(geometry, new RawShaderMaterial({
      glslVersion: GLSL3, vertexShader: VERTEX_SHADER, fragmentShader: FRAGMENT_SHADER, depthTest: false, depthWrite: false,
      uniforms: { sizePixels: { value: new Vector2(1, 1) }, horizon: { value: 0.25 } },
    }));
    this.frustumCulled = false;
    this.renderOrder = -10;
  }

  /** @param horizon where the floor meets the wall, share of the height from below. */
  setView(widthPixels: number, heightPixels: number, horizon: number): void {
    (this.material.uniforms.sizePixels!.value as Vector2).set(widthPixels, heightPixels);
    this.material.uniforms.horizon!.value = horizon;
  }

  override dispose(): void {
    this.geometry.dispose();
    this.material.dispose();
  }
}
