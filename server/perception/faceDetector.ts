import { join } from 'node:path';
import { InferenceSession } from '../inference/session.ts';
import type { PixelImage } from './analysedPortrait.ts';
import { sampleRegion } from './pixelImage.ts';

/** A face as the detector sees it, in pixels of the image. */
export interface FaceDetection {
  /** Probability, 0 to 1. */
  readonly score: number;
  readonly box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
  /** The subject's right eye, left eye, nose tip, mouth, right ear, left ear: [6, 2]. */
  readonly keypoints: Float32Array;
}

/** One of MediaPipe's two detectors: `short` sees faces that fill much of the picture, `full` smaller ones as well. */
export type DetectorRange = 'short' | 'full';

interface DetectorLayout {
  readonly file: string;
  readonly inputSize: number;
  /** Grids of anchors: stride in input pixels, and anchors in each cell. */
  readonly grids: readonly { readonly stride: number; readonly anchorsPerCell: number }[];
  readonly minScore: number;
}

/** mediapipe/tasks/cc/vision/face_detector/face_detector_graph.cc and modules/face_detection/face_detection_full_range.pbtxt. */
const LAYOUTS: Readonly<Record<DetectorRange, DetectorLayout>> = {
  short: { file: 'faceDetector.onnx', inputSize: 128, grids: [{ stride: 8, anchorsPerCell: 2 }, { stride: 16, anchorsPerCell: 6 }], minScore: 0.5 },
  full: { file: 'faceDetectorFullRange.onnx', inputSize: 192, grids: [{ stride: 4, anchorsPerCell: 1 }], minScore: 0.6 },
};

const KEYPOINTS = 6;
const COORDINATES = 4 + 2 * KEYPOINTS;
/** MediaPipe's default for the overlap above which two boxes are one face. */
const MAX_OVERLAP = 0.5;

/** Finds faces: BlazeFace with SSD anchors and weighted non-maximum suppression, as MediaPipe's CPU graph does. */
export class FaceDetector {
  private readonly session: InferenceSession;
  private readonly layout: DetectorLayout;
  private readonly anchors: Float32Array;

  private constructor(session: InferenceSession, layout: DetectorLayout, anchors: Float32Array) {
    this.session = session;
    this.layout = layout;
    this.anchors = anchors;
  }

  /** @throws {StippleError} `MODEL_MISSING`. */
  static async load(modelsFolder: string, range: DetectorRange): Promise<FaceDetector> {
    const layout = LAYOUTS[range];
    const anchors = layAnchors(layout);
    const count = anchors.length / 2;
    const session = await InferenceSession.load(join(modelsFolder, layout.file), {
      inputs: { image: [1, layout.inputSize, layout.inputSize, 3] },
      outputs: { boxes: [1, count, COORDINATES], scores: [1, count, 1] },
    });
    return new FaceDetector(session, layout, anchors);
  }

  /** All faces, best score first. */
  async detect(image: PixelImage): Promise<FaceDetection[]> {
    const { inputSize, minScore } = this.layout;
    const side = Math.max(image.width, image.height);
    const region = { centerX: image.width / 2, centerY: image.height / 2, width: side, height: side, rotationRadians: 0 };
    const input = sampleRegion(image, region, { outputWidth: inputSize, outputHeight: inputSize, border: 'zero', scale: 1 / 127.5, offset: -1 });
    const { boxes, scores } = await this.session.run({ image: input }) as { boxes: Float32Array; scores: Float32Array };
    const [originX, originY] = [region.centerX - side / 2, region.centerY - side / 2];
    const candidates: FaceDetection[] = [];
    for (let i = 0; i < scores.length; i++) {
      const score = 1 / (1 + Math.exp(-Math.max(-100, Math.min(100, scores[i]!))));
      if (score < minScore) continue;
      const at = i * COORDINATES;
      const [anchorX, anchorY] = [this.anchors[2 * i]!, this.anchors[2 * i + 1]!];
      const toX = (value: number) => originX + (value / inputSize + anchorX) * side;
      const toY = (value: number) => originY + (value / inputSize + anchorY) * side;
      const [width, height] = [(boxes[at + 2]! / inputSize) * side, (boxes[at + 3]! / inputSize) * side];
      const keypoints = new Float32Array(2 * KEYPOINTS);
      for (let k = 0; k < KEYPOINTS; k++) {
        keypoints[2 * k] = toX(boxes[at + 4 + 2 * k]!);
        keypoints[2 * k + 1] = toY(boxes[at + 5 + 2 * k]!);
      }
      candidates.push({ score, box: { x: toX(boxes[at]!) - width / 2, y: toY(boxes[at + 1]!) - height / 2, width, height }, keypoints });
    }
    return mergeOverlapping(candidates);
  }

  async dispose(): Promise<void> {
    await this.session.dispose();
  }
}

/** Centres of the anchors, in fractions of the input; their size is fixed at the whole input. */
function layAnchors(layout: DetectorLayout): Float32Array {
  const centers: number[] = [];
  for (const { stride, anchorsPerCell } of layout.grids) {
    const cells = layout.inputSize / stride;
    for (let row = 0; row < cells; row++) {
      for (let column = 0; column < cells; column++) {
        for (let i = 0; i < anchorsPerCell; i++) centers.push((column + 0.5) / cells, (row + 0.5) / cells);
      }
    }
  }
  return Float32Array.from(centers);
}

/** Weighted non-maximum suppression: boxes that overlap the best one are averaged with it by their scores. */
export function mergeOverlapping(candidates: readonly FaceDetection[]): FaceDetection[] {
  let remaining = [...candidates].sort((a, b) => b.score - a.score);
  const merged: FaceDetection[] = [];
  while (remaining.length > 0) {
    const best = remaining[0]!;
    const same = remaining.filter((candidate) => candidate === best || overlap(candidate.box, best.box) > MAX_OVERLAP);
    remaining = remaining.filter((candidate) => !same.includes(candidate));
    const total = same.reduce((sum, candidate) => sum + candidate.score, 0);
    const mean = (value: (detection: FaceDetection) => number) => same.reduce((sum, candidate) => sum + candidate.score * value(candidate), 0) / total;
    merged.push({
      score: best.score,
      box: { x: mean((d) => d.box.x), y: mean((d) => d.box.y), width: mean((d) => d.box.width), height: mean((d) => d.box.height) },
      keypoints: best.keypoints.map((_, k) => mean((d) => d.keypoints[k]!)),
    });
  }
  return merged;
}

/** Intersection over union. */
export function overlap(a: FaceDetection['box'], b: FaceDetection['box']): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  const shared = width * height;
  return shared / (a.width * a.height + b.width * b.height - shared);
}
