/**
 * An order of vertices in which neighbours follow each other and each part stays together: breadth first from each
 * part's first vertex. It makes the file small, since vertices are predicted from earlier neighbours.
 * @returns new index of each old vertex, [vertexCount]
 */
export function breadthFirstOrder(vertexCount: number, faces: Uint32Array, partStarts: readonly number[]): Uint32Array {
  const neighbours = Array.from({ length: vertexCount }, () => new Set<number>());
  for (let start = 0; start < faces.length; start += 3) {
    for (let corner = 0; corner < 3; corner++) {
      const a = faces[start + corner]!, b = faces[start + (corner + 1) % 3]!;
      neighbours[a]!.add(b);
      neighbours[b]!.add(a);
    }
  }
  const placed = new Uint32Array(vertexCount).fill(0xffffffff);
  let next = 0;
  for (const [index, first] of partStarts.entries()) {
    const end = partStarts[index + 1] ?? vertexCount;
    for (let seed = first; seed < end; seed++) {
      if (placed[seed] !== 0xffffffff) continue;
      const queue = [seed];
      placed[seed] = next++;
      for (const vertex of queue) {
        for (const neighbour of neighbours[vertex]!) {
          if (placed[neighbour] !== 0xffffffff) continue;
          placed[neighbour] = next++;
          queue.push(neighbour);
        }
      }
    }
  }
  return placed;
}
