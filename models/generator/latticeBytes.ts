import {
  COORDINATE_LEVELS, LATTICE_HEADER_BYTES, LATTICE_MAGIC, LATTICE_VERSION, SITE_BYTES,
} from '../../server/generator/autoregressive/siteLattice.ts';
import { draftSurface } from '../../server/generator/draftSurface.ts';
import { placeFittedHead, regionOf } from '../../server/generator/fittedHead.ts';
import { findRigZones, ZONE } from '../../server/generator/rigZones.ts';
import { triangleArea } from '../../server/generator/siteSampler.ts';
import { BLENDSHAPE_COUNT } from '../../shared/rig/blendshapes.ts';
import type { RegionName, Rig } from '../../shared/rig/rig.ts';
import { SeededRandom } from '../../shared/math/seededRandom.ts';
import { cutIntoBands } from './bands.ts';
import { sampleLatticeSites } from './latticeSampler.ts';

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
const SPACING: Record<Exclude<RegionName, 'shell'>, number> = {
  face: 0.86, nose: 0.78, nostrils: 0.8, upperLip: 0.58, lowerLip: 0.58, leftBrow: 0.66, rightBrow: 0.66,
  leftUpperLid: 0.74, leftLowerLid: 0.76, rightUpperLid: 0.74, rightLowerLid: 0.76, leftEyeball: 0.64, rightEyeball: 0.64,
  leftEar: 1.6, rightEar: 1.6, scalp: 3.2, neck: 1.9, bust: 3, mouthCavity: 3.2, upperTeeth: 1.3, lowerTeeth: 1.5, tongue: 2.4,
};
/** The shell's by what it lies over: long hair spreads it, so that less is needed far from the head. */
const SHELL_SPACING: Readonly<Record<number, number>> = {
  [ZONE.scalp]: 1.3, [ZONE.ear]: 1.3, [ZONE.cheek]: 1.4, [ZONE.neck]: 1.6, [ZONE.bust]: 2.7,
};

/** The lattice of a rig as a file: the same bytes every time. @param log takes a line for each kind of surface */
export function latticeBytes(rig: Rig, log: (line: string) => void = () => {}): Uint8Array {
  const head = placeFittedHead(rig, {
    image: { width: 1, height: 1, data: new Uint8Array(3) },
    fit: {
      identityCoefficients: new Float32Array(0), blendshapeWeights: new Float32Array(BLENDSHAPE_COUNT), headRotation: [0, 0, 0, 1],
      cameraFromRigRotation: [0, 0, 0, 1], cameraFromRigTranslation: [0, 0, -1], focalPixels: 1, principalPoint: [0.5, 0.5],
    },
  });
  const surface = draftSurface(head, { surface: head.posed, hair: new Float32Array(rig.vertexCount), baldness: 0 });
  const zoneOf = shellZones(rig);
  const spacing = Float32Array.from({ length: rig.faceCount }, (_, face) => {
    const region = regionOf(rig, face);
    return region === 'shell' ? SHELL_SPACING[zoneOf(face) ?? ZONE.face] ?? Infinity : SPACING[region];
  });
  // Over the front of the face there never is hair.
  const chosen = surface.shown.filter((face) => Number.isFinite(spacing[face]!));
  const sites = sampleLatticeSites(
    { positions: surface.metric, faces: rig.faces, chosen, spacing, layer: surface.layer },
    Math.round(SITE_COUNT * 1.04), new SeededRandom(SEED),
  );
  if (sites.count < SITE_COUNT) throw new Error(`site lattice: expected ${SITE_COUNT} sites, the sampler gave ${sites.count}`);
  const groupOf = (face: number): string => `${regionOf(rig, face).replace(/^(left|right)/, '')} ${zoneOf(face) ?? ''}`;
  const densities = groupDensities(rig, surface.metric, chosen, sites.faces.subarray(0, SITE_COUNT), groupOf, log);
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
  for (const i of order) put32(densities.get(groupOf(sites.faces[i]!))! * triangleArea(surface.metric, rig.faces, sites.faces[i]!));
  return bytes;
}

/** A band's sites in the order they are written in: the coarse level, then the rest, each by y, then z, then x. */
function inOrder(band: Uint32Array, positions: Float32Array): Uint32Array {
  const level = (i: number): number => (i < COARSE_COUNT ? 0 : 1);
  const row = (i: number): number => Math.floor(positions[i * 3 + 1]! / ROW_METERS);
  return band.toSorted((a, b) => level(a) - level(b) || row(a) - row(b) || positions[a * 3 + 2]! - positions[b * 3 + 2]!
    || positions[a * 3]! - positions[b * 3]! || a - b);
}

/** What most of a shell face's corners lie over, as a `ZONE`; undefined for other faces. */
function shellZones(rig: Rig): (face: number) => number | undefined {
  const zones = findRigZones(rig);
  const ofVertex = new Map(Array.from(zones.shell.vertices, (vertex, i): [number, number] => [vertex, zones.shellZones[i]!]));
  return (face) => {
    if (regionOf(rig, face) !== 'shell') return undefined;
    const corners = [0, 1, 2].map((corner) => ofVertex.get(rig.faces[face * 3 + corner]!)!);
    // A face that only touches the face's front may carry the hairline.
    return corners.find((zone) => zone !== ZONE.face) ?? ZONE.face;
  };
}

/** Sites a square metre in each group of faces; both sides of the face are one, so that left and right are alike. */
function groupDensities(
  rig: Rig, metric: Float32Array, faces: readonly number[], siteFaces: Uint32Array, groupOf: (face: number) => string,
  log: (line: string) => void,
): Map<string, number> {
  const areas = new Map<string, number>();
  const counts = new Map<string, number>();
  for (const face of faces) areas.set(groupOf(face), (areas.get(groupOf(face)) ?? 0) + triangleArea(metric, rig.faces, face));
  for (const face of siteFaces) counts.set(groupOf(face), (counts.get(groupOf(face)) ?? 0) + 1);
  for (const [group, count] of counts) log(`${group.padEnd(14)} ${count} sites, ${Math.round(count / areas.get(group)!)} a square metre`);
  return new Map([...counts].map(([group, count]) => [group, count / areas.get(group)!]));
}
