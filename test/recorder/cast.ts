import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { MOTION_KINDS } from '../../shared/motion/motionTrack.ts';

const castSchema = z.strictObject({
  fps: z.number().positive(),
  seconds: z.number().positive(),
  people: z.array(z.strictObject({
    person: z.string(),
    /** One of the app's gallery, or a portrait of the data folder whose head is made now. */
    head: z.enum(['gallery', 'portrait']),
    /** Nobody is in both. */
    set: z.enum(['training', 'heldOut']),
    /** Of temperament, camera and light. */
    seed: z.number().int(),
    /** Presses the room page's calibration button first, so that the own resting face is the rest. */
    calibrated: z.boolean(),
    /** Each recording, with the seed of its script. */
    takes: z.array(z.strictObject({ kind: z.enum(MOTION_KINDS), seed: z.number().int() })),
  })),
});
export type Cast = z.infer<typeof castSchema>;
export type CastPerson = Cast['people'][number];
export type Take = CastPerson['takes'][number];

/** Who is recorded doing what, and which of them codecs may be trained on. */
export function readCast(): Cast {
  return castSchema.parse(JSON.parse(readFileSync(join(import.meta.dirname, 'cast.json'), 'utf8')));
}
