import { BufferGeometry, Float32BufferAttribute, GLSL3, Mesh, NormalBlending, type Camera, type Object3D, RawShaderMaterial, Vector2, Vector3, WebGLRenderTarget, type WebGLRenderer } from 'three';

const VERTEX_SHADER = /* glsl */ `
in vec3 position;
uniform float depth;
void main() { gl_Position = vec4(position.xy, depth, 1.0); }`;

const FRAGMENT_SHADER = /* glsl */ `
precision highp float;
precision highp sampler2D;
uniform sampler2D layer;
uniform ivec2 origin;
uniform float share;
out vec4 fragment;
void main() { fragment = texelFetch(layer, ivec2(gl_FragCoord.xy) - origin, 0) * share; }`;

/** A part of the canvas, in drawing-buffer pixels from its lower left corner. */
export interface ViewPart {
  readonly x?: number;
  readonly y?: number;
  readonly width: number;
  readonly height: number;
}

/**
 * An object drawn by itself and laid over the view as one picture, partly seen through. Splats cannot be faded one by one:
 * with each a little transparent, what lies behind the head shines through its face.
 */
export class FadeLayer extends Mesh<BufferGeometry, RawShaderMaterial> {
  readonly #place = new Vector3();
  readonly #target = new WebGLRenderTarget(1, 1, { depthBuffer: false, generateMipmaps: false });

  constructor() {
    const geometry = new BufferGeometry();
    geometry.setAttribute('position', new Float32BufferAttribute([-1, -1, 0, 3, -1, 0, -1, 3, 0], 3));
    super(geometry, new RawShaderMaterial({
      glslVersion: GLSL3, vertexShader: VERTEX_SHADER, fragmentShader: FRAGMENT_SHADER,
      transparent: true, premultipliedAlpha: true, blending: NormalBlending, depthTest: true, depthWrite: false, toneMapped: false,
      uniforms: { layer: { value: null }, share: { value: 0 }, depth: { value: 0 }, origin: { value: new Vector2() } },
    }));
    this.material.uniforms.layer!.value = this.#target.texture;
    this.frustumCulled = false;
    this.visible = false;
  }

  /**
   * Draws `object` as this layer's picture. World matrices must be up to date; the renderer's target is left at the canvas.
   * The layer lies at the depth of the object's origin: what is in front of that (a desk) hides it.
   * @param view part of the canvas, drawing-buffer pixels from its lower left corner
   * @param share seen of it, in [0, 1]
   */
  draw(renderer: WebGLRenderer, camera: Camera, object: Object3D, view: ViewPart, share: number): void {
    const { width, height } = view;
    if (this.#target.width !== width || this.#target.height !== height) this.#target.setSize(width, height);
    const { uniforms } = this.material;
    uniforms.share!.value = share;
    uniforms.depth!.value = this.#place.setFromMatrixPosition(object.matrixWorld).project(camera).z;
    (uniforms.origin!.value as Vector2).set(view.x ?? 0, view.y ?? 0);
    this.material.uniformsNeedUpdate = true;
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
