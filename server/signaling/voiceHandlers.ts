import type { Participant } from '../room/participant.ts';
import type { Room } from '../room/room.ts';
import type { VoiceLink, VoicePlace } from '../sfu/voiceLink.ts';
import type { voiceRequests } from '../../shared/protocol/voice.ts';
import type { Connection } from './connection.ts';
import type { Handlers } from './dispatch.ts';

/** How long a client has to make its side of a voice. */
const CONSUMER_READY_TIMEOUT_MS = 15_000;

/** What each request of PROTOCOL.md chapter VOICE does. */
export const voiceHandlers: Pick<Handlers, keyof typeof voiceRequests> = {
  'voice:produce': async (connection, request) => ({ producerId: await connection.requireJoined().voice.produce(request) }),

  'voice:receive': (connection, { rtpCapabilities }) => {
    connection.requireJoined().voice.listen(rtpCapabilities as Parameters<VoiceLink['listen']>[0]);
    return {};
  },

  'voice:mute': async (connection, { muted }) => {
    await connection.requireJoined().voice.setMuted(muted);
    return {};
  },

  'voice:stop': (connection) => {
    connection.requireJoined().voice.stop();
    return {};
  },

  'voice:delay': (connection, { captureToServerMs }) => {
    connection.requireJoined().voice.setCaptureToServerMs(captureToServerMs);
    return {};
  },
};

/** Gives a connection its place among the room's voices. */
export function attachVoice(room: Room, participant: Participant, connection: Connection, place: VoicePlace): VoiceLink {
  return room.voices.attach({
    participantId: participant.participantId,
    announceConsumer: (consumer) => connection.ask('voice:consumerCreated', consumer, CONSUMER_READY_TIMEOUT_MS),
    announceConsumerClosed: (consumerId, participantId) => connection.emit('voice:consumerClosed', { consumerId, participantId }),
    announceTiming: (timing) => connection.emit('voice:timing', timing),
    voiceChanged: (voice) => {
      // A connection that has been replaced has no say any more.
      if (participant.connection === connection) room.showVoice(participant, voice);
    },
  }, place);
}
