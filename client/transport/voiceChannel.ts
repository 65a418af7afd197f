import type { Device, types } from 'mediasoup-client';
import type { VoiceConsumerInfo } from '../../shared/protocol/voice.ts';
import type { SignalingConnection } from '../signaling/signalingConnection.ts';

/** Somebody's voice as it arrives. */
export interface ReceivedVoice {
  readonly consumerId: string;
  readonly participantId: string;
  readonly track: MediaStreamTrack;
  readonly receiver: RTCRtpReceiver | undefined;
}

/** Opus for one voice: clear at 32 kbps, silent in pauses, and with its own repair of single losses. */
const CODEC_OPTIONS: types.ProducerCodecOptions = {
  opusStereo: false, opusDtx: true, opusFec: true, opusMaxPlaybackRate: 48_000, opusMaxAverageBitrate: 32_000, opusPtime: 20,
};

/** Voices over the link's two transports: the own one out, the others' in. Belongs to the transports and ends with them. */
export class VoiceChannel {
  readonly #signaling: SignalingConnection;
  readonly #device: Device;
  readonly #send: types.Transport;
  readonly #receive: types.Transport;
  readonly #consumers = new Map<string, types.Consumer>();
  #producer: types.Producer | undefined;
  #first = { muted: false, captureToServerMs: 0 };

  constructor(signaling: SignalingConnection, device: Device, send: types.Transport, receive: types.Transport) {
    this.#signaling = signaling;
    this.#device = device;
    this.#send = send;
    this.#receive = receive;
    send.on('produce', ({ rtpParameters }, done, failed) => {
      signaling.request('voice:produce', { transportId: send.id, rtpParameters: rtpParameters as never, ...this.#first })
        .then(({ producerId }) => done({ id: producerId }), failed);
    });
  }

  /** Lets the server send voices. */
  async listen(): Promise<void> {
    const { codecs, headerExtensions } = this.#device.recvRtpCapabilities;
    await this.#signaling.request('voice:receive', {
      rtpCapabilities: { codecs: codecs as never, headerExtensions: headerExtensions as never },
    });
  }

  /**
   * Begins to send a microphone's track; the track stays the caller's.
   * @param captureToServerMs from a sound to its arrival at the server
   */
  async produce(track: MediaStreamTrack, muted: boolean, captureToServerMs: number): Promise<void> {
    this.#producer?.close();
    this.#first = { muted, captureToServerMs };
    const producer = await this.#send.produce({
      track, codecOptions: CODEC_OPTIONS, stopTracks: false, disableTrackOnPause: true, zeroRtpOnPause: true,
    });
    if (muted) producer.pause();
    this.#producer = producer;
  }

  async setMuted(muted: boolean): Promise<void> {
    const producer = this.#producer;
    if (!producer || producer.closed) return;
    // Here first: not a syllable more leaves this machine.
    if (muted) producer.pause();
    else producer.resume();
    await this.#signaling.request('voice:mute', { muted });
  }

  async stop(): Promise<void> {
    const producer = this.#producer;
    this.#producer = undefined;
    if (!producer || producer.closed) return;
    producer.close();
    await this.#signaling.request('voice:stop', {});
  }

  async tellDelay(captureToServerMs: number): Promise<void> {
    if (this.#producer && !this.#producer.closed) await this.#signaling.request('voice:delay', { captureToServerMs });
  }

  /** Makes the receiver that the server offers; resolve before acknowledging, sound flows from then on. */
  async consume({ consumerId, producerId, participantId, rtpParameters }: VoiceConsumerInfo): Promise<ReceivedVoice> {
    const consumer = await this.#receive.consume({
      id: consumerId, producerId, kind: 'audio', rtpParameters: rtpParameters as unknown as types.RtpParameters, streamId: participantId,
    });
    this.#consumers.set(consumerId, consumer);
    return { consumerId, participantId, track: consumer.track, receiver: consumer.rtpReceiver };
  }

  stopConsuming(consumerId: string): void {
    this.#consumers.get(consumerId)?.close();
    this.#consumers.delete(consumerId);
  }
}
