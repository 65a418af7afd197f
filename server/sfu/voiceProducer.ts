import type { types } from 'mediasoup';
import type { VoiceTiming } from '../../shared/protocol/voice.ts';
import { roomClockMs } from '../roomClock.ts';
import { RtpClock } from './rtpClock.ts';
import { VOICE_CLOCK_HZ, VOICE_PACKET_MS } from './voiceCodecs.ts';

/**
 * Packets of one reading, about 0.6 s of speech, and the time from one reading to the next: clocks drift slowly, but a sender
 * that loses sound (a starved machine, a device that hiccups) is behind its timestamps from one moment to the next.
 */
const READING_PACKETS = 30;
const READING_INTERVAL_MS = 3_000;

/** One participant's voice as it comes in: mediasoup's producer, the routers it has been piped to, and its clock. */
export class VoiceProducer {
  readonly producer: types.Producer;
  readonly participantId: string;
  /** When its sounds were captured, as far as known. */
  timing: VoiceTiming | undefined;
  captureToServerMs: number;
  readonly #router: types.Router;
  /** Other routers of the room that have it, or will in a moment. */
  readonly #piped = new Map<string, Promise<string>>();
  readonly #clock = new RtpClock(VOICE_CLOCK_HZ, READING_PACKETS);
  readonly #onTiming: (timing: VoiceTiming) => void;
  #nextReading: NodeJS.Timeout | undefined;

  constructor(options: {
    producer: types.Producer; router: types.Router; participantId: string; captureToServerMs: number;
    /** Called with each new reading of the stream's clock. */
    onTiming: (timing: VoiceTiming) => void;
  }) {
    this.producer = options.producer;
    this.participantId = options.participantId;
    this.captureToServerMs = options.captureToServerMs;
    this.#router = options.router;
    this.#onTiming = options.onTiming;
    this.producer.on('trace', (trace) => this.#observe(trace));
    this.producer.observer.once('close', () => clearTimeout(this.#nextReading));
    this.#read();
  }

  get muted(): boolean {
    return this.producer.paused;
  }

  async setMuted(muted: boolean): Promise<void> {
    if (this.producer.closed || this.producer.paused === muted) return;
    if (muted) await this.producer.pause();
    else await this.producer.resume();
    // The stream's clock stood still meanwhile.
    this.timing = undefined;
    if (!muted) this.#read();
  }

  /**
   * Makes the voice available on a router, as a copy a router, however many listen there.
   * @returns the id to consume there
   */
  async reach(router: types.Router): Promise<string> {
    if (router.id === this.#router.id) return this.producer.id;
    const known = this.#piped.get(router.id);
    if (known) return known;
    // An id of its own: a worker that has both routers knows no two producers of one id.
    const piping = this.#router.pipeToRouter({ producerId: this.producer.id, router, keepId: false }).then(({ pipeProducer }) => {
      if (pipeProducer === undefined || pipeProducer.closed) throw new Error('the voice did not reach the other router');
      pipeProducer.observer.once('close', () => this.#piped.delete(router.id));
      return pipeProducer.id;
    });
    this.#piped.set(router.id, piping);
    piping.catch(() => this.#piped.delete(router.id));
    return piping;
  }

  close(): void {
    clearTimeout(this.#nextReading);
    if (!this.producer.closed) this.producer.close();
  }

  /** Has the worker report packets until the clock has a reading, and again after a while. */
  #read(): void {
    clearTimeout(this.#nextReading);
    if (this.producer.closed || this.producer.paused) return;
    this.#clock.restart();
    this.producer.enableTraceEvent(['rtp']).catch(() => undefined);
    this.#nextReading = setTimeout(() => this.#read(), READING_INTERVAL_MS);
    this.#nextReading.unref();
  }

  #observe({ type, timestamp, info }: types.ProducerTraceEventData): void {
    const rtpTimestamp = (info as { rtpPacket?: { timestamp?: unknown } }).rtpPacket?.timestamp;
    if (type !== 'rtp' || typeof rtpTimestamp !== 'number') return;
    const reading = this.#clock.push(rtpTimestamp, roomTimeOf(timestamp));
    if (reading === undefined) return;
    this.producer.enableTraceEvent([]).catch(() => undefined);
    this.timing = {
      participantId: this.participantId,
      rtpTimestamp: reading.rtpTimestamp,
      // A packet leaves when its last sample is in; the way and the device are the sender's to know.
      capturedAtMs: reading.arrivedAtMs - VOICE_PACKET_MS - this.captureToServerMs,
    };
    this.#onTiming(this.timing);
  }
}

/** The worker stamps events with the machine's monotonic clock, the one behind `process.hrtime`. */
function roomTimeOf(workerMs: number): number {
  const ageMs = Number(process.hrtime.bigint()) / 1e6 - workerMs;
  // A worker whose clock were another one: the moment of the event's arrival is good to a few milliseconds.
  return roomClockMs() - (ageMs >= 0 && ageMs < 1_000 ? ageMs : 0);
}
