import type { Rig } from '../../shared/rig/rig.ts';
import { regionOf } from './fittedHead.ts';

/** What a vertex of the shell lies over; `cheek` is the side of the face, where hair may hang. */
export const ZONE = { face: 0, ear: 1, scalp: 2, neck: 3, bust: 4, cheek: 5 } as const;

/** On the mean head, from the eyes' midpoint: where the front of the face ends, where the temples do, and the nape's top. */
const CHEEK_DEPTH_METERS = -0.012;
const TEMPLE_DEPTH_METERS = -0.06;
const NAPE_HEIGHT_METERS = -0.08;
const NAPE_HALF_WIDTH_METERS = 0.04;
const EAR_MIDDLE_METERS = -0.03;

/** Facts about a rig that do not depend on the person; made once a rig. */
export interface RigZones {
  /** Rig vertices of the shell, and of the skin of neck and bust. */
  readonly shell: VertexSubset;
  readonly body: VertexSubset;
  /** `ZONE` of each shell vertex, in the subset's order. */
  readonly shellZones: Uint8Array;
  /** Rig vertices of the left and the right ear. */
  readonly ears: readonly [Uint32Array, Uint32Array];
  /** Rig vertices of the skin that the shell lies over, ears left out. */
  readonly skinVertices: Uint32Array;
  /** 1 where a vertex of the body also belongs to head skin, in the subset's order. */
  readonly bodySeam: Uint8Array;
}

export interface VertexSubset {
  readonly vertices: Uint32Array;
  /** Rig faces, and the same in indices into `vertices`. */
  readonly rigFaces: Uint32Array;
  readonly faces: Uint32Array;
}

export function findRigZones(rig: Rig): RigZones {
  const shell = subset(rig, (face) => regionOf(rig, face) === 'shell');
  const body = subset(rig, (face) => regionOf(rig, face) === 'bust' || regionOf(rig, face) === 'neck');
  const skin: { face: number; zone: number; center: [number, number, number] }[] = [];
  const headVertices = new Set<number>();
  for (let face = 0; face < rig.faceCount; face += 1) {
    const zone = zoneOf(regionOf(rig, face));
    if (zone === undefined) continue;
    const center: [number, number, number] = [0, 0, 0];
    for (let corner = 0; corner < 3; corner += 1) {
      const vertex = rig.faces[face * 3 + corner]!;
      if (zone <= ZONE.scalp) headVertices.add(vertex);
      for (let axis = 0; axis < 3; axis += 1) center[axis] = center[axis]! + rig.positions[vertex * 3 + axis]! / 3;
    }
    skin.push({ face, zone, center });
  }
  const shellZones = Uint8Array.from(shell.vertices, (vertex) => {
    let best: number = ZONE.scalp;
    let bestDistance = Infinity;
    for (const { zone, center } of skin) {
      const d = (center[0] - rig.positions[vertex * 3]!) ** 2 + (center[1] - rig.positions[vertex * 3 + 1]!) ** 2
        + (center[2] - rig.positions[vertex * 3 + 2]!) ** 2;
      if (d < bestDistance) { bestDistance = d; best = zone; }
    }
    if (best !== ZONE.face) return best;
    // The skin named face reaches round under the ears: what lies behind them is nape.
    const height = rig.positions[vertex * 3 + 1]!, depth = rig.positions[vertex * 3 + 2]!;
    if (depth > CHEEK_DEPTH_METERS) return ZONE.face;
    if (depth > TEMPLE_DEPTH_METERS) return ZONE.cheek;
    // Behind the jaw, under the ears, the neck begins higher up than at the nape's middle.
    const lowest = Math.abs(rig.positions[vertex * 3]!) > NAPE_HALF_WIDTH_METERS ? EAR_MIDDLE_METERS : NAPE_HEIGHT_METERS;
    return height > lowest ? ZONE.scalp : ZONE.neck;
  });
  const ears = [subset(rig, (face) => regionOf(rig, face) === 'leftEar').vertices, subset(rig, (face) => regionOf(rig, face) === 'rightEar').vertices] as const;
  const skinVertices = subset(rig, (face) => ['face', 'scalp', 'neck', 'bust'].includes(regionOf(rig, face))).vertices;
  return { shell, body, ears, skinVertices, shellZones, bodySeam: Uint8Array.from(body.vertices, (vertex) => (headVertices.has(vertex) ? 1 : 0)) };
}

function zoneOf(region: string): number | undefined {
  switch (region) {
    case 'scalp': return ZONE.scalp;
    case 'neck': return ZONE.neck;
    case 'bust': return ZONE.bust;
    case 'leftEar': case 'rightEar': return ZONE.ear;
    case 'shell': case 'leftEyeball': case 'rightEyeball': case 'mouthCavity': case 'upperTeeth': case 'lowerTeeth': case 'tongue':
      return undefined;
    default: return ZONE.face;
  }
}

function subset(rig: Rig, include: (face: number) => boolean): VertexSubset {
  const local = new Map<number, number>();
  const rigFaces: number[] = [];
  const faces: number[] = [];
  for (let face = 0; face < rig.faceCount; face += 1) {
    if (!include(face)) continue;
    rigFaces.push(face);
    for (let corner = 0; corner < 3; corner += 1) {
      const vertex = rig.faces[face * 3 + corner]!;
      let index = local.get(vertex);
      if (index === undefined) {
        index = local.size;
        local.set(vertex, index);
      }
      faces.push(index);
    }
  }
  return { vertices: Uint32Array.from(local.keys()), rigFaces: Uint32Array.from(rigFaces), faces: Uint32Array.from(faces) };
}
