import { z } from 'zod';
import { wireErrorSchema } from '../../shared/protocol/errors.ts';
import { PREVIEW_MAX_BYTES, PREVIEWS_PER_JOB } from '../../shared/protocol/limits.ts';

const bytesSchema = z.custom<Uint8Array>((value) => value instanceof Uint8Array, 'bytes');

/** What the server tells a generation process. */
export const commandSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('make'), jobId: z.string(), seed: z.number().int(), portrait: bytesSchema }),
  z.object({ type: z.literal('abort'), jobId: z.string() }),
]);
export type GenerationCommand = z.infer<typeof commandSchema>;

/** What a generation process tells the server. */
export const reportSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), generator: z.string().max(32), fallback: wireErrorSchema.optional() }),
  z.object({ type: z.literal('broken'), error: wireErrorSchema }),
  z.object({
    type: z.literal('progress'), jobId: z.string(), stage: z.string().max(40), fraction: z.number().min(0).max(1),
    pointsSoFar: z.number().int().nonnegative().optional(), pointsExpected: z.number().int().positive().optional(),
  }),
  z.object({
    type: z.literal('points'), jobId: z.string(), batch: z.number().int().min(0).max(PREVIEWS_PER_JOB - 1),
    pointsSoFar: z.number().int().nonnegative(), pointsExpected: z.number().int().positive().optional(),
    bytes: bytesSchema.refine((bytes) => bytes.length > 0 && bytes.length <= PREVIEW_MAX_BYTES, `1 to ${PREVIEW_MAX_BYTES} bytes`),
  }),
  z.object({
    type: z.literal('made'), jobId: z.string(), bytes: bytesSchema,
    splats: z.number().int().nonnegative(), generator: z.string().max(32),
  }),
  z.object({ type: z.literal('failed'), jobId: z.string(), error: wireErrorSchema, bug: z.string().optional() }),
]);
export type GenerationReport = z.infer<typeof reportSchema>;
