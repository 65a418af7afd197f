import { z } from 'zod';

/**
 * The parts of mediasoup's WebRTC parameters that travel. What a client sends is checked to the last field; what the
 * server sends is handed to mediasoup-client as it is, so unknown fields pass.
 */
export const dtlsParametersSchema = z.strictObject({
  role: z.enum(['auto', 'client', 'server']).optional(),
  fingerprints: z.array(z.strictObject({
    algorithm: z.enum(['sha-1', 'sha-224', 'sha-256', 'sha-384', 'sha-512']),
    value: z.string().regex(/^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){19,63}$/, 'hex pairs joined by colons'),
  })).min(1).max(8),
});

/** What a pose channel's stream has to be: unordered, never sent again. */
export const poseStreamParametersSchema = z.strictObject({
  streamId: z.number().int().min(0).max(65_534),
  ordered: z.literal(false),
  maxRetransmits: z.literal(0),
});

export const sctpStreamParametersSchema = z.object({
  streamId: z.number().int(),
  ordered: z.boolean().optional(),
  maxPacketLifeTime: z.number().optional(),
  maxRetransmits: z.number().optional(),
});

const iceParametersSchema = z.looseObject({ usernameFragment: z.string(), password: z.string(), iceLite: z.boolean().optional() });

/** Arguments of mediasoup-client's `createSendTransport` and `createRecvTransport`. */
export const transportParametersSchema = z.object({
  transportId: z.string(),
  iceParameters: iceParametersSchema,
  iceCandidates: z.array(z.looseObject({
    foundation: z.string(), priority: z.number(), ip: z.string(), address: z.string(),
    protocol: z.enum(['udp', 'tcp']), port: z.number().int(),
    type: z.enum(['host', 'srflx', 'prflx', 'relay']), tcpType: z.enum(['passive', 'active', 'so']).optional(),
  })),
  dtlsParameters: z.looseObject({
    role: z.enum(['auto', 'client', 'server']).optional(),
    fingerprints: z.array(z.object({ algorithm: z.enum(['sha-1', 'sha-224', 'sha-256', 'sha-384', 'sha-512']), value: z.string() })),
  }),
  sctpParameters: z.looseObject({
    port: z.number().int(), maxSendMessageSize: z.number(), maxReceiveMessageSize: z.number(),
    OS: z.number().optional(), MIS: z.number().optional(), maxMessageSize: z.number().optional(),
  }),
});
export type TransportParameters = z.infer<typeof transportParametersSchema>;
export { iceParametersSchema };
