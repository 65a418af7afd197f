import { PlayoutBuffer } from '../../client/playout/playoutBuffer.ts';
import { MotionDecoder } from '../../shared/motion/motionDecoder.ts';
import type { SentFrames } from './sentFrames.ts';

/**
 * One remote face as a browser plays it out: the product's decoder and playout buffer. Tells how old is what would be on
 * the screen.
 */
export class WatchedFace {
  readonly #decoder = new MotionDecoder();
  readonly #playout = new PlayoutBuffer();
  readonly #sent: SentFrames;
  #newestCaptureMs: number | undefined;
  /** Room clock since when it is watched. */
  readonly sinceMs: number;
  /** Room clock when the first frame could be shown. */
  firstFrameAtMs: number | undefined;
  decoded = 0;
  undecodable = 0;

  constructor(sinceMs: number, sent: SentFrames) {
    this.sinceMs = sinceMs;
    this.#sent = sent;
  }

  /**
   * @param captureMs room clock, not wrapped, as read from the frame's header.
   * @param nowMs room clock.
   */
  push(frame: Uint8Array, captureMs: number, still: boolean, nowMs: number): void {
    const motion = this.#decoder.decode(frame, captureMs);
    if (motion === undefined) {
      this.undecodable++;
      return;
    }
    this.decoded++;
    this.firstFrameAtMs ??= nowMs;
    const { blendshapeWeights, headRotation, headPositionMeters } = motion;
    this.#playout.push({ captureTimestampMs: captureMs, still, pose: { blendshapeWeights, headRotation, headPositionMeters } }, nowMs);
    this.#newestCaptureMs = Math.max(this.#newestCaptureMs ?? captureMs, captureMs);
  }

  /**
   * Age of what is shown at `nowMs`: now less the moment shown, or, where that lies beyond a frame that was sent and has not come,
   * less that frame's capture time, so that foreseeing does not count as being fresh. Undefined before the first frame, and once the sender
   * has left.
   */
  ageMs(nowMs: number): number | undefined {
    if (this.#newestCaptureMs === undefined || this.#sent.ended) return undefined;
    const { mediaTimeMs } = this.#playout.sample(nowMs);
    return nowMs - Math.min(mediaTimeMs, this.#sent.nextAfter(this.#newestCaptureMs) ?? mediaTimeMs);
  }

  /** Delay that playout adds behind the fastest arrival, ms. */
  get delayMs(): number {
    return this.#playout.delayMs;
  }
}
