/** Points cut into patches of one size, [bandCount] lists of indices; the cuts are planes across the longest extent. */
export function cutIntoBands(positions: Float32Array, indices: Uint32Array, bandCount: number): Uint32Array[] {
  if (bandCount === 1) return [indices];
  const first = bandCount >> 1;
  const axis = longestAxis(positions, indices);
  const sorted = indices.toSorted((a, b) => positions[a * 3 + axis]! - positions[b * 3 + axis]! || a - b);
  const cut = Math.round((indices.length * first) / bandCount);
  return [...cutIntoBands(positions, sorted.subarray(0, cut), first), ...cutIntoBands(positions, sorted.subarray(cut), bandCount - first)];
}

/** The axis along which some points spread most, by their standard deviation. */
function longestAxis(positions: Float32Array, indices: Uint32Array): number {
  let best = 0;
  let most = -1;
  for (let axis = 0; axis < 3; axis += 1) {
    let sum = 0;
    let squares = 0;
    for (const i of indices) {
      sum += positions[i * 3 + axis]!;
      squares += positions[i * 3 + axis]! ** 2;
    }
    const variance = squares / indices.length - (sum / indices.length) ** 2;
    if (variance > most) { most = variance; best = axis; }
  }
  return best;
}
