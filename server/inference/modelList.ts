import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** Layout of `models.json` and names of tensors; raised when either changes. */
export const MODELS_VERSION = 2;

const modelListSchema = z.object({
  version: z.literal(MODELS_VERSION),
  /** Hash of the sources of set-up that made the files: other sources make them anew. */
  madeBy: z.string(),
  /** Where the face landmark bundle came from. */
  bundleSource: z.enum(['official', 'npm']),
  /** Only the official bundle has the blendshape model. */
  blendshapesAvailable: z.boolean(),
  /** Side of the landmark model's input in pixels. */
  landmarkInputSize: z.number().int().positive(),
  files: z.record(z.string(), z.object({ sha256: z.string(), bytes: z.number().int() })),
});

/** What set-up has prepared: `models.json` beside the model files. */
export type ModelList = z.infer<typeof modelListSchema>;

/** Reads `models.json`; undefined where nothing, or something of another version, has been prepared. */
export function readModelList(folder: string): ModelList | undefined {
  const file = join(folder, 'models.json');
  if (!existsSync(file)) return undefined;
  try {
    const list = modelListSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
    return list.success ? list.data : undefined;
  } catch {
    return undefined;
  }
}
