/** `node models/training/data/summariseFits.ts DIR`: how far fits of synthetic heads are off, from a training set's fit-errors.jsonl. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FitErrors } from './fitErrors.ts';

const folder = process.argv[2];
if (folder === undefined) {
  process.stderr.write('usage: summariseFits DIR\n');
  process.exit(2);
}
const lines = (await readFile(join(folder, 'fit-errors.jsonl'), 'utf8')).trim().split('\n');
const made = lines.map((line) => JSON.parse(line) as FitErrors);
// A head made again counts once.
const all = [...new Map(made.map((errors) => [errors.seed, errors])).values()];
const quantile = (key: keyof FitErrors, share: number): number => {
  const sorted = all.map((errors) => errors[key]).filter((value) => value !== undefined).sort((a, b) => a - b);
  return Math.round((sorted[Math.floor(share * (sorted.length - 1))] ?? 0) * 100) / 100;
};
const keys = ['landmarkPercent', 'reprojectionPercent', 'rotationDegrees', 'faceMillimeters', 'hairMillimeters', 'bodyMillimeters',
  'hairForbiddenPercent', 'hairNotTherePercent', 'points'] as const;
const figures = Object.fromEntries(keys.map((key) => [key, { median: quantile(key, 0.5), p10: quantile(key, 0.1), p90: quantile(key, 0.9) }]));
process.stdout.write(`${JSON.stringify({ heads: all.length, ...figures }, null, 2)}\n`);
