import { type Camera, Matrix3, Matrix4, type RawShaderMaterial, Sphere, Vector2, Vector3, type WebGLRenderer, type WebGLRenderTarget } from 'three';
import { BLENDSHAPE_COUNT } from '../../../shared/rig/blendshapes.ts';
import type { RigPose } from '../../../shared/rig/rigPose.ts';
import { type NeutralHead, neutralHead, poseVertices } from '../../../shared/rig/skinning.ts';
import type { BoundSplats } from '../../../shared/splat/boundSplats.ts';
import { prefixGrowth } from '../../../shared/splat/prefixGrowth.ts';
import { splatBounds } from '../../../shared/splat/splatBounds.ts';
import { SplatDepths } from '../../../shared/splat/splatDepths.ts';
import { FaceFrames } from '../../../shared/splat/splatFrame.ts';
import { PROJECTION_SHADER } from '../shaders/projectionShader.ts';
import { TEXTURE_WIDTH } from '../shaders/texels.ts';
import { CpuPose } from './cpuPose.ts';
import { findEyeballs } from './eyeballs.ts';
import { FullTargetPass, passMaterial } from './fullTargetPass.ts';
import { PosePass, type PoseTextures } from './posePass.ts';
import type { RigGpu } from './rigGpu.ts';
import { SplatData } from './splatData.ts';

const REST_POSE: RigPose = {
  blendshapeWeights: new Float32Array(BLENDSHAPE_COUNT), headRotation: [0, 0, 0, 1], headPositionMeters: [0, 0, 0],
};
/** How far a pose may carry splats out of the sphere around the neutral head, metres. */
const POSE_REACH = 0.1;

/**
 * One avatar's splats without a place in a scene: posed on the GPU, projected for a camera into a texture, and measured on
 * the CPU for sorting. `BoundSplatAvatar` gives them a place, `SplatLayer` draws them.
 */
export class PosedSplats {
  readonly neutral: NeutralHead;
  readonly splats: BoundSplats;
  readonly #rigGpu: RigGpu;
  readonly #rest: FaceFrames;
  readonly #posePass: PosePass;
  readonly #splatData: SplatData;
  readonly #projection: RawShaderMaterial;
  readonly #pass = new FullTargetPass();
  readonly #neutralSphere = new Sphere();
  readonly #sphere = new Sphere();
  readonly #viewFromRig = new Matrix4();
  readonly #clipFromView = new Matrix4();
  readonly #worldFromRig = new Matrix3();
  readonly #viewportPixels = new Vector2(1, 1);
  readonly #run = new Vector2(0, 0);
  readonly #fade = new Vector2(-101, -100);
  readonly #lightAmbient = new Vector3(1, 1, 1);
  readonly #lightKey = new Vector3(0, 0, 0);
  readonly #lightDirection = new Vector3(0, 1, 0);
  #depths: SplatDepths | undefined;
  #cpuPose: CpuPose | undefined;
  #cpuFrames: FaceFrames | undefined;
  #pose: RigPose = REST_POSE;
  #loadedCount: number;
  #packedCount: number;
  #budget = Infinity;
  #drawnCount = 0;
  #poseIsNew = true;
  #orderVersion = 0;

  constructor(rigGpu: RigGpu, splats: BoundSplats, loadedCount: number) {
    this.#rigGpu = rigGpu;
    this.splats = splats;
    this.#loadedCount = loadedCount;
    this.neutral = neutralHead(rigGpu.rig, splats.header.identityCoefficients);
    this.#rest = new FaceFrames(rigGpu.rig, this.neutral.positions);
    this.#posePass = new PosePass(rigGpu, this.neutral.positions, this.#rest.restInverses);
    this.#splatData = new SplatData(splats.count);
    this.#splatData.write(splats, 0, loadedCount);
    this.#splatData.upload();
    this.#packedCount = loadedCount;
    const value = <T>(v: T): { value: T } => ({ value: v });
    const eyeballs = findEyeballs(rigGpu.rig);
    this.#projection = passMaterial(PROJECTION_SHADER, {
      viewFromRig: value(this.#viewFromRig), clipFromView: value(this.#clipFromView), worldFromRig: value(this.#worldFromRig),
      viewportPixels: value(this.#viewportPixels), splatData: value(this.#splatData.texture), run: value(this.#run), prefixGrowth: value(1),
      fadeMeters: value(this.#fade), lightAmbient: value(this.#lightAmbient), lightKey: value(this.#lightKey), lightDirection: value(this.#lightDirection),
      eyeFaces: value(eyeballs.faces), eyePupils: value(eyeballs.pupils), eyeGlint: value(0),
    });
    this.#setPoseTextures(this.#posePass);
    this.#measureBounds();
    this.#setDrawn();
  }

  get drawnCount(): number {
    return this.#drawnCount;
  }

  /** Another number whenever pose or number of splats may have changed their order. */
  get orderVersion(): number {
    return this.#orderVersion;
  }

  get headPositionMeters(): RigPose['headPositionMeters'] {
    return this.#pose.headPositionMeters;
  }

  /** Around all splats in the present pose, rig space. */
  get sphere(): Sphere {
    this.#sphere.copy(this.#neutralSphere);
    const [x, y, z] = this.#pose.headPositionMeters;
    this.#sphere.center.x += x;
    this.#sphere.center.y += y;
    this.#sphere.center.z += z;
    return this.#sphere;
  }

  setPose(pose: RigPose): void {
    this.#pose = pose;
    this.#poseIsNew = true;
  }

  /** Does a part of what `setLoadedCount` will have to do: packs the first `count` splats without showing them. */
  packSplats(count: number): void {
    if (count <= this.#packedCount) return;
    this.#splatData.write(this.splats, this.#packedCount, count);
    this.#packedCount = count;
  }

  setLoadedCount(count: number): void {
    if (count <= this.#loadedCount) return;
    this.packSplats(count);
    this.#splatData.upload();
    this.#loadedCount = count;
    this.#depths = undefined;
    this.#measureBounds();
    this.#setDrawn();
  }

  setSplatBudget(count: number): void {
    if (count === this.#budget) return;
    this.#budget = count;
    this.#setDrawn();
  }

  setFade(low: number, high: number): void {
    this.#fade.set(low, high);
  }

  setLight(ambient: readonly [number, number, number], key: readonly [number, number, number], worldDirection: readonly [number, number, number]): void {
    this.#lightAmbient.fromArray(ambient);
    this.#lightKey.fromArray(key);
    this.#lightDirection.fromArray(worldDirection).normalize();
  }

  setEyeGlint(share: number): void {
    this.#projection.uniforms.eyeGlint.value = share;
  }

  /** Poses on GPU and CPU where the pose is new. */
  update(renderer: WebGLRenderer): void {
    if (!this.#depths) {
      this.#depths = new SplatDepths(this.#rigGpu.rig, this.neutral, this.#rest, this.splats, this.#loadedCount);
      this.#depths.setCount(this.#drawnCount);
      this.#poseIsNew = true;
    }
    if (!this.#poseIsNew) return;
    this.#poseIsNew = false;
    if (this.#depths.pose(this.#pose)) this.#orderVersion++;
    if (this.#cpuPose && this.#cpuFrames) {
      poseVertices(this.#rigGpu.rig, this.neutral, this.#pose, this.#cpuFrames.positions);
      this.#cpuFrames.update(this.#cpuFrames.positions);
      this.#cpuPose.upload(this.#cpuFrames);
    } else {
      this.#setPosePass(this.#depths);
      this.#posePass.run(renderer);
    }
  }

  /** Writes depths[from + s] = direction · centre + shift, after `update`; see `SplatDepths.write`. */
  writeDepths(direction: Float64Array, depths: Float32Array, from: number): void {
    this.#depths?.write(direction, depths, from);
  }

  /** Projects the splats drawn into the texels [first, first + drawnCount) of a target, for a view of that many pixels. */
  project(renderer: WebGLRenderer, camera: Camera, matrixWorld: Matrix4, width: number, height: number, target: WebGLRenderTarget, first: number): void {
    if (this.#drawnCount === 0) return;
    this.#viewFromRig.multiplyMatrices(camera.matrixWorldInverse, matrixWorld);
    this.#clipFromView.copy(camera.projectionMatrix);
    this.#worldFromRig.setFromMatrix4(matrixWorld);
    this.#viewportPixels.set(width, height);
    this.#run.set(first, this.#drawnCount);
    const row = Math.floor(first / TEXTURE_WIDTH);
    const rows = Math.floor((first + this.#drawnCount - 1) / TEXTURE_WIDTH) + 1 - row;
    target.viewport.set(0, row, TEXTURE_WIDTH, rows);
    this.#pass.run(renderer, target, this.#projection);
  }

  poseOnCpu(): void {
    if (this.#cpuPose) return;
    this.#cpuFrames = new FaceFrames(this.#rigGpu.rig, this.neutral.positions);
    this.#cpuFrames.positions = new Float32Array(this.neutral.positions.length);
    this.#cpuPose = new CpuPose(this.#cpuFrames);
    this.#setPoseTextures(this.#cpuPose);
    this.#poseIsNew = true;
  }

  /** What was drawn into targets is gone: pose again. */
  forget(): void {
    this.#poseIsNew = true;
  }

  readPose(renderer: WebGLRenderer, what: 'vertices' | 'normals' | 'frames'): Float32Array {
    return this.#posePass.readBack(renderer, what);
  }

  dispose(): void {
    this.#posePass.dispose();
    this.#cpuPose?.dispose();
    this.#splatData.dispose();
    this.#projection.dispose();
    this.#pass.dispose();
  }

  #setPoseTextures({ posedVertices, vertexNormals, faceFrames }: PoseTextures): void {
    this.#projection.uniforms.posedVertices = { value: posedVertices };
    this.#projection.uniforms.vertexNormals = { value: vertexNormals };
    this.#projection.uniforms.faceFrames = { value: faceFrames };
  }

  #setPosePass({ jointMatrices }: SplatDepths): void {
    const { blendshapeWeights, headPositionMeters } = this.#pose;
    const { jointRows } = this.#posePass;
    this.#posePass.blendshapeWeights.set(blendshapeWeights);
    jointRows.set(jointMatrices);
    // Weights sum to 1: the displacement of the whole may ride on every joint.
    for (let row = 0; row < jointMatrices.length / 4; row++) jointRows[row * 4 + 3] += headPositionMeters[row % 3];
  }

  #setDrawn(): void {
    this.#drawnCount = Math.min(this.#loadedCount, this.#budget, this.splats.count);
    this.#projection.uniforms.prefixGrowth.value = prefixGrowth(this.splats.count, this.#drawnCount);
    this.#depths?.setCount(this.#drawnCount);
    this.#poseIsNew = true;
    this.#orderVersion++;
  }

  #measureBounds(): void {
    const [x0, y0, z0, x1, y1, z1] = splatBounds({ ...this.splats, count: this.#loadedCount }, this.#rest);
    this.#neutralSphere.center.set((x0 + x1) / 2, (y0 + y1) / 2, (z0 + z1) / 2);
    this.#neutralSphere.radius = 0.5 * Math.hypot(x1 - x0, y1 - y0, z1 - z0) + POSE_REACH;
  }
}
