import type { DataChannel } from 'node-datachannel';
import { MotionEncoder } from '../../shared/motion/motionEncoder.ts';
import { MOTION_CHANNEL_LABEL, MOTION_CHANNEL_PROTOCOL } from '../../shared/motion/motionFrame.ts';
import { MOTION_TICK_MS } from '../../shared/motion/motionHeader.ts';
import type { MotionLevel } from '../../shared/motion/motionLevel.ts';
import { StippleError } from '../../shared/protocol/errors.ts';
import type { AcknowledgedEventOf, ParticipantInfo, ReplyOf } from '../../shared/protocol/signaling.ts';
import type { TransportParameters } from '../../shared/protocol/webrtc.ts';
import type { ImpairedLink } from '../impairment/impairedLink.ts';
import { sleep } from '../clock.ts';
import { BotSignaling } from './botSignaling.ts';
import { BotTransport } from './botTransport.ts';
import type { Detour } from './botTransport.ts';
import type { TrackPlayer } from './motionSource.ts';
import { MotionReceiver } from './motionReceiver.ts';
import { SentFrames } from './sentFrames.ts';
import type { LocalSenders } from './sentFrames.ts';
import type { ViewerMeter } from './viewerMeter.ts';

/** What one bot is to do. */
export interface BotPlan {
  readonly botId: number;
  readonly roomId: string;
  /** Bots of a group are measured together. */
  readonly group: string;
  /** Which of the tracks, and from which frame on. */
  readonly track: number;
  readonly startFrame: number;
  /** When in the frame interval its camera takes pictures, [0, 1). */
  readonly phase: number;
  /** How many of the others it decodes and plays out; the rest is received, read to the header and timed. */
  readonly watched: number;
  /** How many of the others it wants in full; of the rest it wants `restLevel`. */
  readonly wantedInFull: number;
  readonly restLevel: MotionLevel;
  /** Its datagrams go through an impaired link, which passes everything until it is told otherwise. */
  readonly impairable: boolean;
}

/** What a bot is asked to join with, and by which it is measured. */
export interface BotSurroundings {
  readonly serverUrl: string;
  readonly ownerToken: string | undefined;
  readonly avatarHash: string | undefined;
  readonly framesPerSecond: number;
  readonly roomNowMs: () => number;
  readonly player: TrackPlayer;
  readonly meter: ViewerMeter;
  readonly senders: LocalSenders;
  /** Makes an impaired link to the relay. */
  readonly openLink: (relay: Detour) => Promise<ImpairedLink>;
}

/** A bot in its room. */
export interface BotSeat {
  readonly botId: number;
  readonly slot: number;
  readonly sendTransportId: string;
  readonly receiveTransportId: string;
  /** From the first request to the send channel's opening. */
  readonly joinMs: number;
}

const SEND_STREAM_ID = 0;
/** Bytes that may wait in the channel, as in the browser's transport: beyond it a frame is dropped instead of queued. */
const MAX_BUFFERED_BYTES = 720;
const INTEREST_INTERVAL_MS = 1_000;
const ENTRY_ATTEMPTS = 20;
const ENTRY_PAUSE_MS = 50;

/** A participant with a real WebRTC stack that plays a recording and measures what comes. */
export class Bot {
  readonly plan: BotPlan;
  readonly seat: BotSeat;
  readonly receiver: MotionReceiver;
  readonly #surroundings: BotSurroundings;
  readonly #signaling: BotSignaling;
  readonly #transports: readonly BotTransport[];
  readonly #links: readonly ImpairedLink[];
  readonly #channel: DataChannel;
  readonly #encoder = new MotionEncoder();
  readonly #sent = new SentFrames();
  readonly #startMs: number;
  #timer: NodeJS.Timeout | undefined;
  #nextFrame = 0;
  #interestTimer: NodeJS.Timeout | undefined;
  #interestSent = '';
  #closed = false;
  /** Why the server ended this bot's connection, if it did. */
  lost: string | undefined;
  framesSent = 0;
  framesDropped = 0;
  bytesSent = 0;
  messagesSent = 0;

  private constructor(plan: BotPlan, surroundings: BotSurroundings, parts: {
    signaling: BotSignaling; transports: readonly BotTransport[]; links: readonly ImpairedLink[]; channel: DataChannel;
    receiver: MotionReceiver; seat: BotSeat;
  }) {
    this.plan = plan;
    this.#surroundings = surroundings;
    this.#signaling = parts.signaling;
    this.#transports = parts.transports;
    this.#links = parts.links;
    this.#channel = parts.channel;
    this.receiver = parts.receiver;
    this.seat = parts.seat;
    surroundings.senders.add(plan.roomId, parts.seat.slot, this.#sent);
    const intervalMs = 1_000 / surroundings.framesPerSecond;
    this.#startMs = surroundings.roomNowMs() + plan.phase * intervalMs;
    parts.signaling.onLost = (reason) => { if (!this.#closed) this.lost = reason; };
    parts.receiver.sendReport = (text) => this.#sendReport(text);
    parts.receiver.onSlotsChange = () => this.#scheduleInterest();
    this.#scheduleInterest();
    this.#schedule();
  }

  static async join(plan: BotPlan, surroundings: BotSurroundings): Promise<Bot> {
    const startedMs = surroundings.roomNowMs();
    const signaling = await BotSignaling.open(surroundings.serverUrl, surroundings.ownerToken);
    const transports: BotTransport[] = [];
    const links: ImpairedLink[] = [];
    try {
      const receiver = new MotionReceiver({
        watched: plan.watched, wantedInFull: plan.wantedInFull, meter: surroundings.meter, roomNowMs: surroundings.roomNowMs,
        sentBy: (slot) => surroundings.senders.find(plan.roomId, slot),
      });
      // Somebody may come in the same breath as the reply.
      listen(signaling, receiver);
      const joined = await enter(signaling, plan, surroundings.avatarHash);
      const self = joined.participants.find(({ participantId }) => participantId === joined.participantId);
      if (self === undefined) throw new Error('expected oneself among the participants');
      receiver.ownSlot = self.slot;
      for (const participant of joined.participants) receiver.participantCame(participant);
      const open = async (parameters: TransportParameters): Promise<BotTransport> => {
        const link = plan.impairable ? await surroundings.openLink(BotTransport.relayAddress(parameters)) : undefined;
        if (link) links.push(link);
        const transport = new BotTransport({
          parameters, detour: link?.entrance,
          connect: (value) => signaling.request('transport:connect', {
            transportId: parameters.transportId, dtlsParameters: { role: 'client', fingerprints: [{ algorithm: 'sha-256', value }] },
          }),
        });
        transports.push(transport);
        return transport;
      };
      // Consumers may be announced in the same breath as the transport's reply: listen before asking.
      const receiving = signaling.request('transport:create', { direction: 'receive' }).then(open);
      signaling.onConsumerCreated = (consumer) => consume(receiving, consumer, receiver);
      const receiveTransport = await receiving;
      const send = await open(await signaling.request('transport:create', { direction: 'send' }));
      await signaling.request('pose:produce', {
        transportId: send.transportId, label: MOTION_CHANNEL_LABEL, protocol: MOTION_CHANNEL_PROTOCOL,
        sctpStreamParameters: { streamId: SEND_STREAM_ID, ordered: false, maxRetransmits: 0 },
      });
      const channel = await send.openChannel(SEND_STREAM_ID);
      const seat: BotSeat = {
        botId: plan.botId, slot: self.slot, sendTransportId: send.transportId, receiveTransportId: receiveTransport.transportId,
        joinMs: surroundings.roomNowMs() - startedMs,
      };
      return new Bot(plan, surroundings, { signaling, transports, links, channel, receiver, seat });
    } catch (error) {
      signaling.close();
      for (const transport of transports) transport.close();
      for (const link of links) link.close();
      throw error;
    }
  }

  get links(): readonly ImpairedLink[] {
    return this.#links;
  }

  /** @param polite with `room:leave`; else as a lost network does. */
  async leave(polite: boolean): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#interestTimer);
    this.receiver.close();
    this.#surroundings.senders.remove(this.plan.roomId, this.seat.slot, this.#sent);
    if (polite) await this.#signaling.request('room:leave', {}).catch(() => undefined);
    for (const transport of this.#transports) transport.close();
    this.#signaling.close();
    for (const link of this.#links) link.close();
  }

  #schedule(): void {
    const intervalMs = 1_000 / this.#surroundings.framesPerSecond;
    const nowMs = this.#surroundings.roomNowMs();
    // A process that stood still skips pictures, as a camera does.
    this.#nextFrame = Math.max(this.#nextFrame + 1, Math.ceil((nowMs - this.#startMs) / intervalMs));
    const dueMs = this.#startMs + this.#nextFrame * intervalMs;
    this.#timer = setTimeout(() => {
      if (this.#closed) return;
      this.#takePicture();
      this.#schedule();
    }, Math.max(0, dueMs - nowMs));
  }

  #takePicture(): void {
    const { player, roomNowMs, meter } = this.#surroundings;
    const nowMs = roomNowMs();
    // The frame's time has steps of MOTION_TICK_MS; rounding down makes measured delays up to that much too long, never too short.
    const captureMs = Math.floor(nowMs / MOTION_TICK_MS) * MOTION_TICK_MS;
    const { blendshapeWeights, headRotation, headPositionMeters } = player.poseAt(nowMs - this.#startMs);
    const bytes = this.#encoder.encode({ captureTimestampMs: captureMs % 2 ** 32, tracked: true, blendshapeWeights, headRotation, headPositionMeters });
    if (bytes === undefined || !this.#channel.isOpen()) return;
    this.#sent.push(captureMs);
    if (this.#channel.bufferedAmount() > MAX_BUFFERED_BYTES) {
      if (meter.covers(captureMs)) this.framesDropped++;
      return;
    }
    this.#channel.sendMessageBinary(bytes);
    this.messagesSent++;
    this.bytesSent += bytes.length;
    if (meter.covers(captureMs)) this.framesSent++;
  }

  #sendReport(text: string): void {
    if (this.#closed || !this.#channel.isOpen()) return;
    this.#channel.sendMessage(text);
    this.messagesSent++;
    this.bytesSent += text.length;
  }

  /** Says what it wants to see, not more often than once a second and only what is new. */
  #scheduleInterest(): void {
    if (this.#closed || this.#interestTimer !== undefined) return;
    this.#interestTimer = setTimeout(() => {
      this.#interestTimer = undefined;
      if (this.#closed) return;
      const levels = this.receiver.wantedLevels(this.plan.restLevel);
      const text = JSON.stringify(levels);
      if (text === this.#interestSent) return;
      this.#interestSent = text;
      this.#signaling.request('motion:interest', { levels }).catch(() => { this.#interestSent = ''; });
    }, INTEREST_INTERVAL_MS);
  }
}

/** Whoever comes first opens the room, as a shared link does. */
async function enter(signaling: BotSignaling, { roomId, botId }: BotPlan, avatarHash: string | undefined): Promise<ReplyOf<'room:join'>> {
  const join = () => signaling.request('room:join', { roomId, displayName: `Bot ${botId}`, ...(avatarHash === undefined ? {} : { avatarHash }) });
  for (let attempt = 1; ; attempt++) {
    try {
      return await join();
    } catch (error) {
      if (!(error instanceof StippleError && error.code === 'ROOM_UNKNOWN') || attempt === ENTRY_ATTEMPTS) throw error;
    }
    // Another one may be opening it just now.
    await signaling.request('room:create', { roomId }).catch(async (reason: unknown) => {
      if (!(reason instanceof StippleError && reason.code === 'ROOM_EXISTS')) throw reason;
      await sleep(ENTRY_PAUSE_MS);
    });
  }
}

function listen(signaling: BotSignaling, receiver: MotionReceiver): void {
  signaling.on('room:participantJoined', ({ participant }: { participant: ParticipantInfo }) => receiver.participantCame(participant));
  signaling.on('room:participantLeft', ({ participantId }) => receiver.participantLeft(participantId));
}

async function consume(receiving: Promise<BotTransport>, consumer: AcknowledgedEventOf<'pose:consumerCreated'>, receiver: MotionReceiver): Promise<boolean> {
  const channel = await (await receiving).openChannel(consumer.sctpStreamParameters.streamId);
  receiver.channelOpened();
  const { participantId } = consumer;
  channel.onMessage((message) => {
    if (typeof message === 'string') return;
    // node-datachannel hands over a Buffer of its own for every message.
    const bytes = message as Uint8Array;
    if (participantId === undefined) receiver.bundleCame(bytes);
    else receiver.frameCame(participantId, bytes);
  });
  return true;
}
