import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { findInMirror } from '../../server/setup/paths.mjs';
import { decodeRig } from '../../shared/rig/rigBinary.ts';
import type { IctReference } from './ictReference.ts';
import { loadIctReference } from './ictReference.ts';
import { atLandmarks, compareShapes } from './shapeComparison.ts';

/** What the rig has to reach beside ICT-FaceKit. */
const BOUNDS = { meanCosine: 0.75, minCosine: 0.4, minLengthRatio: 0.5, maxLengthRatio: 2 } as const;

function main(): number {
  const program = new Command('rig:check')
    .description('Compares the rig\'s blendshapes with ICT-FaceKit\'s, where that file is at hand: cosine and length ratio at the landmarks each shape moves.')
    .option('--ict <file>', 'ict_light.npz; found in the mirror folder by itself')
    .option('--rig <file>', 'rig file', join(import.meta.dirname, 'head.rig'))
    .option('--json', 'print one JSON object on standard output')
    .parse();
  const options = program.opts<{ ict?: string; rig: string; json?: boolean }>();
  const rig = decodeRig(readFileSync(options.rig));
  const path = options.ict ?? findInMirror('ict/ict_light.npz');
  const fail = (reason: string): number => {
    process.stderr.write(`rig:check: ${reason}\n`);
    if (options.json === true) process.stdout.write(`${JSON.stringify({ passed: false, reason, rig: rig.id, hash: rig.hash })}\n`);
    return 2;
  };
  if (path === undefined || !existsSync(path)) {
    return fail(`${options.ict ?? 'ict/ict_light.npz (in no mirror folder)'} not found; pass --ict FILE or set STIPPLE_MIRROR`);
  }
  let reference: IctReference;
  try {
    reference = loadIctReference(path, atLandmarks(rig, rig.positions));
  } catch (error) {
    return fail(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  const rows = compareShapes(rig, reference);
  const cosines = rows.map(({ cosine }) => cosine), ratios = rows.map(({ lengthRatio }) => lengthRatio);
  const figures = {
    meanCosine: cosines.reduce((sum, value) => sum + value, 0) / rows.length, minCosine: Math.min(...cosines),
    minLengthRatio: Math.min(...ratios), maxLengthRatio: Math.max(...ratios),
  };
  const passed = figures.meanCosine >= BOUNDS.meanCosine && figures.minCosine >= BOUNDS.minCosine
    && figures.minLengthRatio >= BOUNDS.minLengthRatio && figures.maxLengthRatio <= BOUNDS.maxLengthRatio;
  for (const row of rows) {
    process.stderr.write(`${row.shape.padEnd(22)} cosine ${row.cosine.toFixed(3)}  length ${row.lengthRatio.toFixed(2)}  (${row.landmarks} landmarks, `
      + `ICT up to ${row.referenceMillimeters.toFixed(1)} mm, ours ${row.ownMillimeters.toFixed(1)} mm)\n`);
  }
  process.stderr.write(`mean cosine ${figures.meanCosine.toFixed(3)}, lowest ${figures.minCosine.toFixed(3)}, lengths ${figures.minLengthRatio.toFixed(2)} to ${figures.maxLengthRatio.toFixed(2)}: ${passed ? 'passed' : 'FAILED'}\n`);
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify({ ...figures, passed, shapes: rows.length, correspondenceMillimeters: 1000 * reference.meanResidualMeters, rig: rig.id, hash: rig.hash, rows })}\n`);
  }
  return passed ? 0 : 1;
}

process.exitCode = main();
