import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { jointPosition } from '../makehuman/baseMesh.ts';
import type { BaseMesh } from '../makehuman/baseMesh.ts';
import type { Vector3 } from './camera.ts';

const skinSchema = z.object({
  skinIndices: z.array(z.number()), skinWeights: z.array(z.number()), influencesPerVertex: z.number(),
  bones: z.array(z.object({ name: z.string(), parent: z.number() })),
});

/** MakeHuman's own joints and skin weights, as far as a portrait needs them. */
export interface Skeleton {
  readonly boneNames: readonly string[];
  readonly parents: readonly number[];
  readonly influences: number;
  readonly indices: Uint16Array;
  readonly weights: Float32Array;
}

export function loadSkeleton(packageFolder: string): Skeleton {
  const data = skinSchema.parse(JSON.parse(readFileSync(join(packageFolder, 'public/data/models/human_full_size.json'), 'utf8')));
  return {
    boneNames: data.bones.map((bone) => bone.name), parents: data.bones.map((bone) => bone.parent),
    influences: data.influencesPerVertex, indices: Uint16Array.from(data.skinIndices), weights: Float32Array.from(data.skinWeights),
  };
}

/** Angles in radians: yaw to the subject's left, pitch downward, roll to the subject's left shoulder. */
export interface BodyPose {
  readonly headYaw: number;
  readonly headPitch: number;
  readonly headRoll: number;
  /** How far the arms hang down from the base mesh's spread-out stance. */
  readonly armsDown: number;
  /** Of the eyeballs against the head. */
  readonly gazeYaw: number;
  readonly gazePitch: number;
}

/** Row-major rotation and translation, 12 numbers. */
type Transform = Float64Array;

function rotationAbout(origin: Vector3, yaw: number, pitch: number, roll: number): Transform {
  const cy = Math.cos(yaw);
  const sy = Math.sin(yaw);
  const cx = Math.cos(pitch);
  const sx = Math.sin(pitch);
  const cz = Math.cos(roll);
  const sz = Math.sin(roll);
  // R = Ry · Rx · Rz
  const r = [
    cy * cz + sy * sx * sz, -cy * sz + sy * sx * cz, sy * cx,
    cx * sz, cx * cz, -sx,
    -sy * cz + cy * sx * sz, sy * sz + cy * sx * cz, cy * cx,
  ];
  const out = new Float64Array(12);
  for (let row = 0; row < 3; row++) {
    let t = origin[row]!;
    for (let column = 0; column < 3; column++) {
      out[row * 4 + column] = r[row * 3 + column]!;
      t -= r[row * 3 + column]! * origin[column]!;
    }
    out[row * 4 + 3] = t;
  }
  return out;
}

function compose(a: Transform, b: Transform): Transform {
  const out = new Float64Array(12);
  for (let row = 0; row < 3; row++) {
    for (let column = 0; column < 4; column++) {
      let sum = column === 3 ? a[row * 4 + 3]! : 0;
      for (let k = 0; k < 3; k++) sum += a[row * 4 + k]! * b[k * 4 + column]!;
      out[row * 4 + column] = sum;
    }
  }
  return out;
}

/** Share of the head's turn that each neck joint takes. */
const NECK_SHARES: readonly (readonly [string, number])[] = [['neck01', 0.12], ['neck02', 0.16], ['neck03', 0.22], ['head', 0.5]];

/** Turns head, eyes and arms by linear blend skinning; `positions` [vertexCount, 3] in place. */
export function poseBody(skeleton: Skeleton, base: BaseMesh, positions: Float32Array, pose: BodyPose): void {
  const identity = rotationAbout([0, 0, 0], 0, 0, 0);
  const own = new Map<string, Transform>();
  const at = (bone: string): Vector3 => jointPosition(base, positions, `${bone}____head`);
  for (const [bone, share] of NECK_SHARES) {
    own.set(bone, rotationAbout(at(bone), pose.headYaw * share, pose.headPitch * share, pose.headRoll * share));
  }
  for (const [side, sign] of [['L', 1], ['R', -1]] as const) {
    own.set(`shoulder01.${side}`, rotationAbout(at(`shoulder01.${side}`), 0, 0, -sign * pose.armsDown * 0.2));
    own.set(`upperarm01.${side}`, rotationAbout(at(`upperarm01.${side}`), 0, 0, -sign * pose.armsDown * 0.8));
  }
  const transforms: Transform[] = [];
  skeleton.boneNames.forEach((name, index) => {
    const parent = skeleton.parents[index]!;
    const above = parent < 0 ? identity : transforms[parent]!;
    // Every joint comes twice, as NAME____head (which carries the weights) and NAME.
    const bone = name.endsWith('____head') ? own.get(name.slice(0, -'____head'.length)) : undefined;
    transforms.push(bone === undefined ? above : compose(above, bone));
  });
  turnEyes(base, positions, pose);
  const { influences, indices, weights } = skeleton;
  const blended = new Float64Array(12);
  for (let v = 0; v < positions.length / 3; v++) {
    blended.fill(0);
    let sum = 0;
    for (let k = 0; k < influences; k++) {
      const weight = weights[v * influences + k]!;
      if (weight === 0) continue;
      sum += weight;
      const transform = transforms[indices[v * influences + k]!]!;
      for (let i = 0; i < 12; i++) blended[i]! += weight * transform[i]!;
    }
    if (sum === 0) continue;
    const x = positions[v * 3]!;
    const y = positions[v * 3 + 1]!;
    const z = positions[v * 3 + 2]!;
    for (let row = 0; row < 3; row++) {
      positions[v * 3 + row] = (blended[row * 4]! * x + blended[row * 4 + 1]! * y + blended[row * 4 + 2]! * z + blended[row * 4 + 3]!) / sum;
    }
  }
}

/** Vertices of an eyeball's helper shape. */
export function eyeVertices(base: BaseMesh, side: 'l' | 'r'): Set<number> {
  const group = base.groupNames.indexOf(`helper-${side}-eye`);
  const vertices = new Set<number>();
  base.quadGroups.forEach((quadGroup, quad) => {
    if (quadGroup === group) for (let corner = 0; corner < 4; corner++) vertices.add(base.quads[quad * 4 + corner]!);
  });
  return vertices;
}

function turnEyes(base: BaseMesh, positions: Float32Array, pose: BodyPose): void {
  for (const side of ['l', 'r'] as const) {
    const m = rotationAbout(jointPosition(base, positions, `eye.${side.toUpperCase()}____head`), pose.gazeYaw, pose.gazePitch, 0);
    for (const v of eyeVertices(base, side)) {
      const x = positions[v * 3]!;
      const y = positions[v * 3 + 1]!;
      const z = positions[v * 3 + 2]!;
      for (let row = 0; row < 3; row++) {
        positions[v * 3 + row] = m[row * 4]! * x + m[row * 4 + 1]! * y + m[row * 4 + 2]! * z + m[row * 4 + 3]!;
      }
    }
  }
}
