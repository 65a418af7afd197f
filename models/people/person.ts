import { join } from 'node:path';
import { SeededRandom } from '../../shared/math/seededRandom.ts';
import { jointPosition } from '../makehuman/baseMesh.ts';
import { ageYears, macroTargetWeights } from '../makehuman/macro.ts';
import type { MakehumanSource } from '../makehuman/randomHead.ts';
import { morph, randomLocalWeights } from '../makehuman/randomHead.ts';
import { addTarget } from '../makehuman/targetLibrary.ts';
import type { Vector3 } from './camera.ts';
import { normalize, subtract } from './camera.ts';
import { glasses } from './glasses.ts';
import { fabric } from './fabric.ts';
import { capMesh, coversRest } from './headwear.ts';
import { fitProxy, loadProxy } from './proxy.ts';
import type { Proxy } from './proxy.ts';
import type { Eyeball } from './renderScene.ts';
import type { Material, Part } from './scene.ts';
import { eyeVertices, loadSkeleton, poseBody } from './skeleton.ts';
import type { Skeleton } from './skeleton.ts';
import { mixSkins } from './skinTexture.ts';
import { beardRegion } from './skinTint.ts';
import { subdivide } from './subdivision.ts';
import type { PolygonMesh } from './subdivision.ts';
import { bleach, loadTexture } from './texture.ts';
import type { Traits } from './traits.ts';

/** What people are made from. */
export interface PeopleSource {
  readonly makehuman: MakehumanSource;
  readonly skeleton: Skeleton;
  readonly proxies: Map<string, Proxy>;
}

export function openPeopleSource(makehuman: MakehumanSource): PeopleSource {
  return { makehuman, skeleton: loadSkeleton(makehuman.packageFolder), proxies: new Map() };
}

/** A person ready to be photographed. */
export interface Person {
  readonly parts: readonly Part[];
  readonly eyeballs: readonly Eyeball[];
  /** Shaped and posed base mesh, [vertexCount, 3], metres; `root` has been subtracted. */
  readonly basePositions: Float32Array;
}

const BELOW_BUST = 0.42;

/** Positions of the shaped base mesh with its expression, before posing. */
export function shapePerson(source: PeopleSource, traits: Traits): Float32Array {
  const { makehuman } = source;
  const weights = macroTargetWeights(makehuman.library, traits.macro);
  const random = new SeededRandom(traits.seed * 40503 + 11);
  for (const [name, weight] of randomLocalWeights(makehuman.modifiers, random, traits.featureSpread)) weights.set(name, weight);
  const positions = morph(makehuman, weights);
  const { african, asian, caucasian } = traits.macro.ethnicity;
  const folder = african >= asian && african >= caucasian ? 'african' : asian >= caucasian ? 'asian' : 'caucasian';
  for (const [unit, weight] of Object.entries(traits.expression)) {
    addTarget(positions, makehuman.library.get(`expression/units/${folder}/${unit}`), weight);
  }
  return positions;
}

/** Builds all parts of a person. The origin is the point between the eyes before posing. */
export async function buildPerson(source: PeopleSource, traits: Traits): Promise<Person> {
  const { makehuman, skeleton } = source;
  const { base, packageFolder } = makehuman;
  const positions = shapePerson(source, traits);
  const headScale = sizeRatio(base.positions, positions);
  const left = jointPosition(base, positions, 'eye.L____head');
  const right = jointPosition(base, positions, 'eye.R____head');
  const root: Vector3 = [(left[0] + right[0]) / 2, (left[1] + right[1]) / 2, (left[2] + right[2]) / 2];
  poseBody(skeleton, base, positions, traits.pose);
  for (let i = 0; i < positions.length; i++) positions[i]! -= root[i % 3]!;

  const parts: Part[] = [];
  const proxyOf = (name: string): Proxy => {
    let proxy = source.proxies.get(name);
    if (proxy === undefined) source.proxies.set(name, proxy = loadProxy(packageFolder, name));
    return proxy;
  };
  const wear = async (name: string, kind: Material['kind'], options: { smooth?: boolean; texture?: string; color?: Vector3; dyed?: boolean; pattern?: number; stretch?: Vector3; onHead?: boolean;
    keep?: (x: number, y: number, z: number) => boolean } = {}): Promise<void> => {
    const proxy = proxyOf(name);
    const stretch = options.stretch ?? [1, 1, 1];
    let mesh: PolygonMesh = fitProxy(proxy, positions, base.positions, [headScale[0] * stretch[0], headScale[1] * stretch[1], headScale[2] * stretch[2]]);
    if (options.keep !== undefined) mesh = keepFaces(mesh, options.keep);
    if (options.smooth === true) mesh = subdivide(mesh);
    const file = options.texture === undefined ? proxy.materials[0]?.diffuse
      : join(packageFolder, 'public/data/proxies', name, 'textures', options.texture);
    const texture = options.pattern !== undefined ? fabric(options.pattern) : file === undefined ? undefined : await loadTexture(file);
    parts.push(toPart(mesh, { kind, texture: texture !== undefined && options.dyed === true && options.pattern === undefined ? bleach(texture) : texture, color: options.color ?? [1, 1, 1],
      ...(options.onHead === true ? { onHead: true } : {}) }));
  };

  const clothes = proxyOf(`clothes/${traits.clothes}`);
  const years = ageYears(traits.macro.age);
  const skin: Material = { kind: 'skin', color: traits.skinTone, texture: await mixSkins(packageFolder, {
    woman: traits.macro.gender < 0.5, years, african: traits.macro.ethnicity.african, asian: traits.macro.ethnicity.asian, seed: traits.seed }) };
  const body = subdivide(bodyMesh(source, positions, clothes.hiddenBaseVertices));
  if (traits.beardMeters !== undefined) growBeard(body, base.positions, traits.beardMeters);
  parts.push(toPart(body, skin));
  await wear('eyes/HighPolyEyes', 'eye', { texture: `${traits.eyes}_eye.png`, color: [0.78, 0.75, 0.73] });
  await wear(`teeth/${traits.teeth ?? 'Teeth_Base'}`, 'mouth', { color: [1.5, 1.42, 1.28] });
  await wear('tongue/tongue01', 'mouth', { color: [0.7, 0.55, 0.55] });
  const brow: Vector3 = [traits.hairColor[0] * 0.55, traits.hairColor[1] * 0.5, traits.hairColor[2] * 0.5];
  await wear(`eyebrows/${traits.brows}`, 'brow', { color: brow });
  await wear(`eyelashes/${traits.lashes}`, 'lash', { color: [0.012, 0.009, 0.008] });
  await wear(`clothes/${traits.clothes}`, 'cloth', { smooth: true, color: traits.clothesPattern === undefined ? traits.clothesColor : [1, 1, 1], dyed: traits.dyed,
    ...(traits.clothesPattern === undefined ? {} : { pattern: traits.clothesPattern }) });
  if (traits.hat !== undefined) await wear(`clothes/${traits.hat}`, 'cloth', { smooth: true, onHead: true });
  if (traits.glasses !== 'none') parts.push(...glasses(positions, traits.glasses));
  if (traits.cap !== undefined) {
    const { color, pattern } = traits.cap;
    parts.push(toPart(subdivide(capMesh(traits.cap, base, positions)), { kind: 'cloth', color, onHead: true,
      texture: pattern === undefined ? undefined : fabric(pattern) }));
  }
  if (traits.hair !== undefined) {
    const { hairShape, cap } = traits;
    const covers = cap === undefined || cap.kind === 'headband' ? undefined : coversRest(cap, base.positions);
    await wear(`hair/${traits.hair}`, 'hair', { color: traits.hairColor,
      ...(hairShape === undefined ? {} : { stretch: [hairShape.volume, hairShape.length, hairShape.volume] }),
      ...(covers === undefined ? {} : { keep: (x: number, y: number, z: number) => !covers(x, y, z) }) });
  }
  return { parts, eyeballs: (['l', 'r'] as const).map((side) => eyeball(source, positions, side)), basePositions: positions };
}

/** The mesh with only the faces whose middle, at rest, is to be kept. */
function keepFaces(mesh: PolygonMesh, keep: (x: number, y: number, z: number) => boolean): PolygonMesh {
  const chosen = mesh.faceCorners.map((corners) => {
    const middle = [3, 4, 5].map((k) => corners.reduce((sum, p) => sum + mesh.points[p * 6 + k]! / corners.length, 0));
    return keep(middle[0]!, middle[1]!, middle[2]!);
  });
  return { ...mesh, faceCorners: mesh.faceCorners.filter((_, f) => chosen[f]), faceUvs: mesh.faceUvs.filter((_, f) => chosen[f]) };
}

/** Pushes the skin out where a beard grows, in place. */
function growBeard(mesh: PolygonMesh, rest: Float32Array, meters: number): void {
  const { points } = mesh;
  const count = points.length / 6;
  const normals = new Float32Array(count * 3);
  for (const corners of mesh.faceCorners) {
    const [a, b, c] = corners.map((p) => p * 6) as [number, number, number];
    const ux = points[b]! - points[a]!, uy = points[b + 1]! - points[a + 1]!, uz = points[b + 2]! - points[a + 2]!;
    const vx = points[c]! - points[a]!, vy = points[c + 1]! - points[a + 1]!, vz = points[c + 2]! - points[a + 2]!;
    for (const p of corners) {
      normals[p * 3]! += uy * vz - uz * vy;
      normals[p * 3 + 1]! += uz * vx - ux * vz;
      normals[p * 3 + 2]! += ux * vy - uy * vx;
    }
  }
  const grows = beardRegion(rest);
  for (let p = 0; p < count; p++) {
    const share = grows(points[p * 6 + 3]!, points[p * 6 + 4]!, points[p * 6 + 5]!) * meters;
    if (share < 1e-5) continue;
    const length = Math.hypot(normals[p * 3]!, normals[p * 3 + 1]!, normals[p * 3 + 2]!) || 1;
    for (let k = 0; k < 3; k++) points[p * 6 + k]! += (share * normals[p * 3 + k]!) / length;
    points[p * 6 + 1]! -= 0.35 * share;
  }
}

/** Size of a shaped head over the bare base mesh's, per axis. */
function sizeRatio(rest: Float32Array, shaped: Float32Array): [number, number, number] {
  const ratio: [number, number, number] = [1, 1, 1];
  for (let axis = 0; axis < 3; axis++) {
    const extent = [Infinity, -Infinity, Infinity, -Infinity];
    // Body vertices come first; those above the jaw make the head.
    for (let v = 0; v < 13380; v++) {
      if (rest[v * 3 + 1]! < 0.7) continue;
      extent[0] = Math.min(extent[0]!, rest[v * 3 + axis]!);
      extent[1] = Math.max(extent[1]!, rest[v * 3 + axis]!);
      extent[2] = Math.min(extent[2]!, shaped[v * 3 + axis]!);
      extent[3] = Math.max(extent[3]!, shaped[v * 3 + axis]!);
    }
    ratio[axis] = (extent[3]! - extent[2]!) / (extent[1]! - extent[0]!);
  }
  return ratio;
}

/** Whether a base vertex is where collars lie. */
function nearNeck(rest: Float32Array, v: number): boolean {
  return rest[v * 3 + 1]! > 0.5 && Math.hypot(rest[v * 3]!, rest[v * 3 + 2]! - 0.02) < 0.115;
}

function bodyMesh(source: PeopleSource, positions: Float32Array, hidden: Uint8Array): PolygonMesh {
  const { base } = source.makehuman;
  const body = base.groupNames.indexOf('body');
  const points = new Float32Array(base.vertexCount * 6);
  for (let v = 0; v < base.vertexCount; v++) {
    for (let k = 0; k < 3; k++) {
      points[v * 6 + k] = positions[v * 3 + k]!;
      points[v * 6 + 3 + k] = base.positions[v * 3 + k]!;
    }
  }
  const faceCorners: number[][] = [];
  const faceUvs: number[][] = [];
  // At the neckline skin ends two rings under the cloth's edge, or a gap shows between them.
  let buried = hidden;
  for (let ring = 0; ring < 2; ring++) {
    const shrunk = buried.slice();
    for (let quad = 0; quad < base.quadGroups.length; quad++) {
      const corners = base.quads.subarray(quad * 4, quad * 4 + 4);
      if (corners.some((v) => buried[v] !== 1)) for (const v of corners) if (nearNeck(base.positions, v)) shrunk[v] = 0;
    }
    buried = shrunk;
  }
  base.quadGroups.forEach((group, quad) => {
    if (group !== body) return;
    const corners = [...base.quads.subarray(quad * 4, quad * 4 + 4)];
    if (corners.some((v) => base.positions[v * 3 + 1]! < BELOW_BUST) || corners.every((v) => buried[v] === 1)) return;
    faceCorners.push(corners);
    faceUvs.push([...base.quadUvs.subarray(quad * 4, quad * 4 + 4)]);
  });
  return { points, stride: 6, uvs: base.uvs, faceCorners, faceUvs };
}

/** Triangles of a polygon mesh; points are copied. */
export function toPart(mesh: PolygonMesh, material: Material): Part {
  const count = mesh.points.length / mesh.stride;
  const positions = new Float32Array(count * 3);
  const restPositions = new Float32Array(count * 3);
  for (let p = 0; p < count; p++) {
    for (let k = 0; k < 3; k++) {
      positions[p * 3 + k] = mesh.points[p * mesh.stride + k]!;
      restPositions[p * 3 + k] = mesh.points[p * mesh.stride + 3 + k]!;
    }
  }
  const triangles: number[] = [];
  const uvs: number[] = [];
  mesh.faceCorners.forEach((corners, f) => {
    const faceUv = mesh.faceUvs[f]!;
    for (let k = 2; k < corners.length; k++) {
      for (const i of [0, k - 1, k]) {
        triangles.push(corners[i]!);
        uvs.push(mesh.uvs[faceUv[i]! * 2]!, mesh.uvs[faceUv[i]! * 2 + 1]!);
      }
    }
  });
  return { material, positions, restPositions, triangles: Uint32Array.from(triangles), cornerUvs: Float32Array.from(uvs) };
}

function eyeball(source: PeopleSource, positions: Float32Array, side: 'l' | 'r'): Eyeball {
  const { base } = source.makehuman;
  const vertices = [...eyeVertices(base, side)];
  const center: [number, number, number] = [0, 0, 0];
  for (const v of vertices) for (let k = 0; k < 3; k++) center[k]! += positions[v * 3 + k]! / vertices.length;
  // The foremost vertex of the bare mesh is the pupil.
  let front = vertices[0]!;
  for (const v of vertices) if (base.positions[v * 3 + 2]! > base.positions[front * 3 + 2]!) front = v;
  const pupil: Vector3 = [positions[front * 3]!, positions[front * 3 + 1]!, positions[front * 3 + 2]!];
  const ahead = subtract(pupil, center);
  return { center, axis: normalize(ahead), radius: Math.hypot(ahead[0], ahead[1], ahead[2]) };
}
