import { MotionClip } from '../../../client/motion/motionClip.ts';
import { roomClockMs } from '../../../server/roomClock.ts';
import { MotionEncoder } from '../../../shared/motion/motionEncoder.ts';
import { MOTION_TICK_MS } from '../../../shared/motion/motionHeader.ts';
import { PosePeer } from '../../support/posePeer.ts';
import { SignalingClient } from '../../support/signalingClient.ts';

const FRAME_MS = 100;

/** Somebody with an avatar who moves by a clip, on a real WebRTC connection but without a browser. */
export class SeatedGuest {
  readonly peer: PosePeer;
  readonly #timer: ReturnType<typeof setInterval>;

  private constructor(peer: PosePeer, seed: number) {
    this.peer = peer;
    const clip = new MotionClip({ seed, mood: 'talking' });
    const encoder = new MotionEncoder();
    const startMs = performance.now();
    this.#timer = setInterval(() => {
      const captureTimestampMs = (Math.floor(roomClockMs() / MOTION_TICK_MS) * MOTION_TICK_MS) % 2 ** 32;
      const bytes = encoder.encode({ captureTimestampMs, tracked: true, ...clip.sample(performance.now() - startMs) });
      if (bytes) peer.send(bytes);
    }, FRAME_MS);
  }

  /** @param ownerToken whose avatar `avatarHash` is */
  static async enter(url: string, roomId: string, options: { name: string; ownerToken: string; avatarHash: string; seed: number }): Promise<SeatedGuest> {
    const peer = await PosePeer.join(url, roomId, options.name, { client: await SignalingClient.open(url, options.ownerToken) });
    await peer.client.request('avatar:publish', { avatarHash: options.avatarHash });
    return new SeatedGuest(peer, options.seed);
  }

  /** Gives up the seat. */
  async leave(): Promise<void> {
    clearInterval(this.#timer);
    await this.peer.client.request('room:leave', {});
    this.peer.close();
  }

  /** Ends everything, without a goodbye. */
  close(): void {
    clearInterval(this.#timer);
    this.peer.close();
  }
}
