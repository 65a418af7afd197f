import { GLSL3, NormalBlending, RawShaderMaterial, type Texture, Vector2 } from 'three';
import { SPLAT_FRAGMENT_SHADER, SPLAT_VERTEX_SHADER } from '../shaders/splatShaders.ts';

/** Draws projected splats in a given order: blended over what is there, hidden by what is in front. */
export class SplatMaterial extends RawShaderMaterial {
  /** Pixels of the view that is drawn into. */
  readonly viewportPixels = new Vector2(1, 1);

  constructor() {
    super({
      glslVersion: GLSL3, vertexShader: SPLAT_VERTEX_SHADER, fragmentShader: SPLAT_FRAGMENT_SHADER,
      transparent: true, premultipliedAlpha: true, blending: NormalBlending, depthTest: true, depthWrite: false, toneMapped: false,
      uniforms: { drawnCount: { value: 0 }, splatOrder: { value: null }, projectedSplats: { value: null } },
    });
    this.uniforms.viewportPixels = { value: this.viewportPixels };
  }

  setTextures(splatOrder: Texture, projectedSplats: Texture): void {
    this.uniforms.splatOrder.value = splatOrder;
    this.uniforms.projectedSplats.value = projectedSplats;
  }

  setDrawnCount(count: number): void {
    this.uniforms.drawnCount.value = count;
  }
}
