import type { Camera, Vector3 } from './camera.ts';
import { project } from './camera.ts';
import type { LightField, LightStyle } from './lighting.ts';
import { valueNoise } from './noise.ts';
import { collectStrands, rasterize } from './rasterizer.ts';
import type { Visibility } from './rasterizer.ts';
import type { Material, Scene } from './scene.ts';
import { isStrand } from './scene.ts';
import { scatterUnderSkin } from './skinScattering.ts';
import { bumpSkinNormal, receiveLight, surroundings } from './surfaceShading.ts';
import type { Gloss, ShadingPoint } from './surfaceShading.ts';
import { sampleBicubic, sampleBilinear } from './texture.ts';
import type { Texture } from './texture.ts';

/** Samples along each side of a pixel. */
export const SUPERSAMPLING = 2;

/** A picture in linear light, premultiplied by its coverage. */
export interface LinearImage {
  readonly width: number;
  readonly height: number;
  /** [height, width, 3] */
  readonly color: Float32Array;
  /** [height, width] */
  readonly alpha: Float32Array;
}

export interface Eyeball {
  readonly center: Vector3;
  /** Unit vector along the gaze. */
  readonly axis: Vector3;
  readonly radius: number;
}

export interface Look {
  readonly seed: number;
  readonly style: LightStyle;
  readonly eyeballs: readonly Eyeball[];
  /** Strength of pores and creases. */
  readonly skinRelief: number;
  readonly skinShine: number;
  /** Colour of the skin at a rest position, multiplied onto the texture: stubble, blush, freckles; [3] in place. */
  readonly tintSkin: (x: number, y: number, z: number, color: Float32Array) => void;
}

const NO_GLOSS: Gloss = { f0: 0, roughness: 1, strength: 0 };
const NO_WRAP: readonly [number, number, number] = [0, 0, 0];
const SKIN_WRAP: readonly [number, number, number] = [0.22, 0.1, 0.06];

/**
 * Draws the scene with its lights.
 * @param supersampling samples along each side of a pixel
 */
export function renderScene(scene: Scene, camera: Camera, field: LightField, look: Look, supersampling: number = SUPERSAMPLING): LinearImage {
  const S = supersampling;
  const width = camera.width * S;
  const height = camera.height * S;
  const fine: Camera = { ...camera, width, height, focalPixels: camera.focalPixels * S,
    principalPoint: [camera.principalPoint[0] * S, camera.principalPoint[1] * S] };
  const target = { width, height, projected: project(fine, scene.positions), perspective: true };
  const visible = rasterize(scene, target, 'skip');
  const color = shadeOpaque(scene, fine, visible, field, look, target.projected);
  const out: LinearImage = { width: camera.width, height: camera.height,
    color: new Float32Array(camera.width * camera.height * 3), alpha: new Float32Array(camera.width * camera.height) };
  layStrands(scene, target, visible, field, color, S, out);
  return out;
}

/** Reused by every pixel, in double precision so that nothing is rounded on the way. */
const WEIGHTS = new Float64Array(3);

/**
 * Perspective-correct weights of a projected triangle's corners, given as offsets into `projected`, at a pixel. Returns
 * twice the triangle's signed area on the screen.
 */
function perspectiveWeights(projected: Float32Array, a: number, b: number, c: number, x: number, y: number, out: Float64Array): number {
  const xa = projected[a]!;
  const ya = projected[a + 1]!;
  const area = (projected[b]! - xa) * (projected[c + 1]! - ya) - (projected[c]! - xa) * (projected[b + 1]! - ya);
  let wb = ((x - xa) * (projected[c + 1]! - ya) - (projected[c]! - xa) * (y - ya)) / area;
  let wc = ((projected[b]! - xa) * (y - ya) - (x - xa) * (projected[b + 1]! - ya)) / area;
  const wa = (1 - wb - wc) * projected[a + 2]!;
  wb *= projected[b + 2]!;
  wc *= projected[c + 2]!;
  const sum = 1 / (wa + wb + wc);
  out[0] = wa * sum;
  out[1] = wb * sum;
  out[2] = wc * sum;
  return area;
}

/** Fills `point` for a pixel of a triangle and writes its texture coordinates to `uv`. */
function interpolate(scene: Scene, projected: Float32Array, camera: Camera, triangle: number, x: number, y: number,
  point: ShadingPoint, uv: Float32Array): void {
  const a = scene.triangles[triangle * 3]! * 3;
  const b = scene.triangles[triangle * 3 + 1]! * 3;
  const c = scene.triangles[triangle * 3 + 2]! * 3;
  const area = perspectiveWeights(projected, a, b, c, x, y, WEIGHTS);
  const wa = WEIGHTS[0]!, wb = WEIGHTS[1]!, wc = WEIGHTS[2]!;
  const { positions: p, normals: n, restPositions: r, cornerUvs: t } = scene;
  point.px = wa * p[a]! + wb * p[b]! + wc * p[c]!;
  point.py = wa * p[a + 1]! + wb * p[b + 1]! + wc * p[c + 1]!;
  point.pz = wa * p[a + 2]! + wb * p[b + 2]! + wc * p[c + 2]!;
  point.rx = wa * r[a]! + wb * r[b]! + wc * r[c]!;
  point.ry = wa * r[a + 1]! + wb * r[b + 1]! + wc * r[c + 1]!;
  point.rz = wa * r[a + 2]! + wb * r[b + 2]! + wc * r[c + 2]!;
  let nx = wa * n[a]! + wb * n[b]! + wc * n[c]!;
  let ny = wa * n[a + 1]! + wb * n[b + 1]! + wc * n[c + 1]!;
  let nz = wa * n[a + 2]! + wb * n[b + 2]! + wc * n[c + 2]!;
  let vx = camera.position[0] - point.px;
  let vy = camera.position[1] - point.py;
  let vz = camera.position[2] - point.pz;
  const iv = 1 / Math.sqrt(vx * vx + vy * vy + vz * vz);
  vx *= iv;
  vy *= iv;
  vz *= iv;
  let scale = 1 / (Math.sqrt(nx * nx + ny * ny + nz * nz) || 1);
  if (area > 0) scale = -scale; // Screen y points down: seen from behind.
  nx *= scale;
  ny *= scale;
  nz *= scale;
  point.nx = nx;
  point.ny = ny;
  point.nz = nz;
  point.vx = vx;
  point.vy = vy;
  point.vz = vz;
  const i = triangle * 6;
  uv[0] = wa * t[i]! + wb * t[i + 2]! + wc * t[i + 4]!;
  uv[1] = wa * t[i + 1]! + wb * t[i + 3]! + wc * t[i + 5]!;
}

function newPoint(): ShadingPoint {
  return { px: 0, py: 0, pz: 0, nx: 0, ny: 0, nz: 0, vx: 0, vy: 0, vz: 0, rx: 0, ry: 0, rz: 0 };
}

/** Colour of every sample of the opaque surface, [height, width, 3]. */
function shadeOpaque(scene: Scene, camera: Camera, visible: Visibility, field: LightField, look: Look,
  projected: Float32Array): Float32Array {
  const { width, height, triangles } = visible;
  const color = new Float32Array(width * height * 3);
  const skinAlbedo = new Float32Array(width * height * 3);
  const skinLight = new Float32Array(width * height * 3);
  const isSkin = new Uint8Array(width * height);
  const point = newPoint();
  const uv = new Float32Array(2);
  const texel = new Float32Array(4);
  const normal = new Float32Array(3);
  const received = { diffuse: new Float32Array(3), specular: new Float32Array(3) };
  const mirror = new Float32Array(3);
  let noise = look.seed * 7919 + 1;
  const jitter = (): number => {
    noise = (Math.imul(noise, 1664525) + 1013904223) | 0;
    return ((noise >>> 8) / 16777216 - 0.5) * 3;
  };
  for (let pixel = 0; pixel < triangles.length; pixel++) {
    const triangle = triangles[pixel]!;
    if (triangle < 0) continue;
    const material = scene.materials[scene.triangleMaterials[triangle]!]!;
    interpolate(scene, projected, camera, triangle, (pixel % width) + 0.5, Math.floor(pixel / width) + 0.5, point, uv);
    normal[0] = point.nx;
    normal[1] = point.ny;
    normal[2] = point.nz;
    const o = pixel * 3;
    if (material.kind === 'skin') {
      sampleBicubic(material.texture!, uv[0]!, uv[1]!, texel);
      for (let k = 0; k < 3; k++) texel[k]! *= material.color[k]!;
      look.tintSkin(point.rx, point.ry, point.rz, texel);
      if (look.skinRelief > 0) bumpSkinNormal(point, look.skinRelief, look.seed, normal);
      const gloss = { f0: 0.028, roughness: 0.5, strength: look.skinShine * (0.7 + 0.6 * valueNoise(point.rx * 300, point.ry * 300, point.rz * 300, look.seed)) };
      // The diffuse normal takes a part of the relief: scattering smooths the rest away.
      point.nx += 0.35 * (normal[0]! - point.nx);
      point.ny += 0.35 * (normal[1]! - point.ny);
      point.nz += 0.35 * (normal[2]! - point.nz);
      receiveLight(field, point, normal, gloss, SKIN_WRAP, 0.0035, jitter(), jitter(), received);
      isSkin[pixel] = 1;
      for (let k = 0; k < 3; k++) {
        skinAlbedo[o + k] = texel[k]!;
        skinLight[o + k] = received.diffuse[k]!;
        color[o + k] = received.specular[k]!;
      }
      continue;
    }
    let gloss = NO_GLOSS;
    if (material.texture !== undefined) sampleBilinear(material.texture, uv[0]!, uv[1]!, texel);
    else texel.fill(1);
    for (let k = 0; k < 3; k++) texel[k]! *= material.color[k]!;
    if (material.kind === 'eye') {
      // The painted brown iris is nearly red.
      texel[0]! -= 0.65 * Math.max(0, texel[0]! - 2.4 * texel[1]!);
      bendToCornea(point, look.eyeballs, normal);
    }
    if (material.kind === 'mouth') gloss = { f0: 0.04, roughness: 0.35, strength: 0.6 };
    if (material.kind === 'cloth') gloss = { f0: 0.02, roughness: 0.8, strength: 0.5 };
    if (material.kind === 'frame') gloss = { f0: 0.05, roughness: 0.25, strength: 1 };
    if (material.kind === 'cloth') weave(point, uv, texel, look.seed);
    receiveLight(field, point, normal, gloss, material.kind === 'eye' ? [0.25, 0.2, 0.18] : NO_WRAP, 0.003, jitter(), jitter(), received);
    for (let k = 0; k < 3; k++) color[o + k] = texel[k]! * received.diffuse[k]! + received.specular[k]!;
    if (material.kind === 'eye') {
      const nv = normal[0]! * point.vx + normal[1]! * point.vy + normal[2]! * point.vz;
      surroundings(look.style, 2 * nv * normal[0]! - point.vx, 2 * nv * normal[1]! - point.vy, 2 * nv * normal[2]! - point.vz, mirror);
      const fresnel = 0.03 + 0.6 * (1 - Math.max(0, nv)) ** 5;
      // What the lids shade is also dark in the mirror.
      const open = Math.min(1, (received.diffuse[0]! + received.diffuse[1]! + received.diffuse[2]!) / 1.2);
      for (let k = 0; k < 3; k++) color[o + k]! += fresnel * open * Math.min(mirror[k]!, 30);
    }
  }
  scatterUnderSkin(skinLight, isSkin, width, height, camera.focalPixels / Math.hypot(
    camera.position[0], camera.position[2]));
  for (let pixel = 0; pixel < triangles.length; pixel++) {
    if (isSkin[pixel] === 0) continue;
    for (let k = 0; k < 3; k++) color[pixel * 3 + k]! += skinAlbedo[pixel * 3 + k]! * skinLight[pixel * 3 + k]!;
  }
  return color;
}

/** The front of the eye mirrors like two spheres: the white and the steeper cornea. */
function bendToCornea(point: ShadingPoint, eyeballs: readonly Eyeball[], normal: Float32Array): void {
  let best: Eyeball | undefined;
  let nearest = Infinity;
  for (const eye of eyeballs) {
    const d = Math.hypot(point.px - eye.center[0], point.py - eye.center[1], point.pz - eye.center[2]);
    if (d < nearest) { nearest = d; best = eye; }
  }
  if (best === undefined || nearest === 0) return;
  const x = point.px - best.center[0];
  const y = point.py - best.center[1];
  const z = point.pz - best.center[2];
  const cosine = (x * best.axis[0] + y * best.axis[1] + z * best.axis[2]) / nearest;
  // The cornea covers about 28 degrees around the gaze and is centred well in front of the eyeball's centre.
  const forward = cosine > 0.88 ? best.radius * 0.45 * Math.min(1, (cosine - 0.88) / 0.02) : 0;
  const nx = x - best.axis[0] * forward;
  const ny = y - best.axis[1] * forward;
  const nz = z - best.axis[2] * forward;
  const inverse = 1 / Math.hypot(nx, ny, nz);
  normal[0] = nx * inverse;
  normal[1] = ny * inverse;
  normal[2] = nz * inverse;
}

function weave(point: ShadingPoint, uv: Float32Array, texel: Float32Array, seed: number): void {
  const thread = 0.5 + 0.25 * Math.sin(uv[0]! * 2200) + 0.25 * Math.sin(uv[1]! * 2200);
  const wear = valueNoise(point.rx * 60, point.ry * 60, point.rz * 60, seed + 3);
  const factor = 0.86 + 0.12 * thread + 0.12 * (wear - 0.5);
  for (let k = 0; k < 3; k++) texel[k]! *= factor;
}

/** Light on each point of strands: diffuse, wrapped all round because a strand has no front. */
function lightStrandPoints(scene: Scene, field: LightField): Float32Array {
  const light = new Float32Array(scene.positions.length);
  const wanted = new Uint8Array(scene.positions.length / 3);
  for (let t = 0; t < scene.triangleMaterials.length; t++) {
    if (!isStrand(scene.materials[scene.triangleMaterials[t]!]!.kind)) continue;
    for (let k = 0; k < 3; k++) wanted[scene.triangles[t * 3 + k]!] = 1;
  }
  for (let p = 0; p < wanted.length; p++) {
    if (wanted[p] === 0) continue;
    const [x, y, z] = [scene.positions[p * 3]!, scene.positions[p * 3 + 1]!, scene.positions[p * 3 + 2]!];
    const [nx, ny, nz] = [scene.normals[p * 3]!, scene.normals[p * 3 + 1]!, scene.normals[p * 3 + 2]!];
    for (let i = 0; i < field.count; i++) {
      const d = i * 3;
      const nl = nx * field.directions[d]! + ny * field.directions[d + 1]! + nz * field.directions[d + 2]!;
      const weight = Math.max(0, (nl + 0.45) / 1.45);
      if (weight === 0) continue;
      // Hair lets light through to some depth: two tests, one of them lenient.
      let reached = 0;
      if (field.reaches(i, x, y, z, 0.006, 0, 0)) reached += 0.6;
      if (field.reaches(i, x, y, z, 0.018, 0, 0)) reached += 0.4;
      if (reached === 0) continue;
      for (let k = 0; k < 3; k++) light[p * 3 + k]! += weight * reached * field.colors[d + k]!;
    }
  }
  return light;
}

/** Blends strands over the opaque colours, averages samples to pixels. */
function layStrands(scene: Scene, target: { width: number; height: number; projected: Float32Array; perspective: boolean },
  visible: Visibility, field: LightField, color: Float32Array, supersampling: number, out: LinearImage): void {
  const { width, height, projected } = target;
  const strands = collectStrands(scene, target, visible);
  const light = lightStrandPoints(scene, field);
  const meanBrightness = scene.materials.map((material) => (isStrand(material.kind) ? brightnessOf(material) : 1));
  const order: number[] = [];
  const texel = new Float32Array(4);
  const uv = new Float32Array(2);
  const lit = new Float32Array(6);
  const share = 1 / (supersampling * supersampling);
  for (let pixel = 0; pixel < width * height; pixel++) {
    const x = pixel % width;
    const y = Math.floor(pixel / width);
    let r = color[pixel * 3]!;
    let g = color[pixel * 3 + 1]!;
    let b = color[pixel * 3 + 2]!;
    let coverage = visible.triangles[pixel]! >= 0 ? 1 : 0;
    order.length = 0;
    for (let f = strands.heads[pixel]!; f >= 0; f = strands.next[f]!) order.push(f);
    if (order.length > 1) order.sort((p, q) => strands.nearness[p]! - strands.nearness[q]!);
    for (const f of order) {
      const triangle = strands.triangles[f]!;
      const index = scene.triangleMaterials[triangle]!;
      const material = scene.materials[index]!;
      interpolateLight(scene, projected, light, triangle, x + 0.5, y + 0.5, uv, lit);
      sampleBilinear(material.texture!, uv[0]!, uv[1]!, texel);
      const alpha = Math.min(1, texel[3]! * (material.kind === 'hair' ? 1.15 : 1));
      const streak = material.kind === 'hair' ? 0.72 + 0.56 * valueNoise(lit[3]! * 2300, lit[4]! * 260, lit[5]! * 2300, 11) : 1;
      const tone = streak * strandTone(material, (0.2126 * texel[0]! + 0.7152 * texel[1]! + 0.0722 * texel[2]!) / meanBrightness[index]!);
      r += alpha * (material.color[0] * tone * lit[0]! - r);
      g += alpha * (material.color[1] * tone * lit[1]! - g);
      b += alpha * (material.color[2] * tone * lit[2]! - b);
      coverage += alpha * (1 - coverage);
    }
    if (coverage === 0) continue;
    const q = Math.floor(y / supersampling) * out.width + Math.floor(x / supersampling);
    out.color[q * 3]! += r * share;
    out.color[q * 3 + 1]! += g * share;
    out.color[q * 3 + 2]! += b * share;
    out.alpha[q]! += coverage * share;
  }
}

function strandTone(material: Material, brightness: number): number {
  if (material.kind === 'lash') return 1;
  return 0.25 + 0.75 * Math.min(3, brightness ** 0.85);
}

const brightnesses = new WeakMap<Texture, number>();

/** Mean brightness of the painted part of a texture. */
function brightnessOf({ texture }: Material): number {
  let known = brightnesses.get(texture!);
  if (known === undefined) brightnesses.set(texture!, known = measureBrightness(texture!));
  return known;
}

function measureBrightness({ data }: Texture): number {
  let sum = 0;
  let weight = 0;
  for (let i = 0; i < data.length; i += 4) {
    const a = data[i + 3]!;
    if (a < 128) continue;
    sum += 0.2126 * (data[i]! / 255) ** 2.2 + 0.7152 * (data[i + 1]! / 255) ** 2.2 + 0.0722 * (data[i + 2]! / 255) ** 2.2;
    weight++;
  }
  return Math.max(0.004, sum / Math.max(1, weight));
}

/** Light (first three of `lit`) and rest position (last three) of a strand's fragment. */
function interpolateLight(scene: Scene, projected: Float32Array, light: Float32Array, triangle: number, x: number, y: number,
  uv: Float32Array, lit: Float32Array): void {
  const a = scene.triangles[triangle * 3]! * 3;
  const b = scene.triangles[triangle * 3 + 1]! * 3;
  const c = scene.triangles[triangle * 3 + 2]! * 3;
  perspectiveWeights(projected, a, b, c, x, y, WEIGHTS);
  const wa = WEIGHTS[0]!, wb = WEIGHTS[1]!, wc = WEIGHTS[2]!;
  const t = scene.cornerUvs;
  const i = triangle * 6;
  uv[0] = wa * t[i]! + wb * t[i + 2]! + wc * t[i + 4]!;
  uv[1] = wa * t[i + 1]! + wb * t[i + 3]! + wc * t[i + 5]!;
  const rest = scene.restPositions;
  for (let k = 0; k < 3; k++) {
    lit[k] = wa * light[a + k]! + wb * light[b + k]! + wc * light[c + k]!;
    lit[3 + k] = wa * rest[a + k]! + wb * rest[b + k]! + wc * rest[c + k]!;
  }
}
