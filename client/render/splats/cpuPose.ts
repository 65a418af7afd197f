import type { DataTexture } from 'three';
import { FACE_FRAME_STRIDE, type FaceFrames } from '../../../shared/splat/splatFrame.ts';
import { floatTexture } from '../shaders/texels.ts';
import type { PoseTextures } from './posePass.ts';

/**
 * The posed rig uploaded from the CPU, which has it anyway for sorting: for devices that cannot draw into textures of
 * floats. A pose costs about a megabyte of upload.
 */
export class CpuPose implements PoseTextures {
  readonly posedVertices: DataTexture;
  readonly vertexNormals: DataTexture;
  readonly faceFrames: DataTexture;

  constructor({ vertexCount, faceCount }: FaceFrames) {
    this.posedVertices = floatTexture(new Float32Array(0), vertexCount);
    this.vertexNormals = floatTexture(new Float32Array(0), vertexCount);
    this.faceFrames = floatTexture(new Float32Array(0), faceCount * 3);
  }

  /** Takes over the frames as they stand. */
  upload({ positions, vertexNormals, frames, faces, faceCount, vertexCount }: FaceFrames): void {
    const vertexTexels = this.posedVertices.image.data as Float32Array;
    const normalTexels = this.vertexNormals.image.data as Float32Array;
    for (let vertex = 0; vertex < vertexCount; vertex++) {
      for (let k = 0; k < 3; k++) {
        vertexTexels[vertex * 4 + k] = positions[vertex * 3 + k];
        normalTexels[vertex * 4 + k] = vertexNormals[vertex * 3 + k];
      }
    }
    const texels = this.faceFrames.image.data as Float32Array;
    for (let face = 0, f = 0, to = 0; face < faceCount; face++, f += FACE_FRAME_STRIDE, to += 12) {
      const g11 = frames[f + 9], g12 = frames[f + 10], g22 = frames[f + 11];
      for (let k = 0; k < 3; k++) {
        texels[to + k] = frames[f + k] * g11;
        texels[to + 4 + k] = frames[f + k] * g12 + frames[f + 3 + k] * g22;
        texels[to + 8 + k] = frames[f + 6 + k];
        texels[to + 3 + 4 * k] = faces[face * 3 + k];
      }
    }
    this.posedVertices.needsUpdate = true;
    this.vertexNormals.needsUpdate = true;
    this.faceFrames.needsUpdate = true;
  }

  dispose(): void {
    this.posedVertices.dispose();
    this.vertexNormals.dispose();
    this.faceFrames.dispose();
  }
}
