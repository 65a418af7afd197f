import { createWorker } from 'mediasoup';
import type { types } from 'mediasoup';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLog } from '../../../server/log.ts';
import { roomClockMs } from '../../../server/roomClock.ts';
import { workerFile } from '../../../server/setup/paths.mjs';
import { VOICE_CODECS } from '../../../server/sfu/voiceCodecs.ts';
import type { VoiceLink } from '../../../server/sfu/voiceLink.ts';
import { VoiceRelay } from '../../../server/sfu/voiceRelay.ts';
import type { Speakers } from '../../../server/sfu/voiceRelay.ts';
import type { VoiceConsumerInfo, VoiceState, VoiceTiming } from '../../../shared/protocol/voice.ts';
import { voicePacket, voiceRtpParameters } from '../../support/voicePackets.ts';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const SPEECH_DBOV = -25;

/** A participant at the relay, with mediasoup's direct transports in place of WebRTC ones: RTP goes in and out in this process. */
class Seat {
  readonly participantId: string;
  readonly link: VoiceLink;
  readonly announced: VoiceConsumerInfo[] = [];
  readonly closed: string[] = [];
  readonly timings: VoiceTiming[] = [];
  readonly states: (VoiceState | undefined)[] = [];
  /** Packets by whose voice they are. */
  readonly packets = new Map<string, number>();
  producer: types.Producer | undefined;
  readonly #ssrc: number;
  readonly #send: types.DirectTransport;
  #index = 0;

  private constructor(relay: VoiceRelay, router: types.Router, transports: readonly [types.DirectTransport, types.DirectTransport], participantId: string) {
    const [send, receive] = transports;
    this.#send = send;
    this.participantId = participantId;
    this.#ssrc = 1_000 + Number(participantId.replace(/\D/g, ''));
    const consume = receive.consume.bind(receive);
    // What arrives is counted where a browser would hear it.
    receive.consume = (async (options: types.ConsumerOptions) => {
      const consumer = await consume(options);
      consumer.on('rtp', () => {
        const from = this.announced.find(({ consumerId }) => consumerId === consumer.id)?.participantId;
        if (from) this.packets.set(from, (this.packets.get(from) ?? 0) + 1);
      });
      return consumer;
    }) as never;
    this.link = relay.attach({
      participantId,
      announceConsumer: async (info) => { this.announced.push(info); return true; },
      announceConsumerClosed: (consumerId) => this.closed.push(consumerId),
      announceTiming: (timing) => this.timings.push(timing),
      voiceChanged: (voice) => this.states.push(voice),
    }, { router, webRtcTransport: (direction) => (direction === 'send' ? send : receive) as unknown as types.WebRtcTransport });
  }

  static async take(relay: VoiceRelay, router: types.Router, participantId: string): Promise<Seat> {
    const transports = [await router.createDirectTransport(), await router.createDirectTransport()] as const;
    const seat = new Seat(relay, router, transports, participantId);
    seat.link.listen(router.rtpCapabilities);
    return seat;
  }

  async open(muted = false): Promise<void> {
    await this.link.produce({ transportId: this.#send.id, rtpParameters: voiceRtpParameters(this.#ssrc), muted, captureToServerMs: 15 });
    this.producer = this.link.voice!.producer;
  }

  say(levelDbov: number): void {
    this.producer?.send(voicePacket(this.#ssrc, this.#index++, levelDbov));
  }
}

describe('voices through a real relay', () => {
  let worker: types.Worker;
  let router: types.Router;
  let relay: VoiceRelay;
  let spoken: Speakers[];

  /** Each speaks or is silent for a while, at a browser's pace. */
  async function talk(seats: readonly Seat[], levels: readonly number[], ms: number): Promise<void> {
    const endMs = performance.now() + ms;
    for (let dueMs = performance.now(); dueMs < endMs; dueMs += 20) {
      for (const [index, seat] of seats.entries()) seat.say(levels[index]!);
      await pause(Math.max(1, dueMs + 20 - performance.now()));
    }
  }

  async function becomes(holds: () => boolean): Promise<void> {
    for (let attempt = 0; attempt < 100 && !holds(); attempt++) await pause(50);
    expect(holds()).toBe(true);
  }

  beforeAll(async () => {
    worker = await createWorker({ workerBin: process.env['MEDIASOUP_WORKER_BIN'] ?? workerFile, logLevel: 'warn' });
  });
  afterAll(() => worker.close());
  beforeEach(async () => {
    router = await worker.createRouter({ mediaCodecs: VOICE_CODECS });
    relay = new VoiceRelay({ heardAtOnce: 3, log: createLog({ level: 'silent', pretty: false }) });
    spoken = [];
    relay.onSpeaking((speakers) => spoken.push(speakers));
  });
  afterEach(() => {
    relay.close();
    router.close();
  });

  it('VOICE2 VOICE5 carries a voice to the others and not back, and tells when its sounds were captured', async () => {
    const [ada, ben, cleo] = [await Seat.take(relay, router, 'p1'), await Seat.take(relay, router, 'p2'), await Seat.take(relay, router, 'p3')];
    await ada.open();
    await talk([ada], [SPEECH_DBOV], 1_200);
    await becomes(() => (ben.packets.get('p1') ?? 0) > 30 && (cleo.packets.get('p1') ?? 0) > 30);
    expect(ada.announced).toEqual([]);
    const timing = ben.timings[0]!;
    // The stream's first sample: 20 ms of packet and 15 ms of way before the first packet, a moment ago.
    const firstSampleMs = timing.capturedAtMs - timing.rtpTimestamp / 48;
    expect(roomClockMs() - firstSampleMs).toBeGreaterThan(1_000);
    expect(roomClockMs() - firstSampleMs).toBeLessThan(30_000);
    expect(timing.participantId).toBe('p1');
  });

  it('VOICE4 says who speaks, and when they cease', async () => {
    const [ada, ben] = [await Seat.take(relay, router, 'p1'), await Seat.take(relay, router, 'p2')];
    await ada.open();
    await ben.open();
    await talk([ada, ben], [SPEECH_DBOV, -100], 1_000);
    await becomes(() => spoken.at(-1)?.map(({ participantId }) => participantId).join() === 'p1');
    await talk([ada, ben], [-100, SPEECH_DBOV], 2_000);
    await becomes(() => spoken.at(-1)?.map(({ participantId }) => participantId).join() === 'p2');
    await becomes(() => spoken.at(-1)!.length === 0);
  });

  it('VOICE3 forwards nothing of a muted microphone, and all may see that it is muted', async () => {
    const [ada, ben] = [await Seat.take(relay, router, 'p1'), await Seat.take(relay, router, 'p2')];
    await ada.open(true);
    await talk([ada], [SPEECH_DBOV], 500);
    expect(ben.packets.get('p1') ?? 0).toBe(0);
    await ada.link.setMuted(false);
    await talk([ada], [SPEECH_DBOV], 600);
    await becomes(() => (ben.packets.get('p1') ?? 0) > 5);
    await ada.link.setMuted(true);
    await pause(100);
    const before = ben.packets.get('p1');
    await talk([ada], [SPEECH_DBOV], 300);
    expect(ben.packets.get('p1')).toBe(before);
    expect(ada.states).toEqual(['muted', 'on', 'muted']);
  });

  it('VOICE6 of many open microphones only the loudest flow; who speaks next is heard in their place', async () => {
    const listener = await Seat.take(relay, router, 'p99');
    const seats: Seat[] = [];
    for (let i = 1; i <= 8; i++) {
      seats.push(await Seat.take(relay, router, `p${i}`));
      await seats.at(-1)!.open();
    }
    const only = (...loud: number[]) => seats.map((_, index) => (loud.includes(index) ? SPEECH_DBOV : -100));
    await talk(seats, only(0, 1, 2), 1_500);
    listener.packets.clear();
    await talk(seats, only(0, 1, 2), 600);
    expect([...listener.packets.keys()].sort()).toEqual(['p1', 'p2', 'p3']);
    await talk(seats, only(6), 2_000);
    listener.packets.clear();
    await talk(seats, only(6), 600);
    expect(listener.packets.get('p7') ?? 0).toBeGreaterThan(10);
    expect(listener.packets.size).toBeLessThanOrEqual(3);
  });

  it('reaches listeners on another router, once a router', async () => {
    const other = await worker.createRouter({ mediaCodecs: VOICE_CODECS });
    const [ada, ben, cleo] = [await Seat.take(relay, router, 'p1'), await Seat.take(relay, other, 'p2'), await Seat.take(relay, other, 'p3')];
    await ada.open();
    await talk([ada], [SPEECH_DBOV], 1_000);
    await becomes(() => (ben.packets.get('p1') ?? 0) > 20 && (cleo.packets.get('p1') ?? 0) > 20);
    const { mapProducerIdConsumerIds } = await router.dump();
    expect(mapProducerIdConsumerIds.find(({ key }) => key === ada.producer!.id)?.values.length).toBe(1);
    other.close();
  });

  it('leaves nothing behind: a seat that is left takes its voice and its receivers along', async () => {
    const [ada, ben] = [await Seat.take(relay, router, 'p1'), await Seat.take(relay, router, 'p2')];
    await ada.open();
    await ben.open();
    await talk([ada, ben], [SPEECH_DBOV, SPEECH_DBOV], 500);
    ada.link.close();
    await becomes(() => ben.closed.length === 1);
    await becomes(() => relay.speakers.every(({ participantId }) => participantId !== 'p1'));
    const { mapProducerIdConsumerIds } = await router.dump();
    expect(mapProducerIdConsumerIds.map(({ key }) => key)).toEqual([ben.producer!.id]);
  });

  it('VOICE1 refuses a second voice, and words about none', async () => {
    const ada = await Seat.take(relay, router, 'p1');
    await expect(ada.link.setMuted(true)).rejects.toMatchObject({ code: 'VOICE_UNKNOWN' });
    await ada.open();
    await expect(ada.open()).rejects.toMatchObject({ code: 'VOICE_EXISTS' });
  });
});
