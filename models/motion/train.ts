// `npm run -s motion:train [-- FILE…]`: learns the motion codec's tables from recordings and writes
// shared/motion/motionTables.generated.ts. Without files: every recording of models/motion/tracks/training.
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { motionTrackSchema, posesOf } from '../../shared/motion/motionTrack.ts';
import { MOTION_INPUTS, writeMotionVector } from '../../shared/motion/motionVector.ts';
import { decodeRig } from '../../shared/rig/rigBinary.ts';
import { learnStatistics } from './learnStatistics.ts';
import { learnTransform } from './learnTransform.ts';
import type { BlockQuality } from './learnTransform.ts';
import { tablesText } from './tablesText.ts';
import { vertexGram } from './vertexGram.ts';

/** Chosen for the least payload at 0.5 mm (README.md). */
const QUALITY: BlockQuality = {
  head: { step: 0.22, limit: 0.43 }, eyes: { step: 0.11, limit: 0.48 }, brows: { step: 0.062, limit: 0.17 }, cheeks: { step: 0.062, limit: 0.19 },
  mouth: { step: 0.065, limit: 0.27 },
};

const here = new URL('.', import.meta.url);
const files = process.argv.slice(2);
if (files.length === 0) {
  const folder = fileURLToPath(new URL('tracks/training/', here));
  for (const name of (await readdir(folder)).sort()) if (name.endsWith('.json')) files.push(`${folder}${name}`);
}
const tracks = await Promise.all(files.map(async (file) => posesOf(motionTrackSchema.parse(JSON.parse(await readFile(file, 'utf8')))).map((pose) => {
  const vector = new Float64Array(MOTION_INPUTS);
  writeMotionVector(pose, vector);
  return vector;
})));
const rig = decodeRig(await readFile(new URL('../rig/head.rig', here)));
const blocks = learnTransform(vertexGram(rig), tracks.flat(), QUALITY);
await writeFile(new URL('../../shared/motion/motionTables.generated.ts', here), tablesText(learnStatistics(blocks, tracks)));
process.stdout.write(`${files.length} recordings, ${tracks.flat().length} frames\n`);
