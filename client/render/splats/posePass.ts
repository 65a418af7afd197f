import { FloatType, NearestFilter, type RawShaderMaterial, RGBAFormat, type Texture, type WebGLRenderer, WebGLRenderTarget } from 'three';
import { BLENDSHAPE_COUNT } from '../../../shared/rig/blendshapes.ts';
import { FACE_FRAMES_SHADER, MAX_JOINTS, POSED_VERTICES_SHADER, VERTEX_NORMALS_SHADER } from '../shaders/poseShaders.ts';
import { floatTexture, TEXTURE_WIDTH, textureHeight } from '../shaders/texels.ts';
import { FullTargetPass, passMaterial } from './fullTargetPass.ts';
import type { RigGpu } from './rigGpu.ts';

/** What the splat shader reads of a posed rig. */
export interface PoseTextures {
  /** [vertexCount], xyz metres. */
  readonly posedVertices: Texture;
  /** [vertexCount], xyz, unit length. */
  readonly vertexNormals: Texture;
  /** [faceCount, 3], columns of [t b n]·G and in w the face's vertices. */
  readonly faceFrames: Texture;
}

/**
 * Poses one avatar's rig on the GPU: vertices, their normals and the face frames, each into a texture of floats that
 * the splat shader reads. A pose costs three small draws. Needs EXT_color_buffer_float; `CpuPose` does without.
 */
export class PosePass implements PoseTextures {
  readonly posedVertices: Texture;
  readonly vertexNormals: Texture;
  readonly faceFrames: Texture;
  /** Written to the shaders by the next `run`; in the order of `BLENDSHAPE_NAMES`. */
  readonly blendshapeWeights = new Float32Array(BLENDSHAPE_COUNT);
  /** `jointTransforms` of the pose, rows [R t]. */
  readonly jointRows = new Float32Array(MAX_JOINTS * 12);
  readonly #steps: readonly { target: WebGLRenderTarget; material: RawShaderMaterial }[];
  readonly #own: readonly { dispose(): void }[];
  readonly #pass = new FullTargetPass();

  /**
   * @param neutralPositions the identity's neutral vertices, [vertexCount, 3].
   * @param restInverses `restFaceInverses` of the same, [faceCount, 3].
   */
  constructor(rigGpu: RigGpu, neutralPositions: Float32Array, restInverses: Float32Array) {
    const { vertexCount, faceCount } = rigGpu.rig;
    const neutral = floatTexture(widen(neutralPositions));
    const inverses = floatTexture(widen(restInverses));
    const vertices = floatTarget(vertexCount);
    const normals = floatTarget(vertexCount);
    const frames = floatTarget(faceCount * 3);
    this.posedVertices = vertices.texture;
    this.vertexNormals = normals.texture;
    this.faceFrames = frames.texture;
    const value = <T>(v: T): { value: T } => ({ value: v });
    this.#steps = [
      {
        target: vertices,
        material: passMaterial(POSED_VERTICES_SHADER, {
          neutral: value(neutral), vertexTables: value(rigGpu.vertexTables), deltas: value(rigGpu.deltas),
          jointIndices: value(rigGpu.jointIndices), jointWeights: value(rigGpu.jointWeights),
          blendshapeWeights: value(this.blendshapeWeights), jointRows: value(this.jointRows), vertexCount: value(vertexCount),
        }),
      },
      {
        target: normals,
        material: passMaterial(VERTEX_NORMALS_SHADER, {
          posedVertices: value(vertices.texture), vertexTables: value(rigGpu.vertexTables), rings: value(rigGpu.rings),
          vertexCount: value(vertexCount),
        }),
      },
      {
        target: frames,
        material: passMaterial(FACE_FRAMES_SHADER, {
          posedVertices: value(vertices.texture), faceVertices: value(rigGpu.faceVertices), restInverses: value(inverses),
          faceCount: value(faceCount),
        }),
      },
    ];
    this.#own = [neutral, inverses, this.#pass, ...this.#steps.flatMap(({ target, material }) => [target, material])];
  }

  /** Draws the textures for the weights and joints as they stand; leaves the renderer as it found it. */
  run(renderer: WebGLRenderer): void {
    for (const { target, material } of this.#steps) this.#pass.run(renderer, target, material);
  }

  /** Posed vertices or normals as the GPU holds them, [vertexCount, 4]: for tests. */
  readBack(renderer: WebGLRenderer, step: 'vertices' | 'normals' | 'frames'): Float32Array {
    const { target } = this.#steps[['vertices', 'normals', 'frames'].indexOf(step)];
    const values = new Float32Array(target.width * target.height * 4);
    renderer.readRenderTargetPixels(target, 0, 0, target.width, target.height, values);
    return values;
  }

  dispose(): void {
    for (const resource of this.#own) resource.dispose();
  }
}

function widen(triples: Float32Array): Float32Array {
  const wide = new Float32Array((triples.length / 3) * 4);
  for (let i = 0; i < triples.length / 3; i++) wide.set(triples.subarray(i * 3, i * 3 + 3), i * 4);
  return wide;
}

function floatTarget(texels: number): WebGLRenderTarget {
  return new WebGLRenderTarget(TEXTURE_WIDTH, textureHeight(texels), {
    type: FloatType, format: RGBAFormat, minFilter: NearestFilter, magFilter: NearestFilter,
    generateMipmaps: false, depthBuffer: false, stencilBuffer: false,
  });
}
