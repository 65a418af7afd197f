/** A resonance of the vocal tract. */
export interface Formant {
  readonly frequencyHz: number;
  readonly bandwidthHz: number;
}

/**
 * Coefficients a[0] = 1 … a[order] of the filter A(z) that predicts a windowed frame best, by the autocorrelation
 * method and Levinson's recursion. Undefined for a frame without energy.
 */
export function predictionFilter(frame: Float32Array, order: number): Float64Array | undefined {
  const r = new Float64Array(order + 1);
  for (let lag = 0; lag <= order; lag++) {
    let sum = 0;
    for (let i = lag; i < frame.length; i++) sum += frame[i]! * frame[i - lag]!;
    r[lag] = sum;
  }
  if (!(r[0]! > 1e-12)) return undefined;
  // A touch of white noise keeps the recursion well conditioned on pure tones.
  let error = r[0]! * (1 + 1e-6);
  const a = new Float64Array(order + 1);
  const before = new Float64Array(order + 1);
  a[0] = 1;
  for (let i = 1; i <= order; i++) {
    let sum = r[i]!;
    for (let j = 1; j < i; j++) sum += a[j]! * r[i - j]!;
    const k = -sum / error;
    before.set(a);
    for (let j = 1; j < i; j++) a[j] = before[j]! + k * before[i - j]!;
    a[i] = k;
    error *= 1 - k * k;
    if (!(error > 0)) return undefined;
  }
  return a;
}

const ROOT_PASSES = 40;
const ROOT_TOLERANCE = 1e-6;

/**
 * Resonances of 1/A(z), lowest first: the roots of A in the upper half plane, by Durand-Kerner iteration.
 * Spectral peaks would be cheaper, but two formants that lie close together (as in "o" and "u") make one peak.
 */
export function formantsOf(a: Float64Array, sampleRateHz: number, widestHz = 600): Formant[] {
  const order = a.length - 1;
  const re = new Float64Array(order);
  const im = new Float64Array(order);
  for (let i = 0; i < order; i++) {
    // Spread over a circle inside the unit one, off the axis of symmetry.
    const angle = (2 * Math.PI * (i + 0.35)) / order;
    re[i] = 0.9 * Math.cos(angle);
    im[i] = 0.9 * Math.sin(angle);
  }
  for (let pass = 0; pass < ROOT_PASSES; pass++) {
    let moved = 0;
    for (let i = 0; i < order; i++) {
      // The polynomial z^order + a1 z^(order-1) + … by Horner's scheme.
      let [pr, pi] = [1, 0];
      const [zr, zi] = [re[i]!, im[i]!];
      for (let j = 1; j <= order; j++) [pr, pi] = [pr * zr - pi * zi + a[j]!, pr * zi + pi * zr];
      let [qr, qi] = [1, 0];
      for (let j = 0; j < order; j++) {
        if (j === i) continue;
        const [dr, di] = [zr - re[j]!, zi - im[j]!];
        [qr, qi] = [qr * dr - qi * di, qr * di + qi * dr];
      }
      const size = qr * qr + qi * qi;
      if (size < 1e-300) continue;
      const [sr, si] = [(pr * qr + pi * qi) / size, (pi * qr - pr * qi) / size];
      re[i] = zr - sr;
      im[i] = zi - si;
      moved = Math.max(moved, Math.abs(sr) + Math.abs(si));
    }
    if (moved < ROOT_TOLERANCE) break;
  }
  const formants: Formant[] = [];
  for (let i = 0; i < order; i++) {
    if (im[i]! <= 1e-4) continue;
    const radius = Math.hypot(re[i]!, im[i]!);
    const frequencyHz = (Math.atan2(im[i]!, re[i]!) * sampleRateHz) / (2 * Math.PI);
    const bandwidthHz = (-Math.log(radius) * sampleRateHz) / Math.PI;
    if (bandwidthHz > 0 && bandwidthHz < widestHz) formants.push({ frequencyHz, bandwidthHz });
  }
  return formants.sort((x, y) => x.frequencyHz - y.frequencyHz);
}
