import { readFile } from 'node:fs/promises';
import { StippleError } from '../../../shared/protocol/errors.ts';
import { type FitRecord, fitRecordSchema } from '../../../shared/splat/fitRecord.ts';

export const RIG_FILE = new URL('../../../models/rig/head.rig', import.meta.url);

/** The fit beside an avatar file. @throws StippleError INVALID_REQUEST with file and field; Node's ENOENT */
export async function readFit(avatarFile: string): Promise<FitRecord> {
  const file = `${avatarFile}.fit.json`;
  const parsed = fitRecordSchema.safeParse(JSON.parse(await readFile(file, 'utf8')));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new StippleError('INVALID_REQUEST', { message: `${file}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not a fit record'}` });
}
