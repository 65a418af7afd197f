import { describe, expect, test } from 'vitest';
import { KvCache } from '../../../server/inference/kvCache.ts';
import { SeededRandom } from '../../../shared/math/seededRandom.ts';

const sizes = { bandCount: 5, layers: 2, kvHeads: 3, headWidth: 4, cacheLength: 150 };
const rows = (tensor: { data: unknown }) => tensor.data as Float32Array;

/** The value that band `band` was given at a place, so that every number says where it belongs. */
const mark = (tensor: number, band: number, head: number, place: number, channel: number) => (((tensor * 10 + band) * 10 + head) * 1000 + place) * 10 + channel;

function step(cache: KvCache, bands: readonly number[]): void {
  for (const [t, tensor] of Object.values(cache.present).entries()) {
    for (const [row, band] of bands.entries()) {
      for (let head = 0; head < sizes.kvHeads; head++) {
        for (let channel = 0; channel < sizes.headWidth; channel++) rows(tensor)[(row * sizes.kvHeads + head) * sizes.headWidth + channel] = mark(t, band, head, cache.length, channel);
      }
    }
  }
  cache.append();
}

function expectFilled(cache: KvCache, bands: readonly number[]): void {
  for (const [t, tensor] of Object.values(cache.past).entries()) {
    const places = tensor.dims[2]!;
    expect(tensor.dims).toEqual([bands.length, sizes.kvHeads, places, sizes.headWidth]);
    expect(places).toBeGreaterThanOrEqual(cache.length);
    for (const [row, band] of bands.entries()) {
      for (let head = 0; head < sizes.kvHeads; head++) {
        for (let place = 0; place < cache.length; place++) {
          for (let channel = 0; channel < sizes.headWidth; channel++) {
            const got = rows(tensor)[((row * sizes.kvHeads + head) * places + place) * sizes.headWidth + channel];
            if (got !== mark(t, band, head, place, channel)) throw new Error(`tensor ${t}, band ${band}, head ${head}, place ${place}: got ${got}`);
          }
        }
      }
    }
  }
}

describe('the KV cache', () => {
  test('keeps every row where it belongs while it grows and while bands leave', () => {
    for (let seed = 0; seed < 5; seed++) {
      const random = new SeededRandom(seed);
      const cache = new KvCache(sizes);
      let bands = [0, 1, 2, 3, 4];
      while (cache.length < sizes.cacheLength) {
        step(cache, bands);
        if (bands.length > 1 && random.next() < 0.03) {
          const kept = bands.map((_, row) => row).filter(() => random.next() < 0.7);
          if (kept.length > 0) {
            cache.keepBands(kept);
            bands = kept.map((row) => bands[row]!);
            expectFilled(cache, bands);
          }
        }
        if (cache.length % 40 === 0) expectFilled(cache, bands);
      }
      expectFilled(cache, bands);
      expect(() => cache.append()).toThrow('holds 150 places');
    }
  });

  test('is one piece of memory that never moves: before, while and after a head', () => {
    const cache = new KvCache(sizes);
    const memory = () => new Set([...Object.values(cache.past)].map((tensor) => rows(tensor).buffer));
    const [buffer] = memory();
    const bytes = cache.bytes;
    for (let i = 0; i < sizes.cacheLength; i++) step(cache, [0, 1, 2, 3, 4]);
    cache.keepBands([1, 4]);
    expect([...memory()]).toEqual([buffer]);
    cache.clear();
    expect([...memory()]).toEqual([buffer]);
    expect(cache.bytes).toBe(bytes);
    expect(cache.length).toBe(0);
    step(cache, [0, 1, 2, 3, 4]);
    expectFilled(cache, [0, 1, 2, 3, 4]);
  });
});
