/** A polygon mesh: corners of triangles (3) and quads (4) as indices of points and of texture coordinates. */
export interface PolygonMesh {
  /** Attributes of a point, [pointCount, stride]; the first three are its position. */
  readonly points: Float32Array;
  readonly stride: number;
  /** [uvCount, 2] */
  readonly uvs: Float32Array;
  readonly faceCorners: readonly (readonly number[])[];
  readonly faceUvs: readonly (readonly number[])[];
}

/** One step of Catmull–Clark subdivision; texture coordinates are split linearly. Points that no face uses are dropped. */
export function subdivide(mesh: PolygonMesh): PolygonMesh {
  const { points, stride, faceCorners } = mesh;
  const pointCount = points.length / stride;
  const edgeIndex = new Map<number, number>();
  const edges: { a: number; b: number; faces: number[] }[] = [];
  for (let f = 0; f < faceCorners.length; f++) {
    const corners = faceCorners[f]!;
    for (let i = 0; i < corners.length; i++) {
      const a = corners[i]!;
      const b = corners[(i + 1) % corners.length]!;
      const key = Math.min(a, b) * pointCount + Math.max(a, b);
      let e = edgeIndex.get(key);
      if (e === undefined) {
        e = edges.length;
        edgeIndex.set(key, e);
        edges.push({ a, b, faces: [] });
      }
      edges[e]!.faces.push(f);
    }
  }
  const facePoints = new Float32Array(faceCorners.length * stride);
  faceCorners.forEach((corners, f) => {
    for (const p of corners) for (let k = 0; k < stride; k++) facePoints[f * stride + k]! += points[p * stride + k]! / corners.length;
  });
  const edgePoints = new Float32Array(edges.length * stride);
  const faceSum = new Float32Array(pointCount * stride);
  const edgeSum = new Float32Array(pointCount * stride);
  const borderSum = new Float32Array(pointCount * stride);
  const valence = new Uint16Array(pointCount);
  const borders = new Uint16Array(pointCount);
  const faceValence = new Uint16Array(pointCount);
  faceCorners.forEach((corners, f) => {
    for (const p of corners) {
      faceValence[p]!++;
      for (let k = 0; k < stride; k++) faceSum[p * stride + k]! += facePoints[f * stride + k]!;
    }
  });
  edges.forEach(({ a, b, faces }, e) => {
    const interior = faces.length === 2;
    valence[a]!++;
    valence[b]!++;
    if (!interior) { borders[a]!++; borders[b]!++; }
    for (let k = 0; k < stride; k++) {
      const middle = (points[a * stride + k]! + points[b * stride + k]!) / 2;
      edgePoints[e * stride + k] = interior
        ? middle / 2 + (facePoints[faces[0]! * stride + k]! + facePoints[faces[1]! * stride + k]!) / 4 : middle;
      edgeSum[a * stride + k]! += middle;
      edgeSum[b * stride + k]! += middle;
      if (!interior) { borderSum[a * stride + k]! += middle; borderSum[b * stride + k]! += middle; }
    }
  });

  const newIndex = new Int32Array(pointCount).fill(-1);
  let kept = 0;
  for (let p = 0; p < pointCount; p++) if (faceValence[p]! > 0) newIndex[p] = kept++;
  const out = new Float32Array((kept + edges.length + faceCorners.length) * stride);
  for (let p = 0; p < pointCount; p++) {
    const q = newIndex[p]!;
    if (q < 0) continue;
    const n = valence[p]!;
    for (let k = 0; k < stride; k++) {
      const own = points[p * stride + k]!;
      const i = p * stride + k;
      out[q * stride + k] = borders[p]! > 0
        ? (borders[p] === 2 ? borderSum[i]! / 4 + own / 2 : own)
        : (faceSum[i]! / n + 2 * edgeSum[i]! / n + (n - 3) * own) / n;
    }
  }
  out.set(edgePoints, kept * stride);
  out.set(facePoints, (kept + edges.length) * stride);

  const uvs: number[] = Array.from(mesh.uvs);
  const edgeUv = new Map<number, number>();
  const uvCount = mesh.uvs.length / 2;
  const uvBetween = (a: number, b: number): number => {
    const key = Math.min(a, b) * uvCount + Math.max(a, b);
    let uv = edgeUv.get(key);
    if (uv === undefined) {
      uv = uvs.length / 2;
      uvs.push((uvs[a * 2]! + uvs[b * 2]!) / 2, (uvs[a * 2 + 1]! + uvs[b * 2 + 1]!) / 2);
      edgeUv.set(key, uv);
    }
    return uv;
  };
  const newCorners: number[][] = [];
  const newUvs: number[][] = [];
  faceCorners.forEach((corners, f) => {
    const n = corners.length;
    const faceUv = mesh.faceUvs[f]!;
    const centreUv = uvs.length / 2;
    uvs.push(faceUv.reduce((s, i) => s + mesh.uvs[i * 2]!, 0) / n, faceUv.reduce((s, i) => s + mesh.uvs[i * 2 + 1]!, 0) / n);
    for (let i = 0; i < n; i++) {
      const before = (i + n - 1) % n;
      const after = (i + 1) % n;
      const edgeOf = (a: number, b: number): number =>
        kept + edgeIndex.get(Math.min(a, b) * pointCount + Math.max(a, b))!;
      newCorners.push([newIndex[corners[i]!]!, edgeOf(corners[i]!, corners[after]!), kept + edges.length + f,
        edgeOf(corners[before]!, corners[i]!)]);
      newUvs.push([faceUv[i]!, uvBetween(faceUv[i]!, faceUv[after]!), centreUv, uvBetween(faceUv[before]!, faceUv[i]!)]);
    }
  });
  return { points: out, stride, uvs: Float32Array.from(uvs), faceCorners: newCorners, faceUvs: newUvs };
}
