/** Neighbours of points on one surface: k each, -1 where there are fewer. */
export interface NeighbourGraph {
  readonly count: number;
  readonly k: number;
  /** [count, k] */
  readonly neighbours: Int32Array;
}

/**
 * A first guess for what is not known: colours flow outwards from where confidence is at least `floor`, ring by ring,
 * each new point taking the mean of its known neighbours. Values are changed in place.
 * @returns how many rings each point lies from what is known, 0 there and where nothing reaches, [count]
 */
export function flood(graph: NeighbourGraph, values: Float32Array, confidence: Float32Array, channels: number, floor: number): Uint16Array {
  const { count, k, neighbours } = graph;
  const rings = new Uint16Array(count);
  let ring = 0;
  const known = new Uint8Array(count);
  let frontier: number[] = [];
  for (let i = 0; i < count; i += 1) if (confidence[i]! >= floor) { known[i] = 1; frontier.push(i); }
  while (frontier.length > 0) {
    const next = new Set<number>();
    for (const i of frontier) {
      for (let n = 0; n < k; n += 1) {
        const j = neighbours[i * k + n]!;
        if (j >= 0 && known[j] === 0) next.add(j);
      }
    }
    frontier = [...next];
    for (const i of frontier) {
      let weight = 0;
      const sum = new Float64Array(channels);
      for (let n = 0; n < k; n += 1) {
        const j = neighbours[i * k + n]!;
        if (j < 0 || known[j] !== 1) continue;
        weight += 1;
        for (let c = 0; c < channels; c += 1) sum[c] = sum[c]! + values[j * channels + c]!;
      }
      if (weight > 0) for (let c = 0; c < channels; c += 1) values[i * channels + c] = sum[c]! / weight;
    }
    // Marked afterwards, so that a ring takes only what lies within it.
    ring += 1;
    for (const i of frontier) { known[i] = 1; rings[i] = ring; }
  }
  return rings;
}

/**
 * Values known with confidence here and there, spread over a graph: minimises Σ cᵢ|xᵢ - vᵢ|² + λ Σ|xᵢ - xⱼ|² over
 * edges, by Gauss-Seidel sweeps in alternating order. Points with full confidence stay about as they are.
 *
 * @param values [count, channels]; what is unsure serves as the first guess
 * @param confidence [count], in [0, 1]
 */
export function diffuse(
  graph: NeighbourGraph, values: Float32Array, confidence: Float32Array, channels: number, sweeps: number, lambda = 0.02,
): Float32Array {
  const { count, k, neighbours } = graph;
  const out = Float32Array.from(values);
  for (let sweep = 0; sweep < sweeps; sweep += 1) {
    for (let step = 0; step < count; step += 1) {
      const i = sweep % 2 === 0 ? step : count - 1 - step;
      const trust = confidence[i]! ** 2;
      if (trust > 0.98) continue;
      let degree = 0;
      for (let n = 0; n < k; n += 1) if (neighbours[i * k + n]! >= 0) degree += 1;
      if (degree === 0) continue;
      for (let c = 0; c < channels; c += 1) {
        let sum = 0;
        for (let n = 0; n < k; n += 1) {
          const j = neighbours[i * k + n]!;
          if (j >= 0) sum += out[j * channels + c]!;
        }
        out[i * channels + c] = (trust * values[i * channels + c]! + lambda * sum) / (trust + lambda * degree);
      }
    }
  }
  return out;
}
