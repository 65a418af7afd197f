import { z } from 'zod';
import { MOTION_SLOT_MAX } from '../motion/motionBundle.ts';
import { MOTION_CHANNEL_LABEL, MOTION_CHANNEL_PROTOCOL } from '../motion/motionFrame.ts';
import { MOTION_LEVELS } from '../motion/motionLevel.ts';
import { avatarHashSchema, avatarRefSchema } from './avatarRef.ts';
import { wireErrorSchema } from './errors.ts';
import type { WireError } from './errors.ts';
import { jobIdSchema, jobStatusSchema } from './jobs.ts';
import { DISPLAY_NAME_MAX_CHARACTERS, PREVIEW_MAX_BYTES, PREVIEWS_PER_JOB } from './limits.ts';
import { voiceAcknowledgedEvents, voiceEvents, voiceRequests, voiceStateSchema } from './voice.ts';
import {
  dtlsParametersSchema, iceParametersSchema, poseStreamParametersSchema, sctpStreamParametersSchema, transportParametersSchema,
} from './webrtc.ts';

/** Part of the link that people share. */
export const roomIdSchema = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{1,38})[a-z0-9]$/, '3 to 40 of a-z, 0-9 and inner hyphens');
/** Any token this server issues: opaque, 43 URL-safe characters or more. */
export const tokenSchema = z.string().regex(/^[A-Za-z0-9_-]{43,128}$/, 'a token of 43 to 128 URL-safe characters');
export const displayNameSchema = z.string().trim()
  .min(1, 'a name of at least 1 character')
  .max(DISPLAY_NAME_MAX_CHARACTERS, `a name of at most ${DISPLAY_NAME_MAX_CHARACTERS} characters`)
  .regex(/^[^\p{Cc}\p{Co}\p{Cs}\u200e\u200f\u202a-\u202e\u2066-\u2069]*$/u, 'a name without control characters');

/** Bytes as socket.io brings them: a Buffer in Node, an ArrayBuffer in a browser. */
function boundedBytesSchema(mostBytes: number) {
  return z.union([z.custom<Uint8Array>((value) => value instanceof Uint8Array, 'bytes'), z.instanceof(ArrayBuffer).transform((buffer) => new Uint8Array(buffer))])
    .refine((bytes) => bytes.length > 0 && bytes.length <= mostBytes, `1 to ${mostBytes} bytes`);
}

const idSchema = z.string().min(1).max(64);
const slotSchema = z.number().int().min(0).max(MOTION_SLOT_MAX);
const nothing = z.strictObject({});
const empty = z.object({});

export const participantSchema = z.object({
  participantId: idSchema,
  /** Seat number in the room: names the participant in motion bundles. Kept over a rejoin; given away again only after a pause. */
  slot: slotSchema,
  displayName: z.string(),
  /** False between a dropped connection and the rejoin; the seat and the avatar are kept meanwhile. */
  connected: z.boolean(),
  avatar: avatarRefSchema.optional(),
  /** The job that makes this participant's next avatar, where the room may watch: its `avatar:points` come. */
  makingJobId: jobIdSchema.optional(),
  /** Their microphone; absent where there is none. */
  voice: voiceStateSchema.optional(),
});
export type ParticipantInfo = z.infer<typeof participantSchema>;

export const dataConsumerSchema = z.object({
  dataConsumerId: idSchema,
  dataProducerId: idSchema,
  /** Who produces it; absent for the room's bundles, which carry everybody's motion. */
  participantId: idSchema.optional(),
  sctpStreamParameters: sctpStreamParametersSchema,
  label: z.string(),
  protocol: z.string(),
});
export type DataConsumerInfo = z.infer<typeof dataConsumerSchema>;

/** Every request of a client: its name, what it carries, what the acknowledgement carries. PROTOCOL.md chapter SIG. */
export const requests = {
  /** First on every connection. Without `ownerToken` (or with one this server does not know) a new one is issued. */
  'connection:hello': {
    request: z.strictObject({ protocolVersion: z.number().int(), ownerToken: tokenSchema.optional() }),
    reply: z.object({
      protocolVersion: z.number().int(),
      /** Names the owner of portraits and avatars; keep it secret and keep it. */
      ownerToken: tokenSchema,
      limits: z.object({
        participantsPerRoom: z.number().int(),
        portraitBytes: z.number().int(),
        /** How long a dropped participant's seat is kept. */
        rejoinWindowMs: z.number().int(),
        poseFramesPerSecond: z.number().int(),
      }),
    }),
  },
  /** The room clock: ask a few times, keep the sample with the shortest round trip. */
  'connection:clock': {
    request: nothing,
    reply: z.object({ serverTimeMs: z.number() }),
  },
  /** Opens a room, under a given name where it is free (a shared link after a restart) or under a new one. */
  'room:create': {
    request: z.strictObject({ roomId: roomIdSchema.optional() }),
    reply: z.object({ roomId: roomIdSchema }),
  },
  /** Enters a room, or with `participantToken` takes the kept seat again: same id, same avatar. */
  'room:join': {
    request: z.strictObject({
      roomId: roomIdSchema,
      displayName: displayNameSchema,
      participantToken: tokenSchema.optional(),
      /** An avatar of this owner to publish at once. */
      avatarHash: avatarHashSchema.optional(),
      /** A job of this owner to show at once, as by `avatar:show`. */
      jobId: jobIdSchema.optional(),
    }),
    reply: z.object({
      participantId: idSchema,
      /** Secret; for the rejoin. */
      participantToken: tokenSchema,
      /** Secret; reads the avatars published in this room for as long as the participant is in it. */
      roomToken: tokenSchema,
      resumed: z.boolean(),
      /** Everyone in the room, oneself included. */
      participants: z.array(participantSchema),
      /** For mediasoup-client's `device.load`. */
      routerRtpCapabilities: z.looseObject({}),
    }),
  },
  'room:leave': { request: nothing, reply: empty },
  /** One transport in each direction; transports belong to the connection and end with it. */
  'transport:create': {
    request: z.strictObject({ direction: z.enum(['send', 'receive']) }),
    reply: transportParametersSchema,
  },
  'transport:connect': {
    request: z.strictObject({ transportId: idSchema, dtlsParameters: dtlsParametersSchema }),
    reply: empty,
  },
  'transport:restartIce': {
    request: z.strictObject({ transportId: idSchema }),
    reply: z.object({ iceParameters: iceParametersSchema }),
  },
  'pose:produce': {
    request: z.strictObject({
      transportId: idSchema,
      sctpStreamParameters: poseStreamParametersSchema,
      label: z.literal(MOTION_CHANNEL_LABEL),
      protocol: z.literal(MOTION_CHANNEL_PROTOCOL),
    }),
    reply: z.object({ dataProducerId: idSchema }),
  },
  /**
   * What this viewer wants of whom, in place of what it said before; for anybody not in the list the server chooses. It
   * gives no more than is wanted, and less where the room or the viewer's link is too full.
   */
  'motion:interest': {
    request: z.strictObject({ levels: z.array(z.tuple([slotSchema, z.enum(MOTION_LEVELS)])).max(MOTION_SLOT_MAX + 1) }),
    reply: empty,
  },
  /** Shows an avatar of this owner to the room; replaces the one before. */
  'avatar:publish': {
    request: z.strictObject({ avatarHash: avatarHashSchema }),
    reply: z.object({ avatar: avatarRefSchema }),
  },
  /** Shows a job of this owner to the room: its points as they come, then, by itself, its avatar. */
  'avatar:show': {
    request: z.strictObject({ jobId: jobIdSchema }),
    reply: z.object({ status: jobStatusSchema }),
  },
  /** Ends a job of this owner; one that has ended already stays as it is. */
  'avatar:cancel': {
    request: z.strictObject({ jobId: jobIdSchema }),
    reply: z.object({ status: jobStatusSchema }),
  },
  ...voiceRequests,
} as const;

/** Events of the server. Those marked acknowledged carry a callback that the client calls without arguments. */
export const events = {
  'room:participantJoined': z.object({ participant: participantSchema }),
  /** Dropped, or back again. */
  'room:participantConnection': z.object({ participantId: idSchema, connected: z.boolean() }),
  'room:participantLeft': z.object({ participantId: idSchema, reason: z.enum(['left', 'expired', 'removed']) }),
  'room:avatarPublished': z.object({ participantId: idSchema, avatar: avatarRefSchema }),
  /** With `jobId`: the participant's next avatar is being made for all to see. Without: it will not come. */
  'room:avatarMaking': z.object({ participantId: idSchema, jobId: jobIdSchema.optional() }),
  /** The room is over for everyone in it; with `retryable` it can be created and joined again. */
  'room:closed': z.object({ roomId: roomIdSchema, error: wireErrorSchema }),
  /** To the owner's connections. */
  'avatar:progress': z.object({ status: jobStatusSchema }),
  'pose:consumerClosed': z.object({ dataConsumerId: idSchema, participantId: idSchema.optional() }),
  /** Own frames that could not be read were dropped; at most once a second. */
  'pose:rejected': z.object({ error: wireErrorSchema, framesRejected: z.number().int() }),
  /** Last word before the server ends this connection. */
  'connection:closing': z.object({ error: wireErrorSchema }),
  ...voiceEvents,
} as const;

export const acknowledgedEvents = {
  /** Make the channel (`consumeData`), then acknowledge: frames flow from then on. */
  'pose:consumerCreated': dataConsumerSchema,
  /** Is anybody there? Asked when another connection shows this participant's token. */
  'connection:probe': z.object({}),
  /** A head in the making, to everyone in the room where it is shown and to its owner. Acknowledge: the next one may come. */
  'avatar:points': z.object({
    jobId: jobIdSchema,
    /** Whose head it will be; absent for the owner's connections that are not in a room where it is shown. */
    participantId: idSchema.optional(),
    /** A higher one replaces a lower one. */
    batch: z.number().int().min(0).max(PREVIEWS_PER_JOB - 1),
    /** 0: a sketch from the fit alone, before the generator has written its first point. */
    pointsSoFar: z.number().int().nonnegative(),
    pointsExpected: z.number().int().positive().optional(),
    /** Room clock when the server had the whole portrait. */
    uploadedAtMs: z.number(),
    /** A bound point set (chapter SPLAT), a head by itself. */
    bytes: boundedBytesSchema(PREVIEW_MAX_BYTES),
  }),
  ...voiceAcknowledgedEvents,
} as const;

export type RequestName = keyof typeof requests;
/** What a client hands in. */
export type RequestInput<K extends RequestName> = z.input<(typeof requests)[K]['request']>;
/** What a handler receives after parsing. */
export type RequestOf<K extends RequestName> = z.output<(typeof requests)[K]['request']>;
export type ReplyOf<K extends RequestName> = z.output<(typeof requests)[K]['reply']>;
export type EventName = keyof typeof events;
export type EventOf<K extends EventName> = z.output<(typeof events)[K]>;
export type AcknowledgedEventName = keyof typeof acknowledgedEvents;
export type AcknowledgedEventOf<K extends AcknowledgedEventName> = z.output<(typeof acknowledgedEvents)[K]>;

/** Every request is answered by exactly one of these. */
export type Ack<T> = { ok: true; value: T } | { ok: false; error: WireError };
export const failedAckSchema = z.object({ ok: z.literal(false), error: wireErrorSchema });

/** socket.io's event maps. They check nothing at run time: both sides parse. */
export type ClientToServerEvents = {
  [K in RequestName]: (request: RequestInput<K>, acknowledge: (reply: Ack<ReplyOf<K>>) => void) => void;
};
export type ServerToClientEvents =
  & { [K in EventName]: (event: EventOf<K>) => void }
  & { [K in AcknowledgedEventName]: (event: AcknowledgedEventOf<K>, acknowledge: () => void) => void };
