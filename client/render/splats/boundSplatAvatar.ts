import { type Camera, type DataTexture, type InstancedBufferGeometry, Matrix4, Mesh, Object3D, Vector4, type WebGLRenderer } from 'three';
import type { RigPose } from '../../../shared/rig/rigPose.ts';
import { JOINT_MATRIX_SIZE, jointMatrices, type NeutralHead, neutralHead, poseVertices } from '../../../shared/rig/skinning.ts';
import { BLENDSHAPE_COUNT } from '../../../shared/rig/blendshapes.ts';
import type { BoundSplats } from '../../../shared/splat/boundSplats.ts';
import { splatCenters } from '../../../shared/splat/covariance.ts';
import { prefixScale } from '../../../shared/splat/prefixScale.ts';
import { DepthSorter } from '../../../shared/splat/depthSort.ts';
import { FaceFrames } from '../../../shared/splat/splatFrame.ts';
import { QUADS_PER_INSTANCE } from '../shaders/splatShaders.ts';
import { integerTexture } from '../shaders/texels.ts';
import { CpuPose } from './cpuPose.ts';
import { PosePass } from './posePass.ts';
import type { RigGpu } from './rigGpu.ts';
import { SplatData } from './splatData.ts';
import { SplatMaterial } from './splatMaterial.ts';
import { splatQuads } from './splatQuads.ts';

const REST_POSE: RigPose = {
  blendshapeWeights: new Float32Array(BLENDSHAPE_COUNT), headRotation: [0, 0, 0, 1], headPositionMeters: [0, 0, 0],
};

/**
 * One animated splat head, in metres, in the rig's space. Each frame: `setPose`, then `update`, then the scene is drawn.
 *
 * The GPU poses the rig and the splats by itself; the CPU poses them once more only to sort them by depth, exactly, for
 * the very frame that is drawn. Splats blend in the sRGB encoding: draw into the canvas (or a target that is shown as it
 * is), not through a linear post-processing chain.
 */
export class BoundSplatAvatar extends Object3D {
  readonly neutral: NeutralHead;
  readonly #rigGpu: RigGpu;
  readonly #splats: BoundSplats;
  readonly #frames: FaceFrames;
  readonly #posePass: PosePass;
  #cpuPose: CpuPose | undefined;
  readonly #splatData: SplatData;
  readonly #orderTexture: DataTexture;
  readonly #geometry: InstancedBufferGeometry;
  readonly #material: SplatMaterial;
  readonly #sorter = new DepthSorter();
  readonly #posed: Float32Array;
  readonly #jointMatrices: Float64Array;
  readonly #centers: Float32Array;
  readonly #depths: Float32Array;
  readonly #modelView = new Matrix4();
  readonly #sortedFor = new Float64Array(3);
  #pose: RigPose = REST_POSE;
  #loadedCount: number;
  #budget = Infinity;
  #drawnCount = 0;
  #poseIsNew = true;
  #orderIsOld = true;
  #renderer: WebGLRenderer | undefined;

  /**
   * @param splats kept by reference, not copied; `loadedCount` of them are filled. Where more follow (an `AvatarDecoder`
   *   filling the arrays), say so by `setLoadedCount`.
   */
  constructor(rigGpu: RigGpu, splats: BoundSplats, loadedCount = splats.count) {
    super();
    this.#rigGpu = rigGpu;
    this.#splats = splats;
    this.#loadedCount = loadedCount;
    this.neutral = neutralHead(rigGpu.rig, splats.header.identityCoefficients);
    this.#frames = new FaceFrames(rigGpu.rig, this.neutral.positions);
    this.#posed = new Float32Array(this.neutral.positions.length);
    this.#jointMatrices = new Float64Array(rigGpu.rig.joints.length * JOINT_MATRIX_SIZE);
    this.#posePass = new PosePass(rigGpu, this.neutral.positions, this.#frames.restInverses);
    this.#splatData = new SplatData(splats.count);
    this.#splatData.write(splats, 0, loadedCount);
    this.#orderTexture = integerTexture(splats.count, 1);
    this.#centers = new Float32Array(splats.count * 3);
    this.#depths = new Float32Array(splats.count);
    this.#geometry = splatQuads();
    this.#material = new SplatMaterial({
      splatOrder: this.#orderTexture, splatData: this.#splatData.texture,
      posedVertices: this.#posePass.posedVertices, vertexNormals: this.#posePass.vertexNormals, faceFrames: this.#posePass.faceFrames,
    });
    const mesh = new Mesh(this.#geometry, this.#material);
    // The quads' own positions say nothing about where splats are: neither culling nor picking can go by them.
    mesh.frustumCulled = false;
    mesh.raycast = () => undefined;
    const viewport = new Vector4();
    mesh.onBeforeRender = (renderer) => {
      renderer.getCurrentViewport(viewport);
      this.#material.viewportPixels.set(viewport.z, viewport.w);
      this.#material.uniformsNeedUpdate = true;
    };
    this.add(mesh);
    this.#setDrawn();
  }

  /** Splats of the whole avatar. */
  get splatCount(): number {
    return this.#splats.count;
  }

  /** Splats drawn at present. */
  get drawnCount(): number {
    return this.#drawnCount;
  }

  /** The pose from the next `update` on; kept by reference. */
  setPose(pose: RigPose): void {
    this.#pose = pose;
    this.#poseIsNew = true;
  }

  /** The first `count` splats are filled now; those that are new are uploaded. */
  setLoadedCount(count: number): void {
    if (count <= this.#loadedCount) return;
    this.#splatData.write(this.#splats, this.#loadedCount, count);
    this.#loadedCount = count;
    this.#setDrawn();
    this.#poseIsNew = true;
  }

  /** Lets the bust end softly instead of at its cut: nothing below rig-space height `low`, everything above `high`, metres. */
  setFade(low: number, high: number): void {
    this.#material.setFade(low, high);
  }

  /** Draws at most the first `count` splats, grown so that the head stays closed; for slow devices and distant heads. */
  setSplatBudget(count: number): void {
    if (count === this.#budget) return;
    this.#budget = count;
    this.#setDrawn();
    this.#poseIsNew = true;
  }

  /**
   * Poses the rig and sorts the splats for a camera. To be called before every draw whose pose, camera or placing is new;
   * it does only what has changed. World matrices of this object and of the camera must be up to date.
   */
  update(renderer: WebGLRenderer, camera: Camera): void {
    this.#watchContext(renderer);
    if (this.#poseIsNew) {
      poseVertices(this.#rigGpu.rig, this.neutral, this.#pose, this.#posed);
      this.#frames.update(this.#posed);
      if (this.#cpuPose) this.#cpuPose.upload(this.#frames);
      else {
        this.#setPosePass();
        this.#posePass.run(renderer);
      }
      splatCenters(this.#splats, this.#frames, this.#centers, 0, this.#drawnCount);
      this.#poseIsNew = false;
      this.#orderIsOld = true;
    }
    // Depth in camera space is a linear function of the centre; the order depends on its direction alone.
    const e = this.#modelView.multiplyMatrices(camera.matrixWorldInverse, this.matrixWorld).elements;
    const turned = e[2] !== this.#sortedFor[0] || e[6] !== this.#sortedFor[1] || e[10] !== this.#sortedFor[2];
    if (turned || this.#orderIsOld) this.#sort(e[2], e[6], e[10]);
  }

  /** From now on the rig is posed on the CPU and uploaded; chosen by itself where the GPU cannot draw into floats. */
  poseOnCpu(): void {
    this.#cpuPose ??= new CpuPose(this.#frames);
    this.#material.setPoseTextures(this.#cpuPose);
    this.#poseIsNew = true;
  }

  override dispose(): void {
    this.#posePass.dispose();
    this.#cpuPose?.dispose();
    this.#splatData.dispose();
    this.#orderTexture.dispose();
    this.#geometry.dispose();
    this.#material.dispose();
    this.#renderer?.domElement.removeEventListener('webglcontextrestored', this.#onContextRestored);
  }

  /** The GPU's posed rig, for tests against the CPU's. */
  readPose(renderer: WebGLRenderer, what: 'vertices' | 'normals' | 'frames'): Float32Array {
    return this.#posePass.readBack(renderer, what);
  }

  #setPosePass(): void {
    const { rig } = this.#rigGpu;
    const { blendshapeWeights, headPositionMeters } = this.#pose;
    this.#posePass.blendshapeWeights.set(blendshapeWeights);
    jointMatrices(rig, this.neutral.jointPositions, this.#pose, this.#jointMatrices);
    const rows = this.#posePass.jointRows;
    rows.set(this.#jointMatrices);
    // Weights sum to 1: the displacement of the whole may ride on every joint.
    for (let row = 0; row < rig.joints.length * 3; row++) rows[row * 4 + 3] += headPositionMeters[row % 3];
  }

  #setDrawn(): void {
    this.#drawnCount = Math.min(this.#loadedCount, this.#budget, this.#splats.count);
    this.#material.setDrawn(this.#drawnCount, prefixScale(this.#splats.count, this.#drawnCount));
    this.#geometry.instanceCount = Math.ceil(this.#drawnCount / QUADS_PER_INSTANCE);
  }

  #sort(x: number, y: number, z: number): void {
    const depths = this.#depths;
    const centers = this.#centers;
    const count = this.#drawnCount;
    for (let s = 0, c = 0; s < count; s++, c += 3) depths[s] = -(x * centers[c] + y * centers[c + 1] + z * centers[c + 2]);
    this.#sorter.sortBackToFront(depths, count, this.#orderTexture.image.data as Uint32Array);
    this.#orderTexture.needsUpdate = true;
    this.#sortedFor.set([x, y, z]);
    this.#orderIsOld = false;
  }

  /** A restored context has its textures again (three uploads them), but not what was drawn into targets. */
  readonly #onContextRestored = (): void => {
    this.#poseIsNew = true;
  };

  #watchContext(renderer: WebGLRenderer): void {
    if (this.#renderer === renderer) return;
    this.#renderer?.domElement.removeEventListener('webglcontextrestored', this.#onContextRestored);
    this.#renderer = renderer;
    if (!renderer.extensions.has('EXT_color_buffer_float')) this.poseOnCpu();
    renderer.domElement.addEventListener('webglcontextrestored', this.#onContextRestored);
    this.#poseIsNew = true;
  }
}
