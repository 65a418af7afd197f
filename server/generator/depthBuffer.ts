/** Nearest surface of a mesh in a view, for visibility tests. */
export interface DepthBuffer {
  readonly width: number;
  readonly height: number;
  /** Buffer pixels per image pixel. */
  readonly scale: number;
  /** Metres from the camera's plane, Infinity where nothing is, [width * height]. */
  readonly depth: Float32Array;
  /** Nearest face, -1 where nothing is, [width * height]. */
  readonly face: Int32Array;
}

/**
 * @param projected pixel x, pixel y and depth of each vertex in the image, [vertexCount, 3]
 * @param include which faces to draw
 */
export function rasteriseDepth(
  projected: Float32Array, faces: Uint32Array, include: (face: number) => boolean,
  imageWidth: number, imageHeight: number, scale: number,
): DepthBuffer {
  const width = Math.ceil(imageWidth * scale);
  const height = Math.ceil(imageHeight * scale);
  const depth = new Float32Array(width * height).fill(Infinity);
  const face = new Int32Array(width * height).fill(-1);
  for (let f = 0; f < faces.length / 3; f += 1) {
    if (!include(f)) continue;
    const i = faces[f * 3]! * 3, j = faces[f * 3 + 1]! * 3, k = faces[f * 3 + 2]! * 3;
    const zi = projected[i + 2]!, zj = projected[j + 2]!, zk = projected[k + 2]!;
    if (zi < 0.02 || zj < 0.02 || zk < 0.02) continue;
    const ax = projected[i]! * scale, ay = projected[i + 1]! * scale;
    const bx = projected[j]! * scale, by = projected[j + 1]! * scale;
    const cx = projected[k]! * scale, cy = projected[k + 1]! * scale;
    const area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);
    if (Math.abs(area) < 1e-9) continue;
    const x0 = Math.max(0, Math.floor(Math.min(ax, bx, cx))), x1 = Math.min(width - 1, Math.ceil(Math.max(ax, bx, cx)));
    const y0 = Math.max(0, Math.floor(Math.min(ay, by, cy))), y1 = Math.min(height - 1, Math.ceil(Math.max(ay, by, cy)));
    for (let y = y0; y <= y1; y += 1) {
      for (let x = x0; x <= x1; x += 1) {
        const px = x + 0.5, py = y + 0.5;
        const wb = ((px - ax) * (cy - ay) - (py - ay) * (cx - ax)) / area;
        const wc = ((bx - ax) * (py - ay) - (by - ay) * (px - ax)) / area;
        const wa = 1 - wb - wc;
        if (wa < 0 || wb < 0 || wc < 0) continue;
        const z = 1 / (wa / zi + wb / zj + wc / zk);
        const pixel = y * width + x;
        if (z < depth[pixel]!) {
          depth[pixel] = z;
          face[pixel] = f;
        }
      }
    }
  }
  return { width, height, scale, depth, face };
}

/** Whether a point at an image pixel and depth is no further behind the nearest surface than `tolerance` metres. */
export function isVisible(buffer: DepthBuffer, x: number, y: number, depth: number, tolerance: number): boolean {
  const i = Math.floor(x * buffer.scale), j = Math.floor(y * buffer.scale);
  if (i < 0 || j < 0 || i >= buffer.width || j >= buffer.height) return false;
  return depth <= buffer.depth[j * buffer.width + i]! + tolerance;
}
