import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeLattice } from '../../server/generator/autoregressive/siteLattice.ts';
import { projectFolder } from '../../server/setup/paths.mjs';
import { decodeRig } from '../../shared/rig/rigBinary.ts';
import { latticeBytes } from './latticeBytes.ts';

/** `npm run -s sites:build`: sites.lattice from the committed rig. */
const log = (line: string): void => { process.stderr.write(`${line}\n`); };
const rig = decodeRig(readFileSync(join(projectFolder, 'models', 'rig', 'head.rig')));
const bytes = latticeBytes(rig, log);
const { siteCount, bandCount, hash } = decodeLattice(bytes, rig);
writeFileSync(join(import.meta.dirname, 'sites.lattice'), bytes);
log(`sites.lattice: ${siteCount} sites in ${bandCount} bands, ${bytes.length} bytes, sha256 ${hash}`);
