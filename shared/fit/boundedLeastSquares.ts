/**
 * Minimises ½ xᵀAx − bᵀx with A symmetric positive definite (row-major, only the lower triangle is read) and
 * lower ≤ x ≤ upper, by a block active-set method: solve the free variables, pin those that leave their bounds,
 * release pinned ones whose gradient points inwards, until nothing changes. Clipping an unbounded solution instead
 * would leave the other variables answering to values that no longer hold.
 */
export function solveBounded(
  a: Float64Array, b: Float64Array, lower: Float64Array, upper: Float64Array, maximumRounds = 30,
): Float64Array {
  const n = b.length;
  const x = new Float64Array(n);
  /** 0 free, -1 at the lower bound, 1 at the upper. */
  const state = new Int8Array(n);
  const at = (i: number, j: number): number => (i >= j ? a[i * n + j]! : a[j * n + i]!);
  for (let round = 0; round < maximumRounds; round += 1) {
    const free: number[] = [];
    for (let i = 0; i < n; i += 1) {
      if (state[i] === 0) free.push(i);
      else x[i] = state[i]! < 0 ? lower[i]! : upper[i]!;
    }
    const m = free.length;
    const matrix = new Float64Array(m * m);
    const right = new Float64Array(m);
    for (let r = 0; r < m; r += 1) {
      const i = free[r]!;
      let sum = b[i]!;
      for (let j = 0; j < n; j += 1) if (state[j] !== 0) sum -= at(i, j) * x[j]!;
      right[r] = sum;
      for (let c = 0; c <= r; c += 1) matrix[r * m + c] = at(i, free[c]!);
    }
    solveCholesky(matrix, right);
    let changed = false;
    for (let r = 0; r < m; r += 1) {
      const i = free[r]!;
      x[i] = right[r]!;
      if (x[i]! < lower[i]! - 1e-12) { state[i] = -1; x[i] = lower[i]!; changed = true; }
      else if (x[i]! > upper[i]! + 1e-12) { state[i] = 1; x[i] = upper[i]!; changed = true; }
    }
    if (changed) continue;
    // Every free variable is feasible: release the pinned variable that gains most, one at a time against cycling.
    let best = -1;
    let bestGain = 1e-9;
    for (let i = 0; i < n; i += 1) {
      if (state[i] === 0) continue;
      let gradient = -b[i]!;
      for (let j = 0; j < n; j += 1) gradient += at(i, j) * x[j]!;
      const gain = (state[i]! < 0 ? -gradient : gradient) / Math.sqrt(at(i, i) + 1e-300);
      if (gain > bestGain && lower[i]! < upper[i]!) { best = i; bestGain = gain; }
    }
    if (best < 0) break;
    state[best] = 0;
  }
  return x;
}

/** Solves A x = b in place (b becomes x) by Cholesky; A's lower triangle is overwritten. @throws if A is not positive definite. */
export function solveCholesky(a: Float64Array, b: Float64Array): void {
  const n = b.length;
  for (let i = 0; i < n; i += 1) {
    for (let j = 0; j <= i; j += 1) {
      let sum = a[i * n + j]!;
      for (let k = 0; k < j; k += 1) sum -= a[i * n + k]! * a[j * n + k]!;
      if (i === j) {
        if (!(sum > 0)) throw new Error('normal equations are not positive definite');
        a[i * n + i] = Math.sqrt(sum);
      } else a[i * n + j] = sum / a[j * n + j]!;
    }
  }
  for (let i = 0; i < n; i += 1) {
    let sum = b[i]!;
    for (let k = 0; k < i; k += 1) sum -= a[i * n + k]! * b[k]!;
    b[i] = sum / a[i * n + i]!;
  }
  for (let i = n - 1; i >= 0; i -= 1) {
    let sum = b[i]!;
    for (let k = i + 1; k < n; k += 1) sum -= a[k * n + i]! * b[k]!;
    b[i] = sum / a[i * n + i]!;
  }
}
