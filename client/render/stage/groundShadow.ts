import { GLSL3, Mesh, PlaneGeometry, RawShaderMaterial } from 'three';

/** A soft shadow on the floor, where a bust seems to stand. */
export class GroundShadow extends Mesh<PlaneGeometry, RawShaderMaterial> {
  /** @param height of the floor below the eyes, metres (negative). */
  constructor(height: number) {
    super(new PlaneGeometry(1, 1), new RawShaderMaterial({
      glslVersion: GLSL3, transparent: true, depthTest: false, depthWrite: false, uniforms: { strength: { value: 0.5 } },
      vertexShader: /* glsl */ `
uniform mat4 modelViewMatrix, projectionMatrix;
in vec3 position;
in vec2 uv;
out vec2 place;
void main() { place = uv * 2.0 - 1.0; gl_Position = projectionMatrix * modelViewMatrix * vec4(position, 1.0); }`,
      fragmentShader: /* glsl */ `
precision highp float;
in vec2 place;
out vec4 fragment;
uniform float strength;
void main() { fragment = vec4(0.0, 0.0, 0.0, strength * exp(-3.6 * dot(place, place)) * smoothstep(1.0, 0.7, length(place))); }`,
    }));
    // Tipped towards the viewer, who looks from the height of the eyes: flat, it would be a line.
    this.rotation.x = -Math.PI / 2 + 0.42;
    this.position.y = height;
    this.scale.set(0.62, 0.36, 1);
    this.renderOrder = -5;
  }

  /** How dark it is in the middle, [0, 1]. */
  set strength(strength: number) {
    this.material.uniforms.strength!.value = strength;
  }

  override dispose(): void {
    this.geometry.dispose();
    this.material.dispose();
  }
}
