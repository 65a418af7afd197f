import { BufferGeometry, Float32BufferAttribute, GLSL3, Mesh, NormalBlending, type Camera, type Object3D, RawShaderMaterial, WebGLRenderTarget, type WebGLRenderer } from 'three';

const VERTEX_SHADER = /* glsl */ `
in vec3 position;
void main() { gl_Position = vec4(position.xy, 0.0, 1.0); }`;

const FRAGMENT_SHADER = /* glsl */ `
precision highp float;
precision highp sampler2D;
uniform sampler2D layer;
uniform float share;
out vec4 fragment;
void main() { fragment = texelFetch(layer, ivec2(gl_FragCoord.xy), 0) * share; }`;

/**
 * An object drawn by itself and laid over the view as one picture, partly seen through. Splats cannot be faded one by one:
 * with each a little transparent, what lies behind the head shines through its face.
 */
export class FadeLayer extends Mesh<BufferGeometry, RawShaderMaterial> {
  readonly #target = new WebGLRenderTarget(1, 1, { depthBuffer: false, generateMipmaps: false });

  constructor() {
    const geometry = new BufferGeometry();
    geometry.setAttribute('position', new Float32BufferAttribute([-1, -1, 0, 3, -1, 0, -1, 3, 0], 3));
    super(geometry, new RawShaderMaterial({
      glslVersion: GLSL3, vertexShader: VERTEX_SHADER, fragmentShader: FRAGMENT_SHADER,
      transparent: true, premultipliedAlpha: true, blending: NormalBlending, depthTest: false, depthWrite: false, toneMapped: false,
      uniforms: { layer: { value: null }, share: { value: 0 } },
    }));
    this.material.uniforms.layer!.value = this.#target.texture;
    this.frustumCulled = false;
    this.visible = false;
  }

  /**
   * Draws `object` as this layer's picture. World matrices must be up to date; the renderer's target is left at the canvas.
   * @param width of the view, from the canvas's lower left corner, drawing-buffer pixels
   * @param share seen of it, in [0, 1]
   */
  draw(renderer: WebGLRenderer, camera: Camera, object: Object3D, width: number, height: number, share: number): void {
    if (this.#target.width !== width || this.#target.height !== height) this.#target.setSize(width, height);
    this.material.uniforms.share!.value = share;
    renderer.setRenderTarget(this.#target);
    renderer.clear();
    renderer.render(object, camera);
    renderer.setRenderTarget(null);
  }

  override dispose(): void {
    this.#target.dispose();
    this.geometry.dispose();
    this.material.dispose();
  }
}
