import type { PixelImage } from './analysedPortrait.ts';
import { decodePortrait, type DecodedPortrait } from './decodePortrait.ts';
import { estimateHeadPose } from './headPose.ts';
import { regionOfLandmarks } from './landmarkDetector.ts';
import type { PerceivedPortrait, PortraitCrop } from './perceivedPortrait.ts';
import type { DetectedFace, Perception } from './perception.ts';
import { frameHead, frameHeadAndBust, measureFace } from './portraitFraming.ts';
import { PortraitError } from './portraitError.ts';
import { cropImage } from './pixelImage.ts';
import { measureSharpness } from './sharpness.ts';

/** Faces are searched in the whole picture at this size. */
const SEARCH_MAX_SIDE = 1536;
const PORTRAIT_MAX_SIDE = 1024;

/** When a portrait is refused. */
export const PORTRAIT_LIMITS = {
  /** Width of the face in pixels of the picture as sent. */
  minFaceWidthPixels: 80,
  /** A second face is ignored when its area is under this share of the largest one's. */
  maxSecondFaceShare: 0.4,
  maxYawDegrees: 40,
  maxPitchDegrees: 35,
  maxRollDegrees: 60,
  /** See `measureSharpness`. */
  minSharpness: 0.045,
} as const;

/**
 * Sees what there is to see in a portrait: checks and decodes it, finds the one face, its landmarks and momentary
 * expression, crops head and bust and tells the person from the background.
 * @throws {PortraitError} with the reason when no head can be made of it; whatever `signal` gives as reason when aborted.
 */
export async function perceivePortrait(bytes: Uint8Array, perception: Perception, options: { readonly signal?: AbortSignal } = {}): Promise<PerceivedPortrait> {
  const stageMilliseconds: Record<string, number> = {};
  const stage = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    options.signal?.throwIfAborted();
    const startMs = performance.now();
    const result = await work();
    stageMilliseconds[name] = performance.now() - startMs;
    return result;
  };

  const { decoded, whole } = await stage('decode', async () => {
    const portrait = await decodePortrait(bytes);
    return { decoded: portrait, whole: await portrait.decode(SEARCH_MAX_SIDE) };
  });
  const searchScale = whole.width / decoded.width;
  const face = await stage('faces', async () => chooseFace(await perception.detectLandmarks(whole), searchScale));
  await stage('checks', async () => checkFace(whole, face));
  const { image, crop } = await stage('crop', () => cropPortrait(decoded, whole, face.landmarks, searchScale));
  const landmarks = await stage('landmarks', async () => {
    const moved = face.landmarks.map((value, i) => ((i % 3 === 2 ? value : value - (i % 3 === 0 ? crop.x : crop.y) * searchScale) / searchScale) * crop.scale);
    return (await perception.refineLandmarks(image, moved)).landmarks;
  });
  const blendshapeWeights = await stage('blendshapes', () => perception.estimateBlendshapes(landmarks));
  const matte = await stage('matte', () => perception.personMatte(image, frameHead(landmarks)));
  options.signal?.throwIfAborted();
  return { image, matte, landmarks, crop, stageMilliseconds, ...(blendshapeWeights ? { blendshapeWeights } : {}) };
}

/** The one face that counts: the largest, when it clearly dominates. */
function chooseFace(faces: readonly DetectedFace[], searchScale: number): DetectedFace {
  const area = (face: DetectedFace) => face.box.width * face.box.height;
  const [largest, second] = [...faces].sort((a, b) => area(b) - area(a));
  if (!largest) throw PortraitError.noFace();
  if (second && area(second) > PORTRAIT_LIMITS.maxSecondFaceShare * area(largest)) throw PortraitError.severalFaces(faces.length);
  const faceWidth = measureFace(largest.landmarks).faceWidth / searchScale;
  if (faceWidth < PORTRAIT_LIMITS.minFaceWidthPixels) throw PortraitError.faceTooSmall(faceWidth, PORTRAIT_LIMITS.minFaceWidthPixels);
  return largest;
}

function checkFace(image: PixelImage, face: DetectedFace): void {
  const { yawDegrees, pitchDegrees, rollDegrees } = estimateHeadPose(face.landmarks);
  if (Math.abs(yawDegrees) > PORTRAIT_LIMITS.maxYawDegrees || Math.abs(pitchDegrees) > PORTRAIT_LIMITS.maxPitchDegrees
    || Math.abs(rollDegrees) > PORTRAIT_LIMITS.maxRollDegrees) throw PortraitError.turnedAway(yawDegrees, pitchDegrees);
  const region = regionOfLandmarks(face.landmarks);
  const tight = { ...region, width: region.width / 1.5, height: region.height / 1.5 };
  if (measureSharpness(image, tight) < PORTRAIT_LIMITS.minSharpness) throw PortraitError.blurred();
}

/** Crops in the original's own resolution: what was searched may have been scaled down. */
async function cropPortrait(decoded: DecodedPortrait, whole: PixelImage, landmarks: Float32Array, searchScale: number): Promise<{ image: PixelImage; crop: PortraitCrop }> {
  const inOriginal = landmarks.map((value) => value / searchScale);
  const rectangle = frameHeadAndBust(inOriginal, decoded.width, decoded.height);
  const fits = searchScale === 1 && Math.max(rectangle.width, rectangle.height) <= PORTRAIT_MAX_SIDE;
  const image = fits ? cropImage(whole, rectangle) : await decoded.decode(PORTRAIT_MAX_SIDE, rectangle);
  return {
    image,
    crop: { x: rectangle.x, y: rectangle.y, scale: image.width / rectangle.width, originalWidth: decoded.width, originalHeight: decoded.height },
  };
}
