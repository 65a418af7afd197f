import { BufferGeometry, Float32BufferAttribute, GLSL3, Mesh, NormalBlending, RawShaderMaterial, Vector2, Vector3 } from 'three';

const VERTEX_SHADER = /* glsl */ `
in vec3 position;
out vec2 place;
void main() {
  place = position.xy;
  gl_Position = vec4(position.xy, -1.0, 1.0);
}`;

const FRAGMENT_SHADER = /* glsl */ `
precision highp float;
in vec2 place;
out vec4 fragment;
uniform vec2 halfPixels;
uniform float cornerPixels;
uniform float ringPixels;
uniform float ring;
uniform vec3 wall;
void main() {
  vec2 d = abs(place) * halfPixels - halfPixels + cornerPixels;
  float outside = length(max(d, 0.0)) + min(max(d.x, d.y), 0.0) - cornerPixels;
  // A hair's breadth of light along the edge, a ring around who speaks.
  float line = max(ring * smoothstep(0.7, -0.7, abs(outside + 0.5 * ringPixels) - 0.5 * ringPixels), 0.10 * smoothstep(1.2, 0.0, abs(outside + 0.7)));
  vec3 lineColor = mix(vec3(1.0), vec3(1.0, 0.725, 0.541), step(0.11, line));
  float covered = smoothstep(-0.7, 0.7, outside);
  fragment = vec4(mix(lineColor * line, wall, covered), mix(line, 1.0, covered));
}`;

/** The edge of one picture of the grid: rounds its corners off to the wall's colour, drawn last. */
export class GridFrame extends Mesh<BufferGeometry, RawShaderMaterial> {
  constructor() {
    const geometry = new BufferGeometry();
    geometry.setAttribute('position', new Float32BufferAttribute([-1, -1, 0, 3, -1, 0, -1, 3, 0], 3));
    super(geometry, new RawShaderMaterial({
      glslVersion: GLSL3, vertexShader: VERTEX_SHADER, fragmentShader: FRAGMENT_SHADER,
      transparent: true, premultipliedAlpha: true, blending: NormalBlending, depthTest: false, depthWrite: false,
      uniforms: { halfPixels: { value: new Vector2(1, 1) }, cornerPixels: { value: 16 }, ringPixels: { value: 3 }, ring: { value: 0 }, wall: { value: new Vector3() } },
    }));
    this.frustumCulled = false;
    this.renderOrder = 1e6;
  }

  /** @param pixelRatio drawing-buffer pixels per CSS pixel; width and height are CSS pixels */
  set(width: number, height: number, pixelRatio: number, speaking: boolean, wall: readonly [number, number, number]): void {
    const { uniforms } = this.material;
    (uniforms.halfPixels!.value as Vector2).set((width / 2) * pixelRatio, (height / 2) * pixelRatio);
    uniforms.cornerPixels!.value = Math.min(18, width * 0.08) * pixelRatio;
    uniforms.ringPixels!.value = 3 * pixelRatio;
    uniforms.ring!.value = speaking ? 1 : 0;
    (uniforms.wall!.value as Vector3).set(...wall);
    this.material.uniformsNeedUpdate = true;
  }

  override dispose(): void {
    this.geometry.dispose();
    this.material.dispose();
  }
}
