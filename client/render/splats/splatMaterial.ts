import { GLSL3, NormalBlending, RawShaderMaterial, type Texture, Vector2 } from 'three';
import type { PoseTextures } from './posePass.ts';
import { SPLAT_FRAGMENT_SHADER, SPLAT_VERTEX_SHADER } from '../shaders/splatShaders.ts';

/** What the splat shader reads. */
export interface SplatMaterialTextures extends PoseTextures {
  readonly splatOrder: Texture;
  readonly splatData: Texture;
}

/** Draws splats back to front, premultiplied, in the sRGB encoding, tested against the depth buffer but not written to it. */
export class SplatMaterial extends RawShaderMaterial {
  readonly viewportPixels = new Vector2(1, 1);

  constructor(textures: SplatMaterialTextures) {
    super({
      glslVersion: GLSL3, vertexShader: SPLAT_VERTEX_SHADER, fragmentShader: SPLAT_FRAGMENT_SHADER,
      transparent: true, premultipliedAlpha: true, blending: NormalBlending, depthTest: true, depthWrite: false, toneMapped: false,
      uniforms: { drawnCount: { value: 0 }, prefixScale: { value: 1 }, fadeMeters: { value: new Vector2(-101, -100) } },
    });
    this.uniforms.viewportPixels = { value: this.viewportPixels };
    this.uniforms.splatOrder = { value: textures.splatOrder };
    this.uniforms.splatData = { value: textures.splatData };
    this.setPoseTextures(textures);
  }

  setPoseTextures({ posedVertices, vertexNormals, faceFrames }: PoseTextures): void {
    this.uniforms.posedVertices = { value: posedVertices };
    this.uniforms.vertexNormals = { value: vertexNormals };
    this.uniforms.faceFrames = { value: faceFrames };
  }

  /** Lets a bust end softly: nothing is drawn below rig-space height `low`, everything above `high`, metres. */
  setFade(low: number, high: number): void {
    (this.uniforms.fadeMeters.value as Vector2).set(low, high);
  }

  /** @param prefixScale factor of every splat's size: more than 1 where a prefix stands for the whole. */
  setDrawn(count: number, prefixScale: number): void {
    this.uniforms.drawnCount.value = count;
    this.uniforms.prefixScale.value = prefixScale;
  }
}
