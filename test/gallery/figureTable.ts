import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { FIGURES, ROW_NAMES } from '../../client/gallery/catalogue.ts';
import type { FigureTable } from '../../client/gallery/catalogue.ts';
import { StippleError } from '../../shared/protocol/errors.ts';

/** The part of `eval --table --json` that the page shows; null where a figure could not be read. */
const evaluationSchema = z.object({
  accepted: z.number().int().positive(),
  rows: z.array(z.object({ generator: z.enum(ROW_NAMES) }).catchall(z.unknown())).min(2),
});

/** @throws StippleError INVALID_REQUEST that names file and field where it is something else */
export async function readFigureTable(file: string): Promise<FigureTable> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new StippleError('INVALID_REQUEST', { message: `--table: ${file}: ${(cause as Error).message}`, cause });
  }
  const parsed = evaluationSchema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new StippleError('INVALID_REQUEST', { message: `--table: ${file}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not an evaluation table'}` });
  }
  const { accepted, rows } = parsed.data;
  return {
    portraits: accepted,
    rows: ROW_NAMES.flatMap((row) => rows.filter(({ generator }) => generator === row)).map(({ generator, ...own }) => ({
      row: generator,
      figures: Object.fromEntries(FIGURES.flatMap(({ key }) => (typeof own[key] === 'number' ? [[key, own[key]]] : []))),
    })),
  };
}
