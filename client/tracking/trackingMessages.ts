import type { TrackedFace } from './faceLandmarkerEngine.ts';

/** To the tracking worker. The bitmap is transferred, never copied. */
export type TrackingRequest =
  | { kind: 'load'; delegate: 'CPU' | 'GPU' }
  | { kind: 'detect'; picture: ImageBitmap; timestampMs: number }
  | { kind: 'close' };

/** From the tracking worker. */
export type TrackingReply =
  | { kind: 'loaded'; loadMs: number }
  | { kind: 'detected'; timestampMs: number; face: TrackedFace | undefined; detectMs: number }
  | { kind: 'failed'; message: string };
