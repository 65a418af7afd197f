import { z } from 'zod';
import { avatarRefSchema } from './avatarRef.ts';
import { wireErrorSchema } from './errors.ts';

export const jobIdSchema = z.string().regex(/^[A-Za-z0-9_-]{22}$/, 'a job id of 22 characters');

/** The same shape by `avatar:progress` and by `GET /api/avatars/jobs/:jobId`. */
export const jobStatusSchema = z.discriminatedUnion('state', [
  /** `position` 1 is next. */
  z.object({ jobId: jobIdSchema, state: z.literal('queued'), position: z.number().int().positive() }),
  z.object({
    jobId: jobIdSchema, state: z.literal('running'),
    /** `decode`, `analyse`, `fit`, … as the analysis and the generator name their stages. */
    stage: z.string(),
    /** Share done over the whole job, in [0, 1], never falling. */
    fraction: z.number().min(0).max(1),
    pointsSoFar: z.number().int().nonnegative().optional(),
    pointsExpected: z.number().int().positive().optional(),
  }),
  z.object({ jobId: jobIdSchema, state: z.literal('done'), avatar: avatarRefSchema, milliseconds: z.number() }),
  z.object({ jobId: jobIdSchema, state: z.literal('failed'), error: wireErrorSchema }),
  z.object({ jobId: jobIdSchema, state: z.literal('cancelled'), error: wireErrorSchema }),
]);
export type JobStatus = z.infer<typeof jobStatusSchema>;
