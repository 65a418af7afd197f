/** The connected parts of a mesh, each as its vertices in ascending order. Vertices without a face are parts of one. */
export function meshParts(vertexCount: number, faces: Uint32Array): number[][] {
  const leaders = Uint32Array.from({ length: vertexCount }, (_, vertex) => vertex);
  const leaderOf = (vertex: number): number => {
    let at = vertex;
    while (leaders[at] !== at) {
      leaders[at] = leaders[leaders[at]];
      at = leaders[at];
    }
    return at;
  };
  for (let f = 0; f < faces.length; f += 3) {
    const leader = leaderOf(faces[f]);
    leaders[leaderOf(faces[f + 1])] = leader;
    leaders[leaderOf(faces[f + 2])] = leader;
  }
  const parts = new Map<number, number[]>();
  for (let vertex = 0; vertex < vertexCount; vertex++) {
    const leader = leaderOf(vertex);
    const part = parts.get(leader);
    if (part) part.push(vertex);
    else parts.set(leader, [vertex]);
  }
  return [...parts.values()];
}
