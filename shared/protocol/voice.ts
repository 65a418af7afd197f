import { z } from 'zod';

/**
 * Signalling of voices (PROTOCOL.md, chapter VOICE). Spread into the maps of `signaling.ts`; nothing else imports the
 * three maps.
 */

const idSchema = z.string().min(1).max(64);
const empty = z.object({});

/** A participant's microphone: absent means that there is none. */
export const voiceStateSchema = z.enum(['on', 'muted']);
export type VoiceState = z.infer<typeof voiceStateSchema>;

const rtcpFeedbackSchema = z.strictObject({ type: z.string().max(32), parameter: z.string().max(32).optional() });
const codecParametersSchema = z.record(z.string().max(64), z.union([z.string().max(64), z.number(), z.null(), z.undefined()]));
const codecSchema = z.strictObject({
  mimeType: z.string().regex(/^audio\/opus$/i, 'audio/opus'),
  payloadType: z.number().int().min(0).max(127),
  clockRate: z.literal(48_000),
  channels: z.literal(2),
  parameters: codecParametersSchema.optional(),
  rtcpFeedback: z.array(rtcpFeedbackSchema).max(16).optional(),
});
const headerExtensionSchema = z.strictObject({
  uri: z.string().max(128),
  id: z.number().int().min(1).max(255),
  encrypt: z.boolean().optional(),
  parameters: codecParametersSchema.optional(),
});

/** What a client sends of one Opus stream: one codec, one encoding. */
export const voiceRtpParametersSchema = z.strictObject({
  mid: z.string().max(16).optional(),
  msid: z.string().max(256).optional(),
  codecs: z.array(codecSchema).length(1),
  headerExtensions: z.array(headerExtensionSchema).max(16).optional(),
  encodings: z.array(z.looseObject({ ssrc: z.number().int().min(0).max(0xffff_ffff).optional(), dtx: z.boolean().optional() })).length(1),
  rtcp: z.strictObject({ cname: z.string().max(128).optional(), reducedSize: z.boolean().optional(), mux: z.boolean().optional() }).optional(),
});
export type VoiceRtpParameters = z.infer<typeof voiceRtpParametersSchema>;

/** mediasoup-client's `device.recvRtpCapabilities`, as far as voices need it: mediasoup checks the rest. */
const voiceRtpCapabilitiesSchema = z.strictObject({
  codecs: z.array(z.looseObject({ kind: z.enum(['audio', 'video']), mimeType: z.string().max(64) })).max(64).optional(),
  headerExtensions: z.array(z.looseObject({ uri: z.string().max(128) })).max(64).optional(),
});

/** From a sound at the microphone to its packet's arrival at the server, ms: device and way, without the packet's own length. */
const captureToServerMsSchema = z.number().min(0).max(2_000);

export const voiceConsumerSchema = z.object({
  consumerId: idSchema,
  producerId: idSchema,
  /** Whose voice it is. */
  participantId: idSchema,
  /** Handed to mediasoup-client as it is. */
  rtpParameters: z.looseObject({}),
});
export type VoiceConsumerInfo = z.infer<typeof voiceConsumerSchema>;

/** When a sound was captured: the sample with this RTP timestamp (48 kHz, wraps at 2³²) on the room clock. */
export const voiceTimingSchema = z.object({
  participantId: idSchema,
  rtpTimestamp: z.number().int().min(0).max(0xffff_ffff),
  capturedAtMs: z.number(),
});
export type VoiceTiming = z.infer<typeof voiceTimingSchema>;

export const voiceRequests = {
  /** Begins to send the own voice on the send transport; one a connection. */
  'voice:produce': {
    request: z.strictObject({
      transportId: idSchema, rtpParameters: voiceRtpParametersSchema, muted: z.boolean(), captureToServerMs: captureToServerMsSchema,
    }),
    reply: z.object({ producerId: idSchema }),
  },
  /** Says that voices can be heard here: from now on `voice:consumerCreated` come. */
  'voice:receive': {
    request: z.strictObject({ rtpCapabilities: voiceRtpCapabilitiesSchema }),
    reply: empty,
  },
  'voice:mute': { request: z.strictObject({ muted: z.boolean() }), reply: empty },
  /** Gives the microphone up. */
  'voice:stop': { request: z.strictObject({}), reply: empty },
  /** The way to the server has become longer or shorter. */
  'voice:delay': { request: z.strictObject({ captureToServerMs: captureToServerMsSchema }), reply: empty },
} as const;

export const voiceEvents = {
  /** Who speaks now, loudest first; sent when that changes. `level` in dBov, −127 to 0. */
  'voice:speaking': z.object({ speakers: z.array(z.object({ participantId: idSchema, level: z.number() })) }),
  /** Somebody's microphone went on, was muted, or (without `voice`) is gone. */
  'voice:state': z.object({ participantId: idSchema, voice: voiceStateSchema.optional() }),
  'voice:timing': voiceTimingSchema,
  'voice:consumerClosed': z.object({ consumerId: idSchema, participantId: idSchema }),
} as const;

export const voiceAcknowledgedEvents = {
  /** Make the receiver (`consume`), then acknowledge: sound flows from then on. */
  'voice:consumerCreated': voiceConsumerSchema,
} as const;
