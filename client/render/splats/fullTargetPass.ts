import { BufferAttribute, BufferGeometry, Camera, GLSL3, Mesh, NoBlending, RawShaderMaterial, Scene, type WebGLRenderer, type WebGLRenderTarget } from 'three';
import { FULL_TARGET_VERTEX_SHADER } from '../shaders/poseShaders.ts';

/** Computes textures: draws one triangle over a target, and leaves the renderer's own target and settings as it found them. */
export class FullTargetPass {
  readonly #geometry = new BufferGeometry();
  readonly #mesh: Mesh;
  readonly #scene = new Scene();
  readonly #camera = new Camera();

  constructor() {
    this.#geometry.setAttribute('position', new BufferAttribute(new Float32Array([-1, -1, 0, 3, -1, 0, -1, 3, 0]), 3));
    this.#mesh = new Mesh(this.#geometry);
    this.#mesh.frustumCulled = false;
    this.#scene.add(this.#mesh);
    this.#scene.matrixWorldAutoUpdate = false;
  }

  run(renderer: WebGLRenderer, target: WebGLRenderTarget, material: RawShaderMaterial): void {
    const before = renderer.getRenderTarget();
    const { autoClear } = renderer;
    const shadows = renderer.shadowMap.autoUpdate;
    renderer.autoClear = false;
    renderer.shadowMap.autoUpdate = false;
    this.#mesh.material = material;
    material.uniformsNeedUpdate = true;
    renderer.setRenderTarget(target);
    renderer.render(this.#scene, this.#camera);
    renderer.setRenderTarget(before);
    renderer.autoClear = autoClear;
    renderer.shadowMap.autoUpdate = shadows;
  }

  dispose(): void {
    this.#geometry.dispose();
  }
}

export function passMaterial(fragmentShader: string, uniforms: Record<string, { value: unknown }>): RawShaderMaterial {
  return new RawShaderMaterial({
    glslVersion: GLSL3, vertexShader: FULL_TARGET_VERTEX_SHADER, fragmentShader, uniforms,
    depthTest: false, depthWrite: false, blending: NoBlending, toneMapped: false,
  });
}
