import { readFileSync } from 'node:fs';
import { Matrix, solve } from 'ml-matrix';
import { BLENDSHAPE_NAMES } from '../../shared/rig/blendshapes.ts';
import { closestPoint } from './closestPoint.ts';
import { SKIN_LANDMARK_COUNT } from './landmarkEmbedding.ts';
import { readNpz } from './npzReader.ts';

/** ICT-FaceKit's shapes, brought to our landmarks: a yardstick, not a source of geometry. */
export interface IctReference {
  /** Displacement of the 468 mesh landmarks by shape, metres at our head's size, [468, 3]. */
  readonly shapes: ReadonlyMap<string, Float32Array>;
  /** Landmarks that found a good place on ICT's mesh, [468]. */
  readonly usable: readonly boolean[];
  /** Metres between the fitted landmark and ICT's surface, mean. */
  readonly meanResidualMeters: number;
}

/** ICT-FaceKit's vertices at the 51 inner points of the 68-point scheme and the chin (its `vertex_indices.json`). */
const ICT_VERTICES = [
  268, 493, 1914, 2044, 1401, 3615, 4240, 4114, 2734, 2509, 978, 4527, 4942, 4857, 1140, 2075, 1147, 4269, 3360,
  1507, 1542, 1537, 1528, 1518, 1511, 3742, 3751, 3756, 3721, 3725, 3732,
  5708, 5695, 2081, 0, 4275, 6200, 6213, 6346, 6461, 5518, 5957, 5841, 5702, 5711, 5533, 6216, 6207, 6470, 5517, 5966, 966,
] as const;
/** MediaPipe's landmarks at the same places. */
const MEDIAPIPE_LANDMARKS = [
  70, 63, 105, 66, 107, 336, 296, 334, 293, 300, 168, 197, 5, 4, 98, 97, 2, 326, 327,
  33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380,
  61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181, 78, 82, 13, 312, 308, 317, 14, 87, 152,
] as const;

/** The face proper; the vertices after it are sockets, mouth, eyes and teeth. */
const FACE_VERTICES = 9409;
const FAR_METERS = 0.006;

/** @param landmarks our mean head's 468 landmarks, metres, [468, 3]. */
export function loadIctReference(path: string, landmarks: Float32Array): IctReference {
  const arrays = readNpz(readFileSync(path), ['neutral', 'faces', 'expr', 'expr_names']);
  const neutral = arrays.get('neutral')!.values as Float32Array;
  const quads = arrays.get('faces')!.values as Int32Array;
  const deltas = arrays.get('expr')!.values as Float32Array;
  const names = arrays.get('expr_names')!.values as readonly string[];

  // Ours onto ICT's: similarity through the common points, thin plates for the rest, then the closest surface point.
  const ours = MEDIAPIPE_LANDMARKS.map((landmark) => pointAt(landmarks, landmark));
  const theirs = ICT_VERTICES.map((vertex) => pointAt(neutral, vertex));
  const { scale, apply } = similarity(ours, theirs);
  const warp = thinPlates(ours.map(apply), theirs);
  const faces: number[] = [];
  for (let quad = 0; quad < quads.length; quad += 4) {
    const [a, b, c, d] = quads.subarray(quad, quad + 4) as unknown as [number, number, number, number];
    if (Math.max(a, b, c, d) >= FACE_VERTICES) continue;
    faces.push(a, b, c);
    if (d !== c) faces.push(a, c, d);
  }
  const faceArray = Uint32Array.from(faces);
  const every = Array.from({ length: faceArray.length / 3 }, (_, face) => face);
  let residual = 0;
  const places = Array.from({ length: SKIN_LANDMARK_COUNT }, (_, landmark) => {
    const point = warp(apply(pointAt(landmarks, landmark)));
    const hit = closestPoint(point, neutral, faceArray, every);
    residual += hit.distance / scale / SKIN_LANDMARK_COUNT;
    return hit;
  });
  const shapes = new Map<string, Float32Array>();
  const vertexValues = neutral.length;
  names.forEach((ictName, index) => {
    const name = BLENDSHAPE_NAMES.find((candidate) => candidate === arkitName(ictName) || candidate === arkitName(ictName).replace(/(?:Left|Right)$/, ''));
    if (name === undefined) return;
    const field = shapes.get(name) ?? new Float32Array(SKIN_LANDMARK_COUNT * 3);
    places.forEach(({ face, barycentric }, landmark) => {
      for (let corner = 0; corner < 3; corner++) {
        const vertex = faceArray[face * 3 + corner]!;
        for (let axis = 0; axis < 3; axis++) {
          field[landmark * 3 + axis]! += (barycentric[corner]! * deltas[index * vertexValues + vertex * 3 + axis]!) / scale;
        }
      }
    });
    shapes.set(name, field);
  });
  return { shapes, usable: places.map(({ distance }) => distance / scale < FAR_METERS), meanResidualMeters: residual };
}

/** `eyeBlink_L` → `eyeBlinkLeft`; ICT's left is the subject's, as ours. */
function arkitName(ictName: string): string {
  return ictName.replace(/_L$/, 'Left').replace(/_R$/, 'Right');
}

type Point = [number, number, number];

function pointAt(values: Float32Array, index: number): Point {
  return [values[index * 3]!, values[index * 3 + 1]!, values[index * 3 + 2]!];
}

/** Least-squares scale and translation; both heads already face +z with y up. */
function similarity(from: readonly Point[], to: readonly Point[]): { scale: number; apply: (point: Point) => Point } {
  const mean = (points: readonly Point[]): Point => [0, 1, 2].map((axis) =>
    points.reduce((sum, point) => sum + point[axis]!, 0) / points.length) as Point;
  const a = mean(from), b = mean(to);
  let product = 0, square = 0;
  from.forEach((point, index) => {
    for (let axis = 0; axis < 3; axis++) {
      product += (point[axis]! - a[axis]!) * (to[index]![axis]! - b[axis]!);
      square += (point[axis]! - a[axis]!) ** 2;
    }
  });
  const scale = product / square;
  return { scale, apply: (point) => [0, 1, 2].map((axis) => (point[axis]! - a[axis]!) * scale + b[axis]!) as Point };
}

/** Warps space so that `from` lands on `to`: radial basis functions |r| with an affine part. */
function thinPlates(from: readonly Point[], to: readonly Point[]): (point: Point) => Point {
  const count = from.length;
  const distance = (p: Point, q: Point): number => Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]);
  const system = Matrix.zeros(count + 4, count + 4);
  const right = Matrix.zeros(count + 4, 3);
  from.forEach((p, row) => {
    from.forEach((q, column) => system.set(row, column, distance(p, q)));
    // A little slack keeps one misplaced point from wrinkling its neighbours.
    system.set(row, row, -0.02);
    [1, ...p].forEach((value, column) => {
      system.set(row, count + column, value);
      system.set(count + column, row, value);
    });
    to[row]!.forEach((value, axis) => right.set(row, axis, value));
  });
  const weights = solve(system, right);
  return (point) => [0, 1, 2].map((axis) => {
    let sum = weights.get(count, axis) + weights.get(count + 1, axis) * point[0] + weights.get(count + 2, axis) * point[1] + weights.get(count + 3, axis) * point[2];
    from.forEach((p, row) => { sum += weights.get(row, axis) * distance(p, point); });
    return sum;
  }) as Point;
}
