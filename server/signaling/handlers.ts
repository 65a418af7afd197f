import { fromWireError, StippleError } from '../../shared/protocol/errors.ts';
import { PROTOCOL_VERSION } from '../../shared/protocol/version.ts';
import type { AvatarJobs } from '../avatar/avatarJobs.ts';
import type { AvatarStore } from '../avatar/avatarStore.ts';
import type { ServerConfig } from '../config.ts';
import type { Room, Seat, Shown } from '../room/room.ts';
import type { RoomRegistry } from '../room/roomRegistry.ts';
import { roomClockMs } from '../roomClock.ts';
import type { OwnerTokens } from '../tokens/tokens.ts';
import type { Connection } from './connection.ts';
import type { Handlers } from './dispatch.ts';
import type { OwnerConnections } from './ownerConnections.ts';
import type { PointsFeed } from './pointsFeed.ts';
import { attachVoice, voiceHandlers } from './voiceHandlers.ts';

export interface HandlerServices {
  readonly config: ServerConfig;
  readonly ownerTokens: OwnerTokens;
  readonly owners: OwnerConnections;
  readonly rooms: RoomRegistry;
  readonly jobs: AvatarJobs;
  readonly store: AvatarStore;
  readonly points: PointsFeed;
}

/** How long a client has to make its side of a pose channel. */
const CONSUMER_READY_TIMEOUT_MS = 30_000;

/** What each request of PROTOCOL.md chapter SIG does. */
export function createHandlers(services: HandlerServices): Handlers {
  const { config, ownerTokens, owners, rooms, jobs, store, points } = services;
  const shown = (ownerId: string, avatarHash: string | undefined, jobId: string | undefined): Shown => {
    const avatar = avatarHash === undefined ? undefined : store.requireOwned(ownerId, avatarHash);
    const status = jobId === undefined ? undefined : jobs.status(ownerId, jobId);
    if (status?.state === 'failed' || status?.state === 'cancelled') throw fromWireError(status.error);
    return status?.state === 'done' ? { avatar: status.avatar, makingJobId: undefined } : { avatar, makingJobId: jobId };
  };
  return {
    'connection:hello': (connection, { protocolVersion, ownerToken }) => {
      if (protocolVersion !== PROTOCOL_VERSION) {
        throw new StippleError('PROTOCOL_VERSION_UNSUPPORTED', {
          message: `connection:hello: field protocolVersion: expected ${PROTOCOL_VERSION}, got ${protocolVersion}; reload the page`,
          details: { field: 'protocolVersion', expected: String(PROTOCOL_VERSION), got: String(protocolVersion) },
        });
      }
      if (connection.state.kind === 'new') {
        const known = ownerToken === undefined ? undefined : ownerTokens.ownerId(ownerToken);
        const token = known === undefined ? ownerTokens.issue() : ownerToken!;
        const ownerId = known ?? ownerTokens.requireOwnerId(token);
        connection.state = { kind: 'greeted', ownerId, ownerToken: token };
        owners.add(ownerId, connection);
      }
      return {
        protocolVersion: PROTOCOL_VERSION,
        ownerToken: connection.requireGreeted().ownerToken,
        limits: {
          participantsPerRoom: config.rooms.maxParticipants,
          portraitBytes: config.jobs.portraitBytes,
          rejoinWindowMs: config.rooms.rejoinWindowMs,
          poseFramesPerSecond: config.rooms.poseFramesPerSecond,
        },
      };
    },

    'connection:clock': () => ({ serverTimeMs: roomClockMs() }),

    'room:create': async (connection, { roomId }) => {
      const { ownerId } = connection.requireGreeted();
      return { roomId: (await rooms.create(ownerId, roomId)).roomId };
    },

    'room:join': async (connection, { roomId, displayName, participantToken, avatarHash, jobId }) => {
      const state = connection.requireGreeted();
      if (state.kind === 'joined' && state.room.closed) connection.leftRoom();
      else if (state.kind !== 'greeted') throw new StippleError('ALREADY_IN_ROOM');
      const { ownerId, ownerToken } = state;
      const room = rooms.require(roomId);
      const show = shown(ownerId, avatarHash, jobId);
      connection.state = { kind: 'joining', ownerId, ownerToken };
      let seat: Seat;
      try {
        seat = participantToken === undefined
          ? room.join(connection, ownerId, displayName, show)
          : await room.rejoin(connection, participantToken, displayName, show);
      } catch (error) {
        if (isJoining(connection)) connection.state = { kind: 'greeted', ownerId, ownerToken };
        throw error;
      }
      if (!isJoining(connection)) {
        // Disconnected while the seat was being asked for.
        room.drop(seat.participant, connection);
        throw new StippleError('NOT_IN_ROOM');
      }
      const link = attachLink(room, seat, connection);
      const voice = attachVoice(room, seat.participant, connection, link);
      connection.state = { kind: 'joined', ownerId, ownerToken, room, participant: seat.participant, link, voice };
      // After the reply, which says who these people are.
      setImmediate(() => {
        points.catchUp(connection, room.makers);
        if (show.makingJobId !== undefined) points.tell(ownerId, show.makingJobId);
      });
      return {
        participantId: seat.participant.participantId,
        participantToken: seat.participantToken,
        roomToken: seat.roomToken,
        resumed: seat.resumed,
        participants: room.describeParticipants(),
        routerRtpCapabilities: room.routerRtpCapabilities,
      };
    },

    'room:leave': (connection) => {
      const { room, participant } = connection.requireJoined();
      connection.leftRoom();
      room.leave(participant);
      return {};
    },

    'transport:create': (connection, { direction }) => connection.requireJoined().link.createTransport(direction),

    'transport:connect': async (connection, { transportId, dtlsParameters: { role, fingerprints } }) => {
      await connection.requireJoined().link.connectTransport(transportId, { fingerprints, ...(role === undefined ? {} : { role }) });
      return {};
    },

    'transport:restartIce': async (connection, { transportId }) =>
      ({ iceParameters: { ...await connection.requireJoined().link.restartIce(transportId) } }),

    'pose:produce': async (connection, { transportId, sctpStreamParameters }) =>
      ({ dataProducerId: await connection.requireJoined().link.produce(transportId, sctpStreamParameters.streamId) }),

    'motion:interest': (connection, { levels }) => {
      connection.requireJoined().link.want(new Map(levels));
      return {};
    },

    'avatar:publish': (connection, { avatarHash }) => {
      const { ownerId, room, participant } = connection.requireJoined();
      const avatar = store.requireOwned(ownerId, avatarHash);
      room.publishAvatar(participant, avatar);
      return { avatar };
    },

    'avatar:show': (connection, { jobId }) => {
      const { ownerId, room, participant } = connection.requireJoined();
      const { avatar, makingJobId } = shown(ownerId, undefined, jobId);
      if (avatar) room.publishAvatar(participant, avatar);
      else {
        room.showMaking(participant, makingJobId);
        points.tell(ownerId, jobId);
      }
      return { status: jobs.status(ownerId, jobId) };
    },

    ...voiceHandlers,

    'avatar:cancel': async (connection, { jobId }) => ({ status: await jobs.cancel(connection.requireGreeted().ownerId, jobId) }),
  };
}

/** Read through a function, since TypeScript takes a state that was just assigned for unchanged across an await. */
function isJoining(connection: Connection): boolean {
  return connection.state.kind === 'joining';
}

function attachLink(room: Room, seat: Seat, connection: Connection) {
  return room.relay.attach({
    participantId: seat.participant.participantId,
    slot: seat.participant.slot,
    announceConsumer: (consumer) => connection.ask('pose:consumerCreated', consumer, CONSUMER_READY_TIMEOUT_MS),
    announceConsumerClosed: (dataConsumerId, participantId) => connection.emit('pose:consumerClosed', { dataConsumerId, ...(participantId === undefined ? {} : { participantId }) }),
    announceRejected: (error, framesRejected) => connection.reportRejectedFrames(error, framesRejected),
    endForAbuse: (error) => connection.end(error),
  });
}
