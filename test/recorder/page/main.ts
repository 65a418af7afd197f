import { NeutralCalibration } from '../../../client/tracking/neutralCalibration.ts';
import { PoseSmoother } from '../../../client/tracking/poseSmoother.ts';
import { TrackingWorker } from '../../../client/tracking/trackingWorker.ts';
import { framePath } from '../framePath.ts';
import type { RecordedFrame, RecorderPage, RecordingRequest } from '../framePath.ts';

/**
 * Tracks a film picture by picture, as the room page tracks a camera: tracking worker, calibration, smoothing. Time is
 * the film's own, so that a slow machine records what a fast one would.
 */
async function track({ filmId, frames, fps, width, height, calibrateFrames }: RecordingRequest): Promise<(RecordedFrame | undefined)[]> {
  const worker = await TrackingWorker.load('CPU');
  const calibration = new NeutralCalibration();
  const smoother = new PoseSmoother();
  if (calibrateFrames > 0) calibration.collect(calibrateFrames, () => undefined);
  const recorded: (RecordedFrame | undefined)[] = [];
  try {
    let next = fetchFrame(filmId, 0, width, height);
    for (let index = 0; index < frames; index++) {
      const picture = await next;
      // The next picture is rendered while this one is tracked.
      if (index + 1 < frames) next = fetchFrame(filmId, index + 1, width, height);
      const timeMs = (index * 1000) / fps;
      const { face } = await worker.detect(picture, timeMs);
      if (!face?.blendshapeWeights) {
        recorded.push(undefined);
        continue;
      }
      const relative = calibration.apply({
        blendshapeWeights: face.blendshapeWeights, cameraFromHeadRotation: face.cameraFromHeadRotation, cameraFromHeadMeters: face.cameraFromHeadMeters,
      });
      const smooth = smoother.smooth(relative, timeMs);
      recorded.push({
        weights: [...smooth.blendshapeWeights], rotation: [...smooth.headRotation], position: [...smooth.headPositionMeters],
        unsmoothed: { weights: [...relative.blendshapeWeights], rotation: [...relative.headRotation], position: [...relative.headPositionMeters] },
      });
    }
  } finally {
    worker.close();
  }
  return recorded;
}

async function fetchFrame(filmId: string, index: number, width: number, height: number): Promise<ImageBitmap> {
  const response = await fetch(framePath(filmId, index), { cache: 'no-store' });
  if (!response.ok) throw new Error(`frame ${index}: ${response.status}`);
  return createImageBitmap(new ImageData(new Uint8ClampedArray(await response.arrayBuffer()), width, height));
}

(globalThis as RecorderPage).track = track;
