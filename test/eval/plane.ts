/** One value a pixel, rows from the top. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

/** 1 inside, 0 outside, [height, width]. */
export interface Mask {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** Inside of a closed polygon of x, y pixel coordinates, by the even-odd rule at pixel centres. */
export function polygonMask(width: number, height: number, points: readonly (readonly [number, number])[]): Mask {
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const crossings: number[] = [];
    for (let i = 0; i < points.length; i++) {
      const [ax, ay] = points[i]!;
      const [bx, by] = points[(i + 1) % points.length]!;
      const level = y + 0.5;
      if ((ay <= level) === (by <= level)) continue;
      crossings.push(ax + ((level - ay) / (by - ay)) * (bx - ax));
    }
    crossings.sort((a, b) => a - b);
    for (let i = 0; i + 1 < crossings.length; i += 2) {
      const from = Math.max(0, Math.ceil(crossings[i]! - 0.5));
      const to = Math.min(width - 1, Math.floor(crossings[i + 1]! - 0.5));
      for (let x = from; x <= to; x++) data[y * width + x] = 1;
    }
  }
  return { width, height, data };
}

/** Squared distance of every pixel to the nearest pixel of the mask (Felzenszwalb and Huttenlocher). */
export function squaredDistance(mask: Mask): Float32Array {
  const { width, height } = mask;
  const far = 1e12;
  const out = new Float32Array(width * height);
  for (let i = 0; i < out.length; i++) out[i] = mask.data[i] === 1 ? 0 : far;
  const size = Math.max(width, height);
  const f = new Float64Array(size);
  const d = new Float64Array(size);
  const v = new Int32Array(size);
  const z = new Float64Array(size + 1);
  const transform = (n: number): void => {
    let k = 0;
    v[0] = 0;
    z[0] = -Infinity;
    z[1] = Infinity;
    for (let q = 1; q < n; q++) {
      let s = 0;
      for (;;) {
        const p = v[k]!;
        s = (f[q]! + q * q - f[p]! - p * p) / (2 * q - 2 * p);
        if (s > z[k]!) break;
        k--;
      }
      k++;
      v[k] = q;
      z[k] = s;
      z[k + 1] = Infinity;
    }
    k = 0;
    for (let q = 0; q < n; q++) {
      while (z[k + 1]! < q) k++;
      d[q] = (q - v[k]!) ** 2 + f[v[k]!]!;
    }
  };
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height; y++) f[y] = out[y * width + x]!;
    transform(height);
    for (let y = 0; y < height; y++) out[y * width + x] = d[y]!;
  }
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) f[x] = out[y * width + x]!;
    transform(width);
    for (let x = 0; x < width; x++) out[y * width + x] = d[x]!;
  }
  return out;
}

/** Grows a mask by a disc. */
export function dilate(mask: Mask, radius: number): Mask {
  const distance = squaredDistance(mask);
  return { ...mask, data: Uint8Array.from(distance, (value) => (value <= radius * radius ? 1 : 0)) };
}

/** Shrinks a mask by a disc; beyond the picture's edge counts as inside. */
export function erode(mask: Mask, radius: number): Mask {
  const distance = squaredDistance({ ...mask, data: Uint8Array.from(mask.data, (value) => 1 - value) });
  return { ...mask, data: Uint8Array.from(distance, (value) => (value > radius * radius ? 1 : 0)) };
}

/** Adds what the mask encloses: everything outside that no path along the four directions joins to the picture's edge. */
export function fillHoles(mask: Mask): Mask {
  const { width, height } = mask;
  const outside = new Uint8Array(width * height);
  const stack: number[] = [];
  const reach = (i: number): void => {
    if (outside[i] === 1 || mask.data[i] === 1) return;
    outside[i] = 1;
    stack.push(i);
  };
  for (let x = 0; x < width; x++) { reach(x); reach((height - 1) * width + x); }
  for (let y = 0; y < height; y++) { reach(y * width); reach(y * width + width - 1); }
  for (let i = stack.pop(); i !== undefined; i = stack.pop()) {
    const x = i % width;
    if (x > 0) reach(i - 1);
    if (x < width - 1) reach(i + 1);
    if (i >= width) reach(i - width);
    if (i < width * (height - 1)) reach(i + width);
  }
  return { width, height, data: Uint8Array.from(outside, (value) => 1 - value) };
}
