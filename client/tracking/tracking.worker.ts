import { FaceLandmarkerEngine } from './faceLandmarkerEngine.ts';
import type { TrackingReply, TrackingRequest } from './trackingMessages.ts';

/** Module worker: tracks one picture at a time, so that drawing never waits for it. */
let engine: FaceLandmarkerEngine | undefined;

function reply(message: TrackingReply): void {
  globalThis.postMessage(message);
}

async function handle(request: TrackingRequest): Promise<void> {
  if (request.kind === 'load') {
    const startMs = performance.now();
    engine = await FaceLandmarkerEngine.load({ delegate: request.delegate, useModule: true });
    reply({ kind: 'loaded', loadMs: performance.now() - startMs });
  } else if (request.kind === 'detect') {
    const { picture, timestampMs } = request;
    const startMs = performance.now();
    try {
      const face = engine?.detect(picture, timestampMs, picture.width, picture.height);
      reply({ kind: 'detected', timestampMs, face, detectMs: performance.now() - startMs });
    } finally {
      picture.close();
    }
  } else {
    engine?.close();
    engine = undefined;
  }
}

globalThis.addEventListener('message', (event: MessageEvent<TrackingRequest>) => {
  handle(event.data).catch((error: unknown) => reply({ kind: 'failed', message: error instanceof Error ? error.message : String(error) }));
});
