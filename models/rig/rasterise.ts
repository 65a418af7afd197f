/** A small z-buffer rasteriser for looking at rigs without a GPU: smooth normals, one light, one tint a face. */
export interface RasterScene {
  /** [vertexCount, 3] */
  readonly positions: Float32Array;
  /** [faceCount, 3] */
  readonly faces: Uint32Array;
  /** Linear tint of each face, in [0, 1], [faceCount, 3]. */
  readonly faceTints: Float32Array;
  /** Faces to leave out. */
  readonly hidden?: (face: number) => boolean;
  /** Tint seen on back faces; undefined draws them like front faces. */
  readonly backTint?: readonly [number, number, number];
  /** Tint by face and the barycentric weights of the second and third vertex, instead of `faceTints`. */
  readonly tintAt?: (face: number, u: number, v: number, out: Float64Array) => void;
}

export interface RasterCamera {
  readonly width: number;
  readonly height: number;
  /** What the picture is centred on, metres. */
  readonly target: readonly [number, number, number];
  /** Radians the camera moves around the target. */
  readonly yawRadians: number;
  readonly pitchRadians: number;
  /** Height of the view at the target, metres. */
  readonly viewHeightMeters: number;
  readonly distanceMeters: number;
}

const SUPERSAMPLING = 2;

/** Renders the scene; RGB, 8 bits a channel, rows from the top, [height, width, 3]. */
export function rasterise(scene: RasterScene, camera: RasterCamera): Uint8Array {
  const width = camera.width * SUPERSAMPLING;
  const height = camera.height * SUPERSAMPLING;
  const view = projectVertices(scene.positions, camera, width, height);
  const normals = vertexNormals(scene.positions, scene.faces);
  const depths = new Float32Array(width * height).fill(Infinity);
  const colors = new Float32Array(width * height * 3).fill(0.82);
  const tint = new Float64Array(3);
  const light = lightDirection(camera);
  for (let face = 0; face < scene.faces.length / 3; face++) {
    if (scene.hidden?.(face) === true) continue;
    const a = scene.faces[face * 3]!;
    const b = scene.faces[face * 3 + 1]!;
    const c = scene.faces[face * 3 + 2]!;
    const ax = view[a * 3]!, ay = view[a * 3 + 1]!, bx = view[b * 3]!, by = view[b * 3 + 1]!;
    const cx = view[c * 3]!, cy = view[c * 3 + 1]!;
    const area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);
    if (area === 0) continue;
    const back = area > 0;
    const minX = Math.max(0, Math.ceil(Math.min(ax, bx, cx) - 0.5));
    const maxX = Math.min(width - 1, Math.floor(Math.max(ax, bx, cx) - 0.5));
    const minY = Math.max(0, Math.ceil(Math.min(ay, by, cy) - 0.5));
    const maxY = Math.min(height - 1, Math.floor(Math.max(ay, by, cy) - 0.5));
    for (let y = minY; y <= maxY; y++) {
      for (let x = minX; x <= maxX; x++) {
        const px = x + 0.5, py = y + 0.5;
        const u = ((px - ax) * (cy - ay) - (py - ay) * (cx - ax)) / area;
        const v = ((bx - ax) * (py - ay) - (by - ay) * (px - ax)) / area;
        const w = 1 - u - v;
        if (u < 0 || v < 0 || w < 0) continue;
        const depth = w * view[a * 3 + 2]! + u * view[b * 3 + 2]! + v * view[c * 3 + 2]!;
        const pixel = y * width + x;
        if (depth >= depths[pixel]!) continue;
        depths[pixel] = depth;
        let nx = w * normals[a * 3]! + u * normals[b * 3]! + v * normals[c * 3]!;
        let ny = w * normals[a * 3 + 1]! + u * normals[b * 3 + 1]! + v * normals[c * 3 + 1]!;
        let nz = w * normals[a * 3 + 2]! + u * normals[b * 3 + 2]! + v * normals[c * 3 + 2]!;
        const length = Math.hypot(nx, ny, nz) || 1;
        const side = back ? -1 : 1;
        nx *= side / length; ny *= side / length; nz *= side / length;
        const shade = 0.28 + 0.72 * Math.max(0, nx * light[0] + ny * light[1] + nz * light[2]);
        if (back && scene.backTint !== undefined) tint.set(scene.backTint);
        else if (scene.tintAt !== undefined) scene.tintAt(face, u, v, tint);
        else for (let channel = 0; channel < 3; channel++) tint[channel] = scene.faceTints[face * 3 + channel]!;
        for (let channel = 0; channel < 3; channel++) colors[pixel * 3 + channel] = shade * tint[channel]!;
      }
    }
  }
  return downsample(colors, camera.width, camera.height);
}

/** Pixel x, pixel y (rows from the top) and distance of every vertex. */
function projectVertices(positions: Float32Array, camera: RasterCamera, width: number, height: number): Float32Array {
  const [right, up, backward] = cameraAxes(camera);
  const focal = (height * camera.distanceMeters) / camera.viewHeightMeters;
  const view = new Float32Array(positions.length);
  for (let start = 0; start < positions.length; start += 3) {
    const x = positions[start]! - camera.target[0];
    const y = positions[start + 1]! - camera.target[1];
    const z = positions[start + 2]! - camera.target[2];
    const distance = camera.distanceMeters - (x * backward[0] + y * backward[1] + z * backward[2]);
    const scale = focal / Math.max(distance, 1e-3);
    view[start] = width / 2 + scale * (x * right[0] + y * right[1] + z * right[2]);
    view[start + 1] = height / 2 - scale * (x * up[0] + y * up[1] + z * up[2]);
    view[start + 2] = distance;
  }
  return view;
}

type Vector = readonly [number, number, number];

function cameraAxes({ yawRadians: yaw, pitchRadians: pitch }: RasterCamera): [Vector, Vector, Vector] {
  const backward: Vector = [Math.sin(yaw) * Math.cos(pitch), Math.sin(pitch), Math.cos(yaw) * Math.cos(pitch)];
  const right: Vector = [Math.cos(yaw), 0, -Math.sin(yaw)];
  const up: Vector = [-Math.sin(yaw) * Math.sin(pitch), Math.cos(pitch), -Math.cos(yaw) * Math.sin(pitch)];
  return [right, up, backward];
}

/** A key light above and beside the camera. */
function lightDirection(camera: RasterCamera): Vector {
  const [right, up, backward] = cameraAxes(camera);
  const mix = [0, 1, 2].map((axis) => 0.35 * right[axis]! + 0.5 * up[axis]! + 0.8 * backward[axis]!);
  const length = Math.hypot(mix[0]!, mix[1]!, mix[2]!);
  return [mix[0]! / length, mix[1]! / length, mix[2]! / length];
}

/** Area-weighted vertex normals, unit length where a vertex has faces, [vertexCount, 3]. */
export function vertexNormals(positions: Float32Array, faces: Uint32Array): Float32Array {
  const normals = new Float32Array(positions.length);
  for (let start = 0; start < faces.length; start += 3) {
    const a = faces[start]! * 3, b = faces[start + 1]! * 3, c = faces[start + 2]! * 3;
    const ux = positions[b]! - positions[a]!, uy = positions[b + 1]! - positions[a + 1]!, uz = positions[b + 2]! - positions[a + 2]!;
    const vx = positions[c]! - positions[a]!, vy = positions[c + 1]! - positions[a + 1]!, vz = positions[c + 2]! - positions[a + 2]!;
    const nx = uy * vz - uz * vy, ny = uz * vx - ux * vz, nz = ux * vy - uy * vx;
    for (const vertex of [a, b, c]) {
      normals[vertex] = normals[vertex]! + nx;
      normals[vertex + 1] = normals[vertex + 1]! + ny;
      normals[vertex + 2] = normals[vertex + 2]! + nz;
    }
  }
  for (let start = 0; start < normals.length; start += 3) {
    const length = Math.hypot(normals[start]!, normals[start + 1]!, normals[start + 2]!);
    if (length > 0) for (let axis = 0; axis < 3; axis++) normals[start + axis] = normals[start + axis]! / length;
  }
  return normals;
}

function downsample(colors: Float32Array, width: number, height: number): Uint8Array {
  const out = new Uint8Array(width * height * 3);
  const wide = width * SUPERSAMPLING;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0;
        for (let dy = 0; dy < SUPERSAMPLING; dy++) {
          for (let dx = 0; dx < SUPERSAMPLING; dx++) {
            sum += colors[((y * SUPERSAMPLING + dy) * wide + x * SUPERSAMPLING + dx) * 3 + channel]!;
          }
        }
        const linear = sum / (SUPERSAMPLING * SUPERSAMPLING);
        out[(y * width + x) * 3 + channel] = Math.max(0, Math.min(255, Math.round(255 * linear ** (1 / 1.8))));
      }
    }
  }
  return out;
}
