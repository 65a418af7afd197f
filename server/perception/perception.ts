import { readModelList } from '../inference/modelList.ts';
import { StippleError } from '../../shared/protocol/errors.ts';
import type { PixelImage } from './analysedPortrait.ts';
import { BlendshapeEstimator } from './blendshapeEstimator.ts';
import { FaceDetector, type FaceDetection } from './faceDetector.ts';
import { searchFaces } from './faceSearch.ts';
import { LandmarkDetector, regionOfDetection, regionOfLandmarks, type LandmarkDetection } from './landmarkDetector.ts';
import type { ImageRectangle } from './pixelImage.ts';
import { PersonMatte } from './personMatte.ts';
import { measureFace } from './portraitFraming.ts';

export interface DetectedFace {
  /** In pixels of the image, z in the same unit and smaller nearer, [478, 3]. */
  readonly landmarks: Float32Array;
  /** Probability that this is a face, 0 to 1. */
  readonly presence: number;
  /** Around the landmarks, in pixels. */
  readonly box: ImageRectangle;
}

/** MediaPipe's default: below this the mesh itself says that there is no face. */
const MIN_PRESENCE = 0.5;

/** Looking at a face costs time, and more than this are a crowd anyway. */
const MAX_FACES = 8;

/** Balanced in scale, shift and turn, so that what each does to the answer cancels out. */
const REFINING_CROPS = [
  { scale: 0.93, shiftX: 0.02, shiftY: 0.02, turnRadians: 0.04 },
  { scale: 1.07, shiftX: -0.02, shiftY: 0.02, turnRadians: -0.04 },
  { scale: 0.93, shiftX: -0.02, shiftY: -0.02, turnRadians: -0.04 },
  { scale: 1.07, shiftX: 0.02, shiftY: -0.02, turnRadians: 0.04 },
] as const;

/** The server's eyes: the loaded models. Load once, use for every portrait, dispose at the end. */
export class Perception {
  readonly blendshapesAvailable: boolean;
  private readonly short: FaceDetector;
  private readonly full: FaceDetector;
  private readonly mesh: LandmarkDetector;
  private readonly matte: PersonMatte;
  private readonly blendshapes: BlendshapeEstimator | undefined;

  private constructor(short: FaceDetector, full: FaceDetector, mesh: LandmarkDetector, matte: PersonMatte, blendshapes: BlendshapeEstimator | undefined) {
    this.short = short;
    this.full = full;
    this.mesh = mesh;
    this.matte = matte;
    this.blendshapes = blendshapes;
    this.blendshapesAvailable = blendshapes !== undefined;
  }

  /** @throws {StippleError} `MODEL_MISSING` when set-up has not prepared the models in this folder. */
  static async load(modelsFolder: string): Promise<Perception> {
    const list = readModelList(modelsFolder);
    if (!list) throw new StippleError('MODEL_MISSING', { message: `No prepared models in ${modelsFolder}; run the set-up: npm run setup` });
    const [short, full, mesh, matte, blendshapes] = await Promise.all([
      FaceDetector.load(modelsFolder, 'short'), FaceDetector.load(modelsFolder, 'full'),
      LandmarkDetector.load(modelsFolder, list.landmarkInputSize), PersonMatte.load(modelsFolder),
      list.blendshapesAvailable ? BlendshapeEstimator.load(modelsFolder) : undefined,
    ]);
    return new Perception(short, full, mesh, matte, blendshapes);
  }

  /** Runs every model once, so that the first portrait does not pay for what is set up lazily. */
  async warmUp(): Promise<void> {
    const image: PixelImage = { width: 256, height: 256, data: new Uint8Array(256 * 256 * 3).fill(128) };
    await this.short.detect(image);
    await this.full.detect(image);
    const { landmarks } = await this.mesh.detect(image, { centerX: 128, centerY: 128, width: 256, height: 256, rotationRadians: 0 });
    await this.matte.estimate(image);
    await this.blendshapes?.estimate(landmarks);
  }

  /**
   * The faces of a picture, the detectors' most confident first: what the browser finds in the same picture, and small
   * faces too. Of a crowd only the largest eight are looked at.
   */
  async detectLandmarks(image: PixelImage): Promise<DetectedFace[]> {
    const faces: DetectedFace[] = [];
    const detections = await searchFaces(image, { short: this.short, full: this.full });
    const area = ({ box }: FaceDetection) => box.width * box.height;
    const largest = new Set([...detections].sort((a, b) => area(b) - area(a)).slice(0, MAX_FACES));
    for (const detection of detections.filter((candidate) => largest.has(candidate))) {
      const face = await this.mesh.detect(image, regionOfDetection(detection));
      if (face.presence >= MIN_PRESENCE) faces.push(toFace(face));
    }
    return faces;
  }

  /** Looks again at a face that has been found, once, as the browser's tracker does from frame to frame. */
  async trackLandmarks(image: PixelImage, landmarks: Float32Array): Promise<DetectedFace> {
    return toFace(await this.mesh.detect(image, regionOfLandmarks(landmarks)));
  }

  /**
   * Looks again at a face that has been found, in several slightly different crops, and averages. The mesh answers each
   * crop a little differently; four of them bring the landmarks twice as near to the mean of many (0.26 → 0.125 % of
   * the face's width), for about 6 ms each.
   */
  async refineLandmarks(image: PixelImage, landmarks: Float32Array): Promise<DetectedFace> {
    const region = regionOfLandmarks((await this.trackLandmarks(image, landmarks)).landmarks);
    const mean = new Float32Array(landmarks.length);
    let presence = 0;
    for (const { scale, shiftX, shiftY, turnRadians } of REFINING_CROPS) {
      const face = await this.mesh.detect(image, {
        centerX: region.centerX + shiftX * region.width, centerY: region.centerY + shiftY * region.height,
        width: region.width * scale, height: region.height * scale, rotationRadians: region.rotationRadians + turnRadians,
      });
      for (let i = 0; i < mean.length; i++) mean[i] = mean[i]! + face.landmarks[i]! / REFINING_CROPS.length;
      presence += face.presence / REFINING_CROPS.length;
    }
    return toFace({ landmarks: mean, presence });
  }

  /** Weights in the order of `BLENDSHAPE_NAMES`, [52]; undefined where there is no blendshape model. */
  async estimateBlendshapes(landmarks: Float32Array): Promise<Float32Array | undefined> {
    return this.blendshapes?.estimate(landmarks);
  }

  /** Person matte at the image's size, 0 to 255; `head` is where the model looks a second time, closer. */
  async personMatte(image: PixelImage, head?: ImageRectangle): Promise<Uint8Array> {
    return this.matte.estimate(image, head);
  }

  async dispose(): Promise<void> {
    await Promise.all([this.short, this.full, this.mesh, this.matte, this.blendshapes].map((model) => model?.dispose()));
  }
}

function toFace(detection: LandmarkDetection): DetectedFace {
  return { ...detection, box: measureFace(detection.landmarks).box };
}
