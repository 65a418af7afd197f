/**
 * Light scatters under skin, red farthest: each channel of the received light is a mix of three blurs
 * (after the sums of Gaussians in d'Eon and Luebke, Advanced Techniques for Realistic Real-Time Skin Rendering).
 */
const SIGMAS_METERS = [0.0004, 0.0012, 0.003] as const;
const MIX = [[0.3, 0.4, 0.3], [0.55, 0.35, 0.1], [0.75, 0.25, 0]] as const;

/**
 * Spreads light in place over the skin it falls on.
 * @param light [height, width, 3]
 * @param isSkin [height, width], 0 or 1
 * @param pixelsPerMeter at the head's distance
 */
export function scatterUnderSkin(light: Float32Array, isSkin: Uint8Array, width: number, height: number, pixelsPerMeter: number): void {
  const result = new Float32Array(light.length);
  for (let level = 0; level < SIGMAS_METERS.length; level++) {
    const blurred = blur(light, isSkin, width, height, SIGMAS_METERS[level]! * pixelsPerMeter);
    for (let i = 0; i < isSkin.length; i++) {
      if (isSkin[i] === 0) continue;
      for (let k = 0; k < 3; k++) result[i * 3 + k]! += MIX[k]![level]! * blurred[i * 3 + k]!;
    }
  }
  light.set(result);
}

function blur(light: Float32Array, mask: Uint8Array, width: number, height: number, sigma: number): Float32Array {
  const radius = Math.ceil(sigma * 2.5);
  const kernel = Float32Array.from({ length: radius + 1 }, (_, i) => Math.exp(-0.5 * (i / sigma) ** 2));
  const rows = new Float32Array(light.length);
  const weights = new Float32Array(mask.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      let r = 0;
      let g = 0;
      let b = 0;
      let w = 0;
      const left = Math.max(-radius, -x);
      const right = Math.min(radius, width - 1 - x);
      for (let d = left; d <= right; d++) {
        const j = i + d;
        if (mask[j] === 0) continue;
        const k = kernel[d < 0 ? -d : d]!;
        r += k * light[j * 3]!;
        g += k * light[j * 3 + 1]!;
        b += k * light[j * 3 + 2]!;
        w += k;
      }
      rows[i * 3] = r;
      rows[i * 3 + 1] = g;
      rows[i * 3 + 2] = b;
      weights[i] = w;
    }
  }
  const out = new Float32Array(light.length);
  for (let y = 0; y < height; y++) {
    const top = Math.max(-radius, -y);
    const bottom = Math.min(radius, height - 1 - y);
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      if (mask[i] === 0) continue;
      let r = 0;
      let g = 0;
      let b = 0;
      let w = 0;
      for (let d = top; d <= bottom; d++) {
        const j = i + d * width;
        const k = kernel[d < 0 ? -d : d]!;
        r += k * rows[j * 3]!;
        g += k * rows[j * 3 + 1]!;
        b += k * rows[j * 3 + 2]!;
        w += k * weights[j]!;
      }
      if (w === 0) continue;
      out[i * 3] = r / w;
      out[i * 3 + 1] = g / w;
      out[i * 3 + 2] = b / w;
    }
  }
  return out;
}
