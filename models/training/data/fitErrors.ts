import { landmarkOn, regionOf } from '../../../server/generator/fittedHead.ts';
import { FOCAL_OF_LONGER_SIDE } from '../../../server/perception/analyse.ts';
import { facePoint } from '../../people/faceGuide.ts';
import type { RayHits } from './sceneRays.ts';
import type { SiteTruth } from './siteTruth.ts';
import type { TrainingHead } from './trainingHead.ts';
import type { TrainingPhoto } from './trainingStudio.ts';

/** How far a fit is from the person it was fitted to. */
export interface FitErrors {
  readonly seed: number;
  /** Mean over landmarks, share of the face's width in the picture. */
  readonly landmarkPercent: number;
  readonly reprojectionPercent: number;
  /** Angle between the fitted and the true head's rotation against the camera, degrees. */
  readonly rotationDegrees: number;
  /** RMS distance along the normal, millimetres: face, scalp and hair, clothes. */
  readonly faceMillimeters: number;
  readonly hairMillimeters: number;
  readonly bodyMillimeters: number;
  /** Share of the shell with true hair or headwear where the fit forbids points, and of what it allows without any, percent. */
  readonly hairForbiddenPercent: number;
  readonly hairNotTherePercent: number;
  readonly points: number;
}

/** Compares a training head's fit with the person photographed. */
export function measureFit(photo: TrainingPhoto, { surface, portrait, lattice, placed }: TrainingHead, hits: RayHits, sites: SiteTruth, seed: number): FitErrors {
  const { head } = surface;
  const { rig } = head;
  const { camera, studio } = photo;
  const zoom = portrait.fit.focalPixels / (FOCAL_OF_LONGER_SIDE * photo.size);
  const [cx, cy] = portrait.fit.principalPoint;
  const [right, up, back] = camera.axes;
  const faceWidth = Math.hypot(portrait.landmarks[234 * 3]! - portrait.landmarks[454 * 3]!, portrait.landmarks[234 * 3 + 1]! - portrait.landmarks[454 * 3 + 1]!);
  let distance = 0;
  let count = 0;
  const fitted: number[][] = [];
  const truth: number[][] = [];
  rig.landmarks.weights.forEach((weight, i) => {
    if (weight < 0.5) return;
    const p = facePoint(studio.person.basePositions, i);
    const d = [p[0] - camera.position[0], p[1] - camera.position[1], p[2] - camera.position[2]];
    const own = [right, up, back].map((axis) => axis[0] * d[0]! + axis[1] * d[1]! + axis[2] * d[2]!);
    const gain = (camera.focalPixels * zoom) / -own[2]!;
    distance += Math.hypot(cx + gain * own[0]! - portrait.landmarks[i * 3]!, cy - gain * own[1]! - portrait.landmarks[i * 3 + 1]!);
    count++;
    truth.push(own);
    const q = landmarkOn(rig, head.posed, i);
    fitted.push([head.view.right, head.view.up, head.view.back].map((axis) => axis[0] * q[0] + axis[1] * q[1] + axis[2] * q[2]));
  });
  const rms = (wanted: (region: string) => boolean): number => {
    let sum = 0;
    let n = 0;
    for (let i = 0; i < lattice.siteCount; i++) {
      if (hits.triangles[i]! < 0 || placed.available[i] === 0 || !wanted(regionOf(rig, lattice.faces[i]!))) continue;
      sum += hits.heights[i]! ** 2;
      n++;
    }
    return n === 0 ? 0 : 1000 * Math.sqrt(sum / n);
  };
  const inFace = (region: string): boolean => region === 'face' || region === 'nose' || region.endsWith('Brow') || region.endsWith('Lip') || region.endsWith('Lid');
  const { triangleMaterials, materials } = studio.scene;
  let covered = 0;
  let forbidden = 0;
  let allowed = 0;
  let empty = 0;
  for (let i = 0; i < lattice.siteCount; i++) {
    if (regionOf(rig, lattice.faces[i]!) !== 'shell') continue;
    const triangle = hits.triangles[i]!;
    const material = triangle < 0 ? undefined : materials[triangleMaterials[triangle]!]!;
    const there = material !== undefined && (material.kind === 'hair' || material.onHead === true);
    if (there) covered++;
    if (there && placed.available[i] === 0) forbidden++;
    if (placed.available[i] === 1) allowed++;
    if (placed.available[i] === 1 && triangle < 0) empty++;
  }
  return {
    hairForbiddenPercent: (100 * forbidden) / Math.max(1, covered), hairNotTherePercent: (100 * empty) / Math.max(1, allowed),
    seed, landmarkPercent: (100 * distance) / count / faceWidth, reprojectionPercent: portrait.reprojectionErrorPercent,
    rotationDegrees: rotationBetween(truth, fitted), faceMillimeters: rms(inFace), hairMillimeters: rms((region) => region === 'shell'),
    bodyMillimeters: rms((region) => region === 'bust' || region === 'neck'), points: sites.keep.reduce((sum, keep) => sum + keep, 0),
  };
}

/** Angle of the rotation that best carries one set of points onto the other (Horn's method by its quaternion matrix), degrees. */
export function rotationBetween(from: readonly (readonly number[])[], to: readonly (readonly number[])[]): number {
  const middle = (points: readonly (readonly number[])[]): number[] => [0, 1, 2].map((k) => points.reduce((sum, p) => sum + p[k]!, 0) / points.length);
  const a = middle(from);
  const b = middle(to);
  const s = [0, 1, 2].map((i) => [0, 1, 2].map((j) => from.reduce((sum, p, n) => sum + (p[i]! - a[i]!) * (to[n]![j]! - b[j]!), 0)));
  const [[xx, xy, xz], [yx, yy, yz], [zx, zy, zz]] = s as [[number, number, number], [number, number, number], [number, number, number]];
  const n = [
    [xx + yy + zz, yz - zy, zx - xz, xy - yx], [yz - zy, xx - yy - zz, xy + yx, zx + xz],
    [zx - xz, xy + yx, yy - xx - zz, yz + zy], [xy - yx, zx + xz, yz + zy, zz - xx - yy],
  ];
  // Power iteration, shifted so that the largest eigenvalue dominates.
  const shift = 2 * Math.sqrt(n.flat().reduce((sum, value) => sum + value * value, 0));
  let q = [1, 0.01, 0.01, 0.01];
  for (let step = 0; step < 400; step++) {
    const next = n.map((row, i) => row.reduce((sum, value, j) => sum + value * q[j]!, 0) + shift * q[i]!);
    const length = Math.hypot(...next);
    q = next.map((value) => value / length);
  }
  return (2 * Math.acos(Math.min(1, Math.abs(q[0]!))) * 180) / Math.PI;
}
