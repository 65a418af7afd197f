import type { DataTexture } from 'three';
import type { Rig } from '../../../shared/rig/rig.ts';
import { rigMobility } from '../../../shared/splat/rigMobility.ts';
import { weldVertices } from '../../../shared/splat/splatFrame.ts';
import { MAX_JOINTS } from '../shaders/poseShaders.ts';
import { floatTexture } from '../shaders/texels.ts';

/** A rig's unchanging parts as textures, shared by all avatars on that rig. */
export class RigGpu {
  readonly rig: Rig;
  readonly deltas: DataTexture;
  readonly vertexTables: DataTexture;
  readonly rings: DataTexture;
  readonly jointIndices: DataTexture;
  readonly jointWeights: DataTexture;
  readonly faceVertices: DataTexture;

  constructor(rig: Rig) {
    if (rig.joints.length > MAX_JOINTS) throw new RangeError(`joints: at most ${MAX_JOINTS}, got ${rig.joints.length}`);
    this.rig = rig;
    rigMobility(rig); // Found once: better here than in somebody's first frame.
    const tables = new Float32Array(rig.vertexCount * 4);
    this.deltas = floatTexture(deltasByVertex(rig, tables));
    this.rings = floatTexture(ringsByVertex(rig, tables));
    this.vertexTables = floatTexture(tables);
    this.jointIndices = floatTexture(Float32Array.from(rig.jointIndices));
    this.jointWeights = floatTexture(rig.jointWeights);
    const faceVertices = new Float32Array(rig.faceCount * 4);
    for (let face = 0; face < rig.faceCount; face++) faceVertices.set(rig.faces.subarray(face * 3, face * 3 + 3), face * 4);
    this.faceVertices = floatTexture(faceVertices);
  }

  dispose(): void {
    for (const texture of [this.deltas, this.vertexTables, this.rings, this.jointIndices, this.jointWeights, this.faceVertices]) {
      texture.dispose();
    }
  }
}

/** The blendshapes turned from shape by shape to vertex by vertex: (displacement, shape) entries; tables get begin and count. */
function deltasByVertex(rig: Rig, tables: Float32Array): Float32Array {
  for (const { vertexIndices } of rig.blendshapes) {
    for (const vertex of vertexIndices) tables[vertex * 4 + 1]++;
  }
  const next = new Uint32Array(rig.vertexCount);
  let total = 0;
  for (let vertex = 0; vertex < rig.vertexCount; vertex++) {
    tables[vertex * 4] = total;
    next[vertex] = total;
    total += tables[vertex * 4 + 1];
  }
  const entries = new Float32Array(total * 4);
  rig.blendshapes.forEach(({ vertexIndices, deltas }, shape) => {
    vertexIndices.forEach((vertex, k) => {
      entries.set([deltas[k * 3], deltas[k * 3 + 1], deltas[k * 3 + 2], shape], next[vertex]++ * 4);
    });
  });
  return entries;
}

/** For each vertex the other two corners of each face around it (welded over texture seams), two faces an entry. */
function ringsByVertex(rig: Rig, tables: Float32Array): Float32Array {
  const welded = weldVertices(rig);
  const rings: number[][] = Array.from({ length: rig.vertexCount }, () => []);
  for (let face = 0; face < rig.faceCount; face++) {
    const [a, b, c] = rig.faces.subarray(face * 3, face * 3 + 3);
    rings[welded[a]].push(b, c);
    rings[welded[b]].push(c, a);
    rings[welded[c]].push(a, b);
  }
  const begins = new Uint32Array(rig.vertexCount);
  const entries: number[] = [];
  rings.forEach((ring, vertex) => {
    begins[vertex] = entries.length / 4;
    for (let k = 0; k < ring.length; k += 4) entries.push(ring[k], ring[k + 1], ring[k + 2] ?? -1, ring[k + 3] ?? -1);
  });
  for (let vertex = 0; vertex < rig.vertexCount; vertex++) {
    tables[vertex * 4 + 2] = begins[welded[vertex]];
    tables[vertex * 4 + 3] = Math.ceil(rings[welded[vertex]].length / 4);
  }
  return Float32Array.from(entries);
}
