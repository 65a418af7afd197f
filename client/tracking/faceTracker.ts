import type { FaceLandmarkerEngine, TrackedFace } from './faceLandmarkerEngine.ts';
import { hasHardwareGraphics } from './graphicsProbe.ts';
import { TrackingWorker } from './trackingWorker.ts';
import type { Detection } from './trackingWorker.ts';

export interface FaceTrackerEvents {
  /** One picture's outcome. `timestampMs` is the picture's, on the clock of `performance.now()`. */
  readonly onFace: (face: TrackedFace | undefined, timestampMs: number) => void;
  /** Tracking ended for good; the message is for people. */
  readonly onFailed: (message: string) => void;
}

/** Longer side of the picture that tracking sees: the detector works on 128 to 256 pixels, more only costs copies. */
export const PICTURE_SIZE = 480;

/** What one tracker does with a picture, in a worker or on the page. */
interface Backend {
  detect(video: HTMLVideoElement, timestampMs: number): Promise<Detection>;
  close(): void;
}

/**
 * Watches a playing video. One picture is in work at a time and a newer one never waits behind an older one:
 * pictures that come meanwhile are skipped.
 */
export class FaceTracker {
  readonly #video: HTMLVideoElement;
  readonly #backend: Backend;
  readonly #events: FaceTrackerEvents;
  #busy = false;
  #closed = false;
  #framesSkipped = 0;
  #lastDetectMs = 0;
  #failures = 0;

  private constructor(video: HTMLVideoElement, backend: Backend, events: FaceTrackerEvents) {
    this.#video = video;
    this.#backend = backend;
    this.#events = events;
  }

  /** Loads the models (a few seconds at first) and starts to watch. @throws Error when no backend could be loaded. */
  static async start(video: HTMLVideoElement, events: FaceTrackerEvents): Promise<FaceTracker> {
    const tracker = new FaceTracker(video, await openBackend(), events);
    tracker.#waitForFrame();
    return tracker;
  }

  /** Pictures that came while one was in work. */
  get framesSkipped(): number {
    return this.#framesSkipped;
  }

  /** Time the last detection took, ms. */
  get lastDetectMs(): number {
    return this.#lastDetectMs;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#backend.close();
  }

  #waitForFrame(): void {
    if (this.#closed) return;
    if ('requestVideoFrameCallback' in this.#video) {
      this.#video.requestVideoFrameCallback((nowMs, metadata) => {
        // When the camera took the picture, where the browser knows and tells it on the page's own clock.
        const captureMs = metadata.captureTime;
        this.#take(captureMs !== undefined && Math.abs(nowMs - captureMs) < 1000 ? captureMs : nowMs);
        this.#waitForFrame();
      });
    } else {
      setTimeout(() => {
        this.#take(performance.now());
        this.#waitForFrame();
      }, 33);
    }
  }

  #take(timestampMs: number): void {
    if (this.#closed || this.#video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return;
    if (this.#busy) {
      this.#framesSkipped++;
      return;
    }
    this.#busy = true;
    this.#backend.detect(this.#video, timestampMs).then(
      ({ face, detectMs }) => {
        this.#failures = 0;
        this.#lastDetectMs = detectMs;
        if (!this.#closed) this.#events.onFace(face, timestampMs);
      },
      (error: unknown) => {
        // One bad picture is no reason to stop; a row of them is.
        if (++this.#failures >= 10 && !this.#closed) {
          this.close();
          this.#events.onFailed(`Face tracking stopped: ${error instanceof Error ? error.message : String(error)}`);
        }
      },
    ).finally(() => {
      this.#busy = false;
    });
  }
}

async function openBackend(): Promise<Backend> {
  const delegate = hasHardwareGraphics() ? 'GPU' : 'CPU';
  const attempts: (() => Promise<Backend>)[] = [() => openWorker('CPU'), () => openOnPage('CPU')];
  if (delegate === 'GPU' && typeof OffscreenCanvas !== 'undefined') attempts.unshift(() => openWorker('GPU'));
  let last: unknown;
  for (const attempt of attempts) {
    try {
      return await attempt();
    } catch (error) {
      last = error;
      console.warn('face tracking: falling back', error);
    }
  }
  throw last;
}

async function openWorker(delegate: 'CPU' | 'GPU'): Promise<Backend> {
  const worker = await TrackingWorker.load(delegate);
  return {
    async detect(video, timestampMs) {
      const scale = Math.min(1, PICTURE_SIZE / Math.max(video.videoWidth, video.videoHeight));
      const picture = await createImageBitmap(video, {
        resizeWidth: Math.round(video.videoWidth * scale), resizeHeight: Math.round(video.videoHeight * scale), resizeQuality: 'low',
      });
      return worker.detect(picture, timestampMs);
    },
    close: () => worker.close(),
  };
}

/** For browsers whose workers cannot do it: at most ten pictures a second, so that drawing gets its share. */
async function openOnPage(delegate: 'CPU' | 'GPU'): Promise<Backend> {
  const module = await import('./faceLandmarkerEngine.ts');
  const engine: FaceLandmarkerEngine = await module.FaceLandmarkerEngine.load({ delegate, useModule: false });
  return {
    async detect(video, timestampMs) {
      const startMs = performance.now();
      const face = engine.detect(video, timestampMs, video.videoWidth, video.videoHeight);
      const detectMs = performance.now() - startMs;
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, 100 - detectMs)));
      return { face, detectMs };
    },
    close: () => engine.close(),
  };
}
