import type { AnalysedPortrait } from '../perception/analysedPortrait.ts';

/** What a portrait shows where: enough to tell which surface a pixel belongs to. */
export const LABEL = { background: 0, skin: 1, hair: 2, clothes: 3 } as const;

/** A coarse segmentation of the portrait. `hair` is whatever covers the head: hats and scarves too. */
export interface LabelMap {
  readonly width: number;
  readonly height: number;
  /** Map pixels per image pixel. */
  readonly scale: number;
  /** [width * height] */
  readonly labels: Uint8Array;
  /** Distance of each pixel's colour from the hair's and the skin's own, in their standard deviations, [width * height]. */
  readonly hairDistances: Float32Array;
  readonly skinDistances: Float32Array;
  /** The same from the background's colours. */
  readonly backgroundDistances: Float32Array;
  /** Median colours in [0, 1], the portrait's own. */
  readonly skinColor: readonly [number, number, number];
  readonly hairColor: readonly [number, number, number];
  readonly clothesColor: readonly [number, number, number];
}

/** MediaPipe's landmarks around the face, in order. */
export const FACE_OVAL = [
  10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136,
  172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
];
const MAP_SIZE = 200;
const CLUSTERS = 4;
const UNKNOWN_DISTANCE = 50;

/**
 * Colour models are learnt from places that are certain (cheeks and forehead; around the head above the mouth; the
 * chest), then every pixel of the matte takes the likeliest label, with priors on where hair and clothes can be.
 */
export function labelPortrait(portrait: Pick<AnalysedPortrait, 'image' | 'matte' | 'landmarks'>): LabelMap {
  const { image, landmarks } = portrait;
  const scale = Math.min(1, MAP_SIZE / Math.max(image.width, image.height));
  const width = Math.round(image.width * scale);
  const height = Math.round(image.height * scale);
  const colors = new Float32Array(width * height * 3);
  const person = new Float32Array(width * height);
  shrink(portrait, width, height, scale, colors, person);
  const px = (i: number): number => landmarks[i * 3]! * scale;
  const py = (i: number): number => landmarks[i * 3 + 1]! * scale;
  const faceWidth = Math.hypot(px(234) - px(454), py(234) - py(454));
  const chin: [number, number] = [px(152), py(152)];
  const top: [number, number] = [px(10), py(10)];
  const faceHeight = Math.hypot(chin[0] - top[0], chin[1] - top[1]);
  // A head's own axes: `down` along the face, from forehead to chin.
  const down: [number, number] = [(chin[0] - top[0]) / faceHeight, (chin[1] - top[1]) / faceHeight];
  const oval = FACE_OVAL.map((i): [number, number] => [px(i), py(i)]);
  const center: [number, number] = [(px(234) + px(454)) / 2, (py(234) + py(454)) / 2];

  const inOval = new Uint8Array(width * height);
  const along = new Float32Array(width * height);
  const ovalDistance = new Float32Array(width * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const i = y * width + x;
      inOval[i] = insidePolygon(oval, x + 0.5, y + 0.5) ? 1 : 0;
      // 0 at the forehead's top, 1 at the chin.
      along[i] = ((x + 0.5 - top[0]) * down[0] + (y + 0.5 - top[1]) * down[1]) / faceHeight;
      ovalDistance[i] = inOval[i] === 1 ? 0 : polygonDistance(oval, x + 0.5, y + 0.5) / faceWidth;
    }
  }
  const skinSeeds: number[] = [];
  const hairSeeds: number[] = [];
  const clothesSeeds: number[] = [];
  const backgroundSeeds: number[] = [];
  const skinPatches = [117, 346, 50, 280, 4, 5, 151, 9, 101, 330, 205, 425].map((i): [number, number] => [px(i), py(i)]);
  for (let i = 0; i < width * height; i += 1) {
    if (person[i]! < 0.04 && ovalDistance[i]! < 1.2) backgroundSeeds.push(i);
    if (person[i]! < 0.9) continue;
    const x = (i % width) + 0.5, y = Math.floor(i / width) + 0.5;
    if (skinPatches.some(([u, v]) => Math.hypot(x - u, y - v) < faceWidth * 0.07)) skinSeeds.push(i);
    else if (along[i]! < 0.62 && isInside(person, width, height, i) && ovalDistance[i]! > (along[i]! < 0 ? 0.1 : 0.16)) hairSeeds.push(i);
    else if (along[i]! > 1.45 && Math.abs(x - center[0]) < faceWidth * 1.1) clothesSeeds.push(i);
  }
  const skin = clusterColors(colors, skinSeeds);
  // A high forehead reaches past the landmarks: skin is no hair, unless there is nothing else on the head.
  const unlikeSkin = hairSeeds.filter((i) => skin === undefined || modelDistance(skin, colors, i) > 3);
  const covered = unlikeSkin.length > 0.2 * hairSeeds.length ? unlikeSkin : hairSeeds;
  const hair = clusterColors(colors, covered);
  const clothes = clusterColors(colors, clothesSeeds.filter((i) => hair === undefined || skin === undefined
    || Math.min(modelDistance(hair, colors, i), modelDistance(skin, colors, i)) > 2) ) ?? clusterColors(colors, clothesSeeds);
  const labels = new Uint8Array(width * height);
  const hairDistances = new Float32Array(width * height);
  const skinDistances = new Float32Array(width * height);
  const backgroundDistances = new Float32Array(width * height);
  const background = clusterColors(colors, backgroundSeeds);
  const across: [number, number] = [-down[1], down[0]];
  for (let i = 0; i < width * height; i += 1) {
    if (person[i]! < 0.5) continue;
    const t = along[i]!;
    const x = (i % width) + 0.5, y = Math.floor(i / width) + 0.5;
    const sideways = Math.abs((x - chin[0]) * across[0] + (y - chin[1]) * across[1]) / faceWidth;
    const costs = labelCosts(t, sideways, inOval[i] === 1, ovalDistance[i]!);
    skinDistances[i] = skin === undefined ? UNKNOWN_DISTANCE : modelDistance(skin, colors, i);
    hairDistances[i] = hair === undefined ? UNKNOWN_DISTANCE : modelDistance(hair, colors, i);
    backgroundDistances[i] = background === undefined ? UNKNOWN_DISTANCE : modelDistance(background, colors, i);
    const skinCost = skinDistances[i]! + costs.skin;
    const hairCost = hairDistances[i]! + costs.hair;
    const clothesCost = (clothes === undefined ? UNKNOWN_DISTANCE : modelDistance(clothes, colors, i)) + costs.clothes;
    labels[i] = skinCost <= hairCost && skinCost <= clothesCost ? LABEL.skin : hairCost <= clothesCost ? LABEL.hair : LABEL.clothes;
  }
  const smoothed = majority(majority(labels, width, height), width, height);
  cutLooseHair(smoothed, along, width, height);
  return {
    width, height, scale, labels: smoothed, hairDistances, skinDistances, backgroundDistances,
    skinColor: medianColor(colors, skinSeeds, [0.7, 0.55, 0.45]),
    hairColor: medianColor(colors, covered, [0.2, 0.17, 0.15]),
    clothesColor: medianColor(colors, clothesSeeds, [0.4, 0.4, 0.42]),
  };
}

/**
 * Hair below the chin hangs from the head: what is coloured like it but not joined to it through hair is clothes.
 * Labels are changed in place.
 */
function cutLooseHair(labels: Uint8Array, along: Float32Array, width: number, height: number): void {
  const joined = new Uint8Array(labels.length);
  const open: number[] = [];
  for (let i = 0; i < labels.length; i += 1) if (labels[i] === LABEL.hair && along[i]! < 0.7) { joined[i] = 1; open.push(i); }
  while (open.length > 0) {
    const i = open.pop()!;
    const x = i % width, y = Math.floor(i / width);
    for (const [u, v] of [[x - 1, y], [x + 1, y], [x, y - 1], [x, y + 1]] as const) {
      if (u < 0 || v < 0 || u >= width || v >= height) continue;
      const j = v * width + u;
      if (labels[j] !== LABEL.hair || joined[j] === 1) continue;
      joined[j] = 1;
      open.push(j);
    }
  }
  for (let i = 0; i < labels.length; i += 1) if (labels[i] === LABEL.hair && joined[i] === 0) labels[i] = LABEL.clothes;
}

/** Whether the person goes on for a few pixels around: the matte's rim is mixed with the background. */
function isInside(person: Float32Array, width: number, height: number, i: number): boolean {
  const x = i % width, y = Math.floor(i / width);
  for (const [dx, dy] of [[-3, 0], [3, 0], [0, -3], [0, 3], [-2, -2], [2, -2], [-2, 2], [2, 2]] as const) {
    const u = x + dx, v = y + dy;
    if (u >= 0 && v >= 0 && u < width && v < height && person[v * width + u]! < 0.9) return false;
  }
  return true;
}

/**
 * How unlikely each label is at a place, in standard deviations of colour. `t` runs from 0 at the forehead's top to 1
 * at the chin, `sideways` and `ovalDistance` are in face widths.
 */
function labelCosts(t: number, sideways: number, inOval: boolean, ovalDistance: number): { skin: number; hair: number; clothes: number } {
  if (inOval) return { skin: -2, hair: t > 0.2 ? 4 : 0, clothes: 12 };
  if (t < 0.95) {
    // Beside the face: hair, or an ear that reaches out a little at eye and nose height.
    const ear = t > 0.2 && ovalDistance < 0.16;
    const forehead = t < 0 && t > -0.18 && ovalDistance < 0.14;
    return { skin: ear ? 0.5 : forehead ? 1.2 : t < 0 ? 4 : 3, hair: 0, clothes: 6 };
  }
  // Below the chin: the neck is skin unless it clearly is not; beside it hair, down to where it hangs no longer.
  const neckWidth = 0.47 + 0.25 * Math.max(0, t - 1.15);
  const inNeck = sideways < neckWidth && t < 1.75;
  return {
    skin: inNeck ? -1.5 : 1.5 + Math.max(0, t - 1.6) * 2,
    hair: (inNeck ? 3.5 : 0) + Math.max(0, t - 1.2) * 1.5 + (sideways > 1 ? 2 : 0),
    clothes: t < 1.12 ? 3 : 0,
  };
}

/** A map of `LabelMap` at an image pixel; `UNKNOWN_DISTANCE` outside the image. */
export function distanceIn(map: LabelMap, distances: Float32Array, x: number, y: number): number {
  const i = Math.floor(x * map.scale), j = Math.floor(y * map.scale);
  if (i < 0 || j < 0 || i >= map.width || j >= map.height) return UNKNOWN_DISTANCE;
  return distances[j * map.width + i]!;
}

/** Label at an image pixel; background outside the image. */
export function labelAt(map: LabelMap, x: number, y: number): number {
  const i = Math.floor(x * map.scale), j = Math.floor(y * map.scale);
  if (i < 0 || j < 0 || i >= map.width || j >= map.height) return LABEL.background;
  return map.labels[j * map.width + i]!;
}

function shrink(
  { image, matte }: Pick<AnalysedPortrait, 'image' | 'matte'>, width: number, height: number, scale: number,
  colors: Float32Array, person: Float32Array,
): void {
  const counts = new Float32Array(width * height);
  for (let y = 0; y < image.height; y += 1) {
    const j = Math.min(height - 1, Math.floor(y * scale));
    for (let x = 0; x < image.width; x += 1) {
      const i = j * width + Math.min(width - 1, Math.floor(x * scale));
      const from = y * image.width + x;
      counts[i] = counts[i]! + 1;
      person[i] = person[i]! + matte[from]! / 255;
      for (let c = 0; c < 3; c += 1) colors[i * 3 + c] = colors[i * 3 + c]! + image.data[from * 3 + c]! / 255;
    }
  }
  for (let i = 0; i < counts.length; i += 1) {
    const n = Math.max(1, counts[i]!);
    person[i] = person[i]! / n;
    for (let c = 0; c < 3; c += 1) colors[i * 3 + c] = colors[i * 3 + c]! / n;
  }
}

/** Cluster centres and spreads in an opponent space where brightness counts less than hue. */
interface ColorModel { readonly centers: Float32Array; readonly spreads: Float32Array; readonly count: number }

function opponent(colors: Float32Array, i: number): [number, number, number] {
  const r = colors[i * 3]!, g = colors[i * 3 + 1]!, b = colors[i * 3 + 2]!;
  return [0.6 * (0.3 * r + 0.59 * g + 0.11 * b), 1.5 * (r - g), 1.2 * (0.5 * (r + g) - b)];
}

function clusterColors(colors: Float32Array, seeds: readonly number[]): ColorModel | undefined {
  if (seeds.length < 12) return undefined;
  const points = seeds.map((i) => opponent(colors, i));
  points.sort((a, b) => a[0] - b[0]);
  const count = Math.min(CLUSTERS, points.length);
  const centers = new Float32Array(count * 3);
  for (let k = 0; k < count; k += 1) centers.set(points[Math.floor(((k + 0.5) / count) * points.length)]!, k * 3);
  const spreads = new Float32Array(count).fill(0.03);
  for (let round = 0; round < 8; round += 1) {
    const sums = new Float64Array(count * 5);
    for (const p of points) {
      let best = 0;
      let bestDistance = Infinity;
      for (let k = 0; k < count; k += 1) {
        const d = (p[0] - centers[k * 3]!) ** 2 + (p[1] - centers[k * 3 + 1]!) ** 2 + (p[2] - centers[k * 3 + 2]!) ** 2;
        if (d < bestDistance) { bestDistance = d; best = k; }
      }
      for (let c = 0; c < 3; c += 1) sums[best * 5 + c] = sums[best * 5 + c]! + p[c]!;
      sums[best * 5 + 3] = sums[best * 5 + 3]! + 1;
      sums[best * 5 + 4] = sums[best * 5 + 4]! + bestDistance;
    }
    for (let k = 0; k < count; k += 1) {
      const n = sums[k * 5 + 3]!;
      if (n === 0) continue;
      for (let c = 0; c < 3; c += 1) centers[k * 3 + c] = sums[k * 5 + c]! / n;
      spreads[k] = Math.max(0.02, Math.sqrt(sums[k * 5 + 4]! / n / 3));
    }
  }
  return { centers, spreads, count };
}

function modelDistance(model: ColorModel, colors: Float32Array, i: number): number {
  const p = opponent(colors, i);
  let best = Infinity;
  for (let k = 0; k < model.count; k += 1) {
    const d = Math.hypot(p[0] - model.centers[k * 3]!, p[1] - model.centers[k * 3 + 1]!, p[2] - model.centers[k * 3 + 2]!);
    best = Math.min(best, d / model.spreads[k]!);
  }
  return best;
}

function medianColor(colors: Float32Array, seeds: readonly number[], fallback: [number, number, number]): [number, number, number] {
  if (seeds.length === 0) return fallback;
  const median = (c: number): number => seeds.map((i) => colors[i * 3 + c]!).sort((a, b) => a - b)[seeds.length >> 1]!;
  return [median(0), median(1), median(2)];
}

function majority(labels: Uint8Array, width: number, height: number): Uint8Array {
  const out = Uint8Array.from(labels);
  const votes = new Uint8Array(4);
  for (let y = 2; y < height - 2; y += 1) {
    for (let x = 2; x < width - 2; x += 1) {
      const i = y * width + x;
      if (labels[i] === LABEL.background) continue;
      votes.fill(0);
      for (let dy = -2; dy <= 2; dy += 1) for (let dx = -2; dx <= 2; dx += 1) votes[labels[i + dy * width + dx]!]! += 1;
      votes[LABEL.background] = 0;
      out[i] = votes.indexOf(Math.max(...votes));
    }
  }
  return out;
}

export function insidePolygon(polygon: readonly (readonly [number, number])[], x: number, y: number): boolean {
  let inside = false;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i, i += 1) {
    const [xi, yi] = polygon[i]!;
    const [xj, yj] = polygon[j]!;
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}

export function polygonDistance(polygon: readonly (readonly [number, number])[], x: number, y: number): number {
  let best = Infinity;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i, i += 1) {
    const [ax, ay] = polygon[j]!;
    const [bx, by] = polygon[i]!;
    const ex = bx - ax, ey = by - ay;
    const t = Math.min(1, Math.max(0, ((x - ax) * ex + (y - ay) * ey) / Math.max(ex * ex + ey * ey, 1e-9)));
    best = Math.min(best, Math.hypot(x - ax - t * ex, y - ay - t * ey));
  }
  return best;
}
