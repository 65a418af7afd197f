import type { TrackedFace } from './faceLandmarkerEngine.ts';
import type { TrackingReply, TrackingRequest } from './trackingMessages.ts';

/** Loading takes a few seconds at first; after this long it counts as failed. */
const LOAD_TIMEOUT_MS = 45_000;

/** One picture's outcome. */
export interface Detection {
  /** Undefined when no face is in the picture. */
  readonly face: TrackedFace | undefined;
  /** Time the detection took, ms. */
  readonly detectMs: number;
}

interface Pending {
  readonly resolve: (detection: Detection) => void;
  readonly reject: (error: Error) => void;
}

/** The page's side of `tracking.worker.ts`. */
export class TrackingWorker {
  readonly #worker: Worker;
  #pending: Pending | undefined;

  private constructor(worker: Worker) {
    this.#worker = worker;
  }

  /** Starts the worker and loads the models in it. @throws Error when that fails or takes too long. */
  static load(delegate: 'CPU' | 'GPU'): Promise<TrackingWorker> {
    const worker = new Worker(new URL('./tracking.worker.ts', import.meta.url), { type: 'module', name: 'face tracking' });
    const tracking = new TrackingWorker(worker);
    return new Promise<TrackingWorker>((resolve, reject) => {
      const fail = (message: string): void => {
        tracking.#settle()?.reject(new Error(message));
        reject(new Error(message)); // Has no effect once resolved.
      };
      const timer = setTimeout(() => {
        worker.terminate();
        fail('the tracking worker did not load in time');
      }, LOAD_TIMEOUT_MS);
      worker.addEventListener('error', (event) => {
        clearTimeout(timer);
        fail(event.message || 'the tracking worker could not be started');
      });
      worker.addEventListener('message', ({ data }: MessageEvent<TrackingReply>) => {
        if (data.kind === 'detected') {
          tracking.#settle()?.resolve({ face: data.face, detectMs: data.detectMs });
          return;
        }
        clearTimeout(timer);
        if (data.kind === 'loaded') resolve(tracking);
        else fail(data.message);
      });
      tracking.#post({ kind: 'load', delegate });
    });
  }

  /**
   * Looks at one picture, which is taken over. One at a time.
   * @param timestampMs rises from picture to picture
   */
  detect(picture: ImageBitmap, timestampMs: number): Promise<Detection> {
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
      this.#post({ kind: 'detect', picture, timestampMs }, [picture]);
    });
  }

  /** A detection under way is never answered. */
  close(): void {
    this.#pending = undefined;
    this.#worker.terminate();
  }

  #settle(): Pending | undefined {
    const pending = this.#pending;
    this.#pending = undefined;
    return pending;
  }

  #post(request: TrackingRequest, transfer: Transferable[] = []): void {
    this.#worker.postMessage(request, transfer);
  }
}
