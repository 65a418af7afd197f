import { SH_C0, bindingHeader } from '../bindingRules.ts';
import { allocateRestSplats, type ReadHead, type RestSplats, type SplatBinding } from '../restSplats.ts';
import { SplatFileError } from '../splatFileError.ts';
import { BINDING_PROPERTIES } from './plyWriter.ts';
import { type PlyTable, readPlyTable } from './plyTable.ts';

/**
 * Reads 3D Gaussian splatting's binary PLY, y down and z forwards as `writePly` leaves it; view-dependent colour is left out.
 * @throws SplatFileError
 */
export function readPly(bytes: Uint8Array): ReadHead {
  const table = readPlyTable(bytes);
  return { splats: readSplats(table, turnUpright), binding: readBinding(table) };
}

/**
 * The splats of a table as they stand in the file.
 * @param fromFile applied to each splat's centre and rotation where the file's axes are not the rig's.
 * @param colorOf degree-0 coefficient to colour.
 */
export function readSplats(
  table: PlyTable, fromFile?: (splats: RestSplats, splat: number) => void, colorOf: (value: number) => number = (value) => 0.5 + SH_C0 * value,
): RestSplats {
  const splats = allocateRestSplats(table.count);
  ['x', 'y', 'z'].forEach((name, axis) => spread(table.column(name), splats.centers, 3, axis));
  [0, 1, 2].forEach((k) => spread(table.column(`f_dc_${k}`).map((value) => Math.min(1, Math.max(0, colorOf(value)))), splats.colors, 3, k));
  [0, 1, 2].forEach((k) => spread(table.column(`scale_${k}`), splats.logScales, 3, k));
  splats.opacities.set(table.column('opacity').map((logit) => 1 / (1 + Math.exp(-logit))));
  // wxyz in the file.
  [3, 0, 1, 2].forEach((component, k) => spread(table.column(`rot_${k}`), splats.rotations, 4, component));
  for (let s = 0; s < splats.count; s++) {
    normaliseRotation(splats.rotations, s * 4);
    fromFile?.(splats, s);
  }
  return splats;
}

function spread(column: Float32Array, out: Float32Array, stride: number, at: number): void {
  for (let row = 0; row < column.length; row++) out[row * stride + at] = column[row];
}

function normaliseRotation(q: Float32Array, at: number): void {
  const length = Math.hypot(q[at], q[at + 1], q[at + 2], q[at + 3]);
  if (length < 1e-9) q.set([0, 0, 0, 1], at);
  else for (let k = 0; k < 4; k++) q[at + k] /= length;
}

/** F·R·F with F = diag(1, -1, -1): the same covariance as F·R, and nothing is rounded. */
function turnUpright({ centers, rotations }: RestSplats, s: number): void {
  centers[s * 3 + 1] = -centers[s * 3 + 1];
  centers[s * 3 + 2] = -centers[s * 3 + 2];
  rotations[s * 4 + 1] = -rotations[s * 4 + 1];
  rotations[s * 4 + 2] = -rotations[s * 4 + 2];
}

function readBinding(table: PlyTable): SplatBinding | undefined {
  if (!BINDING_PROPERTIES.every((name) => table.has(name))) return undefined;
  const said = (name: string): string[] =>
    table.comments.filter((comment) => comment.startsWith(`stipple.${name} `)).map((comment) => comment.slice(name.length + 9));
  const [rig] = said('rig');
  if (rig === undefined) return undefined;
  const identity = said('identity').flatMap((line) => line.split(' ').map(Number));
  const header = bindingHeader('PLY', rig.slice(65), rig.slice(0, 64), said('generator')[0] ?? '', identity);
  const faces = table.column('stipple_face');
  const bindings = Uint16Array.from(faces, (face, s) => {
    if (!(Number.isInteger(face) && face >= 0 && face <= 65_535)) throw SplatFileError.badField('PLY', `stipple_face of splat ${s}`, 'an integer from 0 to 65535', face);
    return face;
  });
  const barycentrics = new Float32Array(table.count * 2);
  spread(table.column('stipple_u'), barycentrics, 2, 0);
  spread(table.column('stipple_v'), barycentrics, 2, 1);
  return { header, bindings, barycentrics };
}
