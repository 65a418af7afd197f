import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  COORDINATE_LEVELS, decodeLattice, LATTICE_HEADER_BYTES, LATTICE_MAGIC, LATTICE_VERSION, SITE_BYTES,
} from '../../server/generator/autoregressive/siteLattice.ts';
import { draftSurface } from '../../server/generator/draftSurface.ts';
import { placeFittedHead, regionOf } from '../../server/generator/fittedHead.ts';
import { sampleSites, triangleArea } from '../../server/generator/siteSampler.ts';
import { projectFolder } from '../../server/setup/paths.mjs';
import { BLENDSHAPE_COUNT } from '../../shared/rig/blendshapes.ts';
import type { RegionName, Rig } from '../../shared/rig/rig.ts';
import { decodeRig } from '../../shared/rig/rigBinary.ts';
import { SeededRandom } from '../../shared/math/seededRandom.ts';
import { cutIntoBands } from './bands.ts';

/** `npm run sites:build`: sites.lattice from the committed rig, the same bytes every time. */
const BAND_COUNT = 48;
const BAND_SIZE = 832;
const SITE_COUNT = BAND_COUNT * BAND_SIZE;
/** Sites of the coarse level, that a head is seen with first. */
const COARSE_COUNT = 1_200;
const SEED = 1;
/** Height of the rows that a level of a band is written in: neighbours in the order are neighbours on the head. */
const ROW_METERS = 0.006;

/**
 * Relative spacing of all sites: how much finer than elsewhere the finest detail of a region may have to be drawn. Hair
 * and clothes may be patterned, so that they get more of the sites than an even head ever uses.
 */
const SPACING: Record<RegionName, number> = {
  face: 0.86, nose: 0.78, nostrils: 0.74, upperLip: 0.6, lowerLip: 0.6, leftBrow: 0.68, rightBrow: 0.68,
  leftUpperLid: 0.74, leftLowerLid: 0.76, rightUpperLid: 0.74, rightLowerLid: 0.76, leftEyeball: 0.6, rightEyeball: 0.6,
  leftEar: 1.4, rightEar: 1.4, scalp: 3, neck: 1.7, bust: 2.2, mouthCavity: 2.8, upperTeeth: 1.1, lowerTeeth: 1.3, tongue: 2,
  shell: 1.15,
};

const rig = decodeRig(readFileSync(join(projectFolder, 'models', 'rig', 'head.rig')));
const bytes = encode(rig);
const lattice = decodeLattice(bytes, rig);
writeFileSync(join(import.meta.dirname, 'sites.lattice'), bytes);
process.stderr.write(`sites.lattice: ${lattice.siteCount} sites in ${lattice.bandCount} bands, ${bytes.length} bytes, sha256 `
  + `${createHash('sha256').update(bytes).digest('hex')}\n`);

function encode(rig: Rig): Uint8Array {
  const head = placeFittedHead(rig, {
    image: { width: 1, height: 1, data: new Uint8Array(3) },
    fit: {
      identityCoefficients: new Float32Array(0), blendshapeWeights: new Float32Array(BLENDSHAPE_COUNT), headRotation: [0, 0, 0, 1],
      cameraFromRigRotation: [0, 0, 0, 1], cameraFromRigTranslation: [0, 0, -1], focalPixels: 1, principalPoint: [0.5, 0.5],
    },
  });
  const surface = draftSurface(head, { surface: head.posed, hair: new Float32Array(rig.vertexCount), baldness: 0 });
  const spacing = Float32Array.from({ length: rig.faceCount }, (_, face) => SPACING[regionOf(rig, face)]);
  const sites = sampleSites(
    { positions: surface.metric, faces: rig.faces, chosen: surface.shown, spacing, layer: surface.layer },
    Math.round(SITE_COUNT * 1.04), new SeededRandom(SEED),
  );
  if (sites.count < SITE_COUNT) throw new Error(`site lattice: expected ${SITE_COUNT} sites, the sampler gave ${sites.count}`);
  const densities = regionDensities(rig, surface.metric, surface.shown, sites.faces.subarray(0, SITE_COUNT));
  const bands = cutIntoBands(sites.positions, Uint32Array.from({ length: SITE_COUNT }, (_, i) => i), BAND_COUNT);
  const order = bands.flatMap((band) => [...inOrder(band, sites.positions)]);
  const bytes = new Uint8Array(LATTICE_HEADER_BYTES + 2 * BAND_COUNT + SITE_BYTES * SITE_COUNT);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, LATTICE_MAGIC, true);
  view.setUint16(4, LATTICE_VERSION, true);
  view.setUint16(6, BAND_COUNT, true);
  view.setUint16(8, BAND_SIZE, true);
  view.setUint16(10, COARSE_COUNT, true);
  bytes.set(Buffer.from(rig.hash, 'hex'), 12);
  let at = LATTICE_HEADER_BYTES;
  const put16 = (value: number): void => { view.setUint16(at, value, true); at += 2; };
  const put32 = (value: number): void => { view.setFloat32(at, value, true); at += 4; };
  for (const band of bands) put16(band.filter((i) => i < COARSE_COUNT).length);
  for (const i of order) put16(sites.faces[i]!);
  for (const i of order) {
    const u = Math.round(sites.barycentrics[i * 2]! * (COORDINATE_LEVELS - 1));
    put16(u);
    put16(Math.min(COORDINATE_LEVELS - 1 - u, Math.round(sites.barycentrics[i * 2 + 1]! * (COORDINATE_LEVELS - 1))));
  }
  for (const i of order) put32((i + 1) / SITE_COUNT);
  for (const i of order) put32(densities.get(regionOf(rig, sites.faces[i]!))!);
  return bytes;
}

/** A band's sites in the order they are written in: the coarse level, then the rest, each by y, then z, then x. */
function inOrder(band: Uint32Array, positions: Float32Array): Uint32Array {
  const level = (i: number): number => (i < COARSE_COUNT ? 0 : 1);
  const row = (i: number): number => Math.floor(positions[i * 3 + 1]! / ROW_METERS);
  return band.toSorted((a, b) => level(a) - level(b) || row(a) - row(b) || positions[a * 3 + 2]! - positions[b * 3 + 2]!
    || positions[a * 3]! - positions[b * 3]! || a - b);
}

/** Sites a square metre in each region, both sides of the face together, so that left and right are alike. */
function regionDensities(rig: Rig, metric: Float32Array, shown: readonly number[], siteFaces: Uint32Array): Map<RegionName, number> {
  const group = (face: number): string => regionOf(rig, face).replace(/^(left|right)/, '');
  const areas = new Map<string, number>();
  const counts = new Map<string, number>();
  for (const face of shown) areas.set(group(face), (areas.get(group(face)) ?? 0) + triangleArea(metric, rig.faces, face));
  for (const face of siteFaces) counts.set(group(face), (counts.get(group(face)) ?? 0) + 1);
  return new Map(rig.regionNames.map((name) => {
    const side = name.replace(/^(left|right)/, '');
    return [name, (counts.get(side) ?? 0) / (areas.get(side) ?? 1)];
  }));
}
