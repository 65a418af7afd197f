/** A rectangle of MakeHuman's texture that holds one island of it and nothing else. */
export interface UvIsland {
  readonly u: readonly [low: number, high: number];
  readonly v: readonly [low: number, high: number];
}

/** The mouth's inside, from behind the lips. */
export const MOUTH_ISLAND: UvIsland = { u: [0.757, 0.925], v: [0.011, 0.137] };
/** Both eye sockets behind the lids' rims. */
export const SOCKET_ISLANDS: UvIsland = { u: [0.011, 0.152], v: [0.546, 0.634] };

/** Whether the middle of a quad, given in texture space ([quads, 2]), lies on the island. */
export function onIsland(quadUvs: Float32Array, quad: number, island: UvIsland): boolean {
  const u = quadUvs[quad * 2]!, v = quadUvs[quad * 2 + 1]!;
  return u > island.u[0] && u < island.u[1] && v > island.v[0] && v < island.v[1];
}
