import type { Rig } from '../../shared/rig/rig.ts';
import { poseVertices } from '../../shared/rig/skinning.ts';
import type { NeutralHead } from '../../shared/rig/skinning.ts';
import type { PinholeCamera } from '../../shared/splat/projection.ts';
import { orbitCamera } from '../render/headless/orbitCamera.ts';
import { rotateVector } from '../motion/rotation.ts';
import { blendshapeIndex } from '../motion/weights.ts';
import type { DrivingMoment } from './drivingClip.ts';
import { FACE_CONTOURS } from './faceContours.ts';

/** Height that the sketch shows, metres, and what it is centred on, rig space: the face alone. */
const SPAN_METERS = 0.235;
const TARGET = [0, -0.032, -0.03] as const;
/** Confidence from which a landmark is drawn. */
const SURE = 0.05;

/** The rig's landmarks in the driving pose, through the driving camera: all that an avatar is told. Pure canvas. */
export class RigSketch {
  readonly #context: CanvasRenderingContext2D;
  readonly #rig: Rig;
  readonly #neutral: NeutralHead;
  readonly #vertices: Float32Array;
  readonly #landmarks: Float32Array;
  readonly #pixels: Float32Array;
  readonly #accent: string;
  readonly #points: string;

  constructor(canvas: HTMLCanvasElement, rig: Rig, neutral: NeutralHead) {
    this.#context = canvas.getContext('2d')!;
    this.#rig = rig;
    this.#neutral = neutral;
    this.#vertices = new Float32Array(rig.vertexCount * 3);
    this.#landmarks = new Float32Array(rig.landmarks.faces.length * 3);
    this.#pixels = new Float32Array(rig.landmarks.faces.length * 2);
    const style = getComputedStyle(canvas);
    this.#accent = style.getPropertyValue('--accent') || '#ffb98a';
    this.#points = style.getPropertyValue('--paper') || '#f1ece4';
  }

  /** Draws one moment over the whole canvas, whose size follows its box. */
  draw(moment: DrivingMoment): void {
    const { canvas } = this.#context;
    const ratio = Math.min(2, devicePixelRatio);
    const width = Math.max(1, Math.round(canvas.clientWidth * ratio));
    const height = Math.max(1, Math.round(canvas.clientHeight * ratio));
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    poseVertices(this.#rig, this.#neutral, moment.pose, this.#vertices);
    this.#project(orbitCamera({
      width, height, target: TARGET, spanMeters: Math.max(SPAN_METERS, (SPAN_METERS * 0.88 * height) / width),
      yawRadians: moment.cameraYawRadians, pitchRadians: moment.cameraPitchRadians,
    }));
    const context = this.#context;
    context.clearRect(0, 0, width, height);
    const unit = Math.min(width, height) / 300;
    context.fillStyle = this.#points;
    const { weights } = this.#rig.landmarks;
    for (let i = 0; i < weights.length; i++) {
      if (weights[i]! < SURE) continue;
      context.globalAlpha = 0.5;
      context.beginPath();
      context.arc(this.#pixels[i * 2]!, this.#pixels[i * 2 + 1]!, 0.95 * unit, 0, 2 * Math.PI);
      context.fill();
    }
    context.lineJoin = 'round';
    context.strokeStyle = this.#accent;
    const { blendshapeWeights } = moment.pose;
    for (const { landmarks, closed, feature, lid } of FACE_CONTOURS) {
      // Behind a closed lid there is nothing to see.
      const open = lid ? 1 - blendshapeWeights[blendshapeIndex(lid)]! : 1;
      context.globalAlpha = open * (feature ? 0.95 : 0.4);
      context.lineWidth = (feature ? 1.9 : 1.3) * unit;
      context.beginPath();
      for (const [at, i] of landmarks.entries()) {
        if (at === 0) context.moveTo(this.#pixels[i * 2]!, this.#pixels[i * 2 + 1]!);
        else context.lineTo(this.#pixels[i * 2]!, this.#pixels[i * 2 + 1]!);
      }
      if (closed) context.closePath();
      context.stroke();
    }
    context.globalAlpha = 1;
  }

  #project({ cameraFromRigRotation, cameraFromRigTranslation: shift, focalPixels, principalPoint }: PinholeCamera): void {
    const { faces, barycentrics } = this.#rig.landmarks;
    const at = this.#landmarks.fill(0);
    for (let i = 0; i < faces.length; i++) {
      for (let corner = 0; corner < 3; corner++) {
        const vertex = this.#rig.faces[faces[i]! * 3 + corner]!;
        for (let k = 0; k < 3; k++) at[i * 3 + k]! += barycentrics[i * 3 + corner]! * this.#vertices[vertex * 3 + k]!;
      }
      const [x, y, z] = rotateVector(cameraFromRigRotation, [at[i * 3]!, at[i * 3 + 1]!, at[i * 3 + 2]!]);
      const scale = focalPixels / -(z + shift[2]);
      this.#pixels[i * 2] = principalPoint[0] + scale * (x + shift[0]);
      this.#pixels[i * 2 + 1] = principalPoint[1] - scale * (y + shift[1]);
    }
  }
}
